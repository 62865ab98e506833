// What a manifest may make the audit believe or run.
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/test_findings.h"

namespace quant_curve {
namespace {

using ::testing::Contains;

constexpr char kMeasurement[] = "int8_per_channel_measurement.qca";

// Refused as kForm, with `text`, and so that nothing is rebuilt.
void ExpectRefused(const std::string& name, const std::string& text,
                   const FakeExperiment::Edit& edit) {
  FakeExperiment experiment;
  experiment.EditManifest(name, edit);
  const Evidence evidence = experiment.Publish();
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_THAT(
      result.findings.all(),
      Contains(IsFinding(Check::kForm, "provenance/" + name + ".manifest.json",
                         text)));
  EXPECT_FALSE(IsSound(result)) << name;
}

void SetStage(const std::string& stage, Statement& statement) {
  BuildDefinition& build = BuildOf(statement);
  build.set_build_type("urn:quant-curve:stage:" + stage + ":v1");
  for (auto& entry : *build.mutable_resolved_dependencies()) {
    if (entry.annotations().kind() == kToolKind) entry.set_name(stage);
  }
}

auto WithFlag(const std::string& flag, const std::string& value) {
  return [=](Statement& statement) {
    (*BuildOf(statement).mutable_external_parameters()->mutable_flags())[flag] =
        value;
  };
}

// Taken as recorded, it would never be measured again.
TEST(StageRulesTest, ABenchmarkWritesNoMeasurement) {
  ExpectRefused(kMeasurement,
                "annotations.kind is MEASUREMENT: the stage benchmark does not "
                "write one with --output",
                [](Statement& statement) {
                  SetStage("benchmark", statement);
                  BuildDefinition& build = BuildOf(statement);
                  build.clear_external_parameters();
                  // The inputs of evaluate and their manifests.
                  build.mutable_resolved_dependencies()->DeleteSubrange(0, 6);
                });
  ExpectRefused("timing.qca", "the stage evaluate does not write",
                [](Statement& statement) {
                  SetStage("evaluate", statement);
                  BuildDefinition& build = BuildOf(statement);
                  build.clear_external_parameters();
                  build.mutable_resolved_dependencies()->DeleteSubrange(0, 4);
                });
}

TEST(StageRulesTest, ProgramsAreNotAmongTheFlags) {
  for (const char* value : {"evil", "./evil", "../folder/evil", "/bin/sh"}) {
    ExpectRefused("pareto.png", "flags.gnuplot", WithFlag("gnuplot", value));
  }
  ExpectRefused("pareto.png", "has no such flag for this",
                [](Statement& statement) {
                  for (auto& entry :
                       *BuildOf(statement).mutable_resolved_dependencies()) {
                    if (entry.annotations().kind() != kProgramKind) continue;
                    entry.mutable_annotations()->set_flag("output");
                  }
                });
}

TEST(StageRulesTest, FlagsAreThoseThatTheStageRecords) {
  for (const char* flag :
       {"output", "flagfile", "fromenv", "tryfromenv", "undefok", "help",
        "checkpoint", "threads", "no_such_flag", "Seed", "seed=1 --x"}) {
    ExpectRefused("model.qca", flag, WithFlag(flag, "x"));
  }
  ExpectRefused("README.md", "flags.readme_output",
                WithFlag("readme_output", "x"));
}

TEST(StageRulesTest, ASchemeIsNotAPath) {
  for (const char* value :
       {"my.textproto", "/etc/x.textproto", "name: \"x\" # .textproto"}) {
    ExpectRefused("fp32.qca", "names a file", WithFlag("scheme", value));
  }
}

TEST(StageRulesTest, InputsAreOfTheKindsThatTheFlagReads) {
  const auto with_input_flag = [](const std::string& flag) {
    return [flag](Statement& statement) {
      BuildOf(statement)
          .mutable_resolved_dependencies(0)
          ->mutable_annotations()
          ->set_flag(flag);
    };
  };
  ExpectRefused("fp32.qca", "does not read", with_input_flag("hessians"));
  ExpectRefused("fp32.qca", "has no such flag", with_input_flag("output"));
  ExpectRefused("fp32.qca", "has no such flag", with_input_flag("flagfile"));
}

TEST(StageRulesTest, StagesThatPublishNothingAreRefused) {
  for (const char* stage : {"export", "generate", "audit", "no_such_stage"}) {
    ExpectRefused("README.md", "no publication has files of a stage",
                  [&](Statement& statement) { SetStage(stage, statement); });
  }
}

TEST(StageRulesTest, MergedFilesHaveShardsOfTheirKind) {
  ExpectRefused(
      kMeasurement, "has shards of its kind", [](Statement& statement) {
        SetStage("merge", statement);
        BuildDefinition& build = BuildOf(statement);
        build.clear_external_parameters();
        build.mutable_resolved_dependencies(0)->mutable_annotations()->set_flag(
            "shards");
      });
}

// A comma makes two files of one in a list of files; a line feed begins a line.
TEST(StageRulesTest, NamesAndValuesArePlain) {
  for (const char* name :
       {"a,b.qca", "-x", ".hidden", "a\nb", "a\x1b[2Jb", "a\\b", "a\x7f"}) {
    ExpectRefused(
        kMeasurement, "must be 1 to 200 bytes", [&](Statement& statement) {
          BuildOf(statement).mutable_resolved_dependencies(0)->set_name(name);
        });
  }
  ExpectRefused("README.md", "has a control character",
                WithFlag("title", "A title\n\n| scheme | perplexity |"));
  ExpectRefused(kMeasurement, "must be 1 to 200 bytes",
                [](Statement& statement) {
                  BuildOf(statement).mutable_resolved_dependencies(0)->set_name(
                      std::string(201, 'a'));
                });
}

TEST(StageRulesTest, NamesInThePublicationsManifestArePlain) {
  FakeExperiment experiment;
  experiment.EditManifest("manifest.json", [](Statement& statement) {
    statement.mutable_subject(0)->set_name("x\n✓ all");
  });
  EXPECT_THAT(FindingsOf(experiment),
              Contains(IsFinding(Check::kForm, "manifest.json",
                                 "'x\\x0a✓ all': must be 1 to 200")));
}

}  // namespace
}  // namespace quant_curve
