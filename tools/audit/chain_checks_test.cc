// What manifests say, of themselves and of one another.
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/test_findings.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(AuditTest, AConsistentExperimentHolds) {
  FakeExperiment experiment;
  const Evidence evidence = experiment.Publish();
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_THAT(result.findings.all(), IsEmpty());
  EXPECT_EQ(result.findings.ExitCode(), 0);
  EXPECT_THAT(result.findings.not_checked(), IsEmpty());
  for (const CheckInfo& info : AllChecks()) {
    if (info.check == Check::kRebuild) continue;
    EXPECT_GT(result.findings.NumCounted(info.check), 0) << info.name;
  }
}

TEST(AuditTest, ArtifactsThatAreNotAtHandAreNotedAndNoFailure) {
  const Evidence evidence = FakeExperiment().Publish(/*complete=*/false);
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_EQ(result.findings.ExitCode(), 0);
  ASSERT_EQ(result.findings.not_checked().size(), 1);
  EXPECT_THAT(result.findings.not_checked()[0],
              HasSubstr("5 artifacts behind the published ones were not found "
                        "(1 CALIBRATION, 1 CHECKPOINT, 1 CORPUS, 2 "
                        "QUANTIZED_MODEL)"));
}

TEST(AuditTest, AMissingMeasurementIsMissingEvidenceForWhatItShows) {
  Evidence evidence = FakeExperiment().Publish();
  evidence.Remove("artifacts/fp32_measurement.qca");
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_THAT(result.findings.all(),
              Contains(IsFinding(Check::kChain,
                                 "artifacts/fp32_measurement.qca", "missing")));
  EXPECT_THAT(result.findings.all(),
              Contains(IsFinding(Check::kEvidence, "pareto.png",
                                 "fp32_measurement.qca")));
  EXPECT_EQ(result.findings.ExitCode(), 12);
}

TEST(RootsTest, ACorpusWithoutASeedIsNamed) {
  EXPECT_THAT(
      AfterEdit(
          "corpus.qca",
          [](Statement& statement) {
            BuildOf(statement).mutable_external_parameters()->clear_flags();
          }),
      Contains(IsFinding(Check::kRoots, "provenance/corpus.qca.manifest.json",
                         "flags.seed")));
}

TEST(RootsTest, AStageThatWasMadeOfNothingIsNamed) {
  const auto found = AfterEdit("model.qca", [](Statement& statement) {
    auto& entries = *BuildOf(statement).mutable_resolved_dependencies();
    entries.DeleteSubrange(0, 2);  // the corpus and its manifest
  });
  EXPECT_THAT(found, Contains(IsFinding(Check::kRoots,
                                        "provenance/model.qca.manifest.json",
                                        "not with train")));
}

// The corpus as tools/text would have made it: of a file from outside.
void MakeFromOutside(const std::string& stage, Statement& statement) {
  BuildDefinition& build = BuildOf(statement);
  build.set_build_type("urn:quant-curve:stage:" + stage + ":v1");
  ResourceDescriptor tool = build.resolved_dependencies(0);
  const ResourceDescriptor schema = build.resolved_dependencies(1);
  tool.set_name(stage);
  ResourceDescriptor text = Describe("text.txt", std::string(32, 't'), "FILE");
  text.mutable_annotations()->set_flag("evaluation_text");
  build.mutable_external_parameters()->clear_flags();
  build.clear_resolved_dependencies();
  *build.add_resolved_dependencies() = text;
  *build.add_resolved_dependencies() = tool;
  *build.add_resolved_dependencies() = schema;
}

TEST(RootsTest, FilesFromOutsideAreARootOfTheStagesThatReadThem) {
  FakeExperiment experiment;
  experiment.EditManifest("corpus.qca", [](Statement& statement) {
    MakeFromOutside("text", statement);
  });
  const Evidence evidence = experiment.Publish();
  AuditOptions options;
  options.ignore_tools = true;
  EXPECT_THAT(Audit(evidence, options).findings.all(), IsEmpty());

  EXPECT_THAT(
      AfterEdit(
          "corpus.qca",
          [](Statement& statement) { MakeFromOutside("train", statement); }),
      Contains(IsFinding(Check::kForm, "provenance/corpus.qca.manifest.json",
                         "the stage train does not write one")));
}

TEST(RootsTest, MeasurementsOfTwoCorporaAreNamedBoth) {
  const auto found =
      AfterEdit("int8_per_channel_measurement.qca", [](Statement& statement) {
        for (auto& entry :
             *BuildOf(statement).mutable_resolved_dependencies()) {
          if (entry.name() != "corpus.qca") continue;
          (*entry.mutable_digest())["sha256"] = std::string(64, 'a');
        }
      });
  EXPECT_THAT(found,
              Contains(IsFinding(
                  Check::kRoots,
                  "provenance/int8_per_channel_measurement.qca.manifest.json",
                  "provenance/fp32_measurement.qca.manifest.json")));
}

// fp32.qca as made by a scheme that is sequential or not, of a corpus with this
// digest; none when it is empty.
std::vector<Finding> AfterReadingCorpus(const std::string& sequential,
                                        const std::string& sha256) {
  std::vector<ResourceDescriptor> corpus;
  FakeExperiment experiment;
  experiment.EditManifest("model.qca", [&corpus](Statement& statement) {
    const auto& entries = BuildOf(statement).resolved_dependencies();
    corpus = {entries[0], entries[1]};  // with its manifest
  });
  experiment.EditManifest("fp32.qca", [&](Statement& statement) {
    BuildDefinition& build = BuildOf(statement);
    (*build.mutable_external_parameters()
          ->mutable_artifact())["scheme.sequential"] = sequential;
    if (sha256.empty()) return;
    if (sha256 != "the calibration's") {
      (*corpus[0].mutable_digest())["sha256"] = sha256;
    }
    const auto before = build.resolved_dependencies();
    build.clear_resolved_dependencies();
    for (const auto& entry : corpus) *build.add_resolved_dependencies() = entry;
    build.mutable_resolved_dependencies()->MergeFrom(before);
  });
  return FindingsOf(experiment);
}

TEST(RootsTest, ASequentialSchemeReadsTheCorpusOfItsCalibration) {
  const std::string file = "provenance/fp32.qca.manifest.json";
  const auto is_root_finding = [&](const std::string& text) {
    return Contains(IsFinding(Check::kRoots, file, text));
  };
  EXPECT_THAT(AfterReadingCorpus("true", ""),
              is_root_finding("0 corpora, the scheme is sequential"));
  EXPECT_THAT(AfterReadingCorpus("false", "the calibration's"),
              is_root_finding("1 corpora, the scheme is not sequential"));
  EXPECT_THAT(AfterReadingCorpus("true", std::string(64, 'a')),
              is_root_finding("is none that its calibration read"));
  EXPECT_THAT(AfterReadingCorpus("true", "the calibration's"),
              Not(Contains(Field(&Finding::check, Check::kRoots))));
}

TEST(RootsTest, ExpectedRootsMustBeThere) {
  const Evidence evidence = FakeExperiment().Publish();
  AuditOptions options = FakeExperiment::Options();
  options.expected_roots = {{"seed", "42"}};
  EXPECT_EQ(Audit(evidence, options).findings.ExitCode(), 0);
  // Who names one root names all of them.
  FakeExperiment outside;
  outside.EditManifest("corpus.qca", [](Statement& statement) {
    MakeFromOutside("text", statement);
  });
  const Evidence of_outside = outside.Publish();
  EXPECT_THAT(
      Audit(of_outside, options).findings.all(),
      Contains(IsFinding(Check::kRoots, "provenance/corpus.qca.manifest.json",
                         "which --expected_roots does not name")));
  options.expected_roots = {{"seed", "43"}};
  EXPECT_THAT(Audit(evidence, options).findings.all(),
              Contains(IsFinding(Check::kRoots, "manifest.json", "seed=43")));
}

TEST(ToolsTest, AStaleToolIsNamed) {
  const Evidence evidence = FakeExperiment().Publish();
  AuditOptions options = FakeExperiment::Options();
  options.tools["quantize"] = std::string(64, 'b');
  const AuditResult stale = Audit(evidence, options);
  EXPECT_EQ(stale.findings.ExitCode(), 18);
  EXPECT_EQ(stale.findings.all().size(), 2);  // two schemes
  EXPECT_THAT(stale.findings.all(),
              Each(Field(&Finding::field, "tool quantize")));
  options.tools.erase("quantize");
  EXPECT_THAT(
      Audit(evidence, options).findings.all(),
      Contains(IsFinding(Check::kTools, "provenance/fp32.qca.manifest.json",
                         "not built with the audit")));
  options.ignore_tools = true;
  EXPECT_EQ(Audit(evidence, options).findings.ExitCode(), 0);
}

TEST(ProfileTest, AMixedProfileOrBuilderIsNamed) {
  const std::string file = "provenance/fp32.qca.manifest.json";
  EXPECT_THAT(
      AfterEdit("fp32.qca",
                [](Statement& statement) {
                  (*BuildOf(statement)
                        .mutable_internal_parameters())["isa_baseline"] =
                      "armv8-a";
                }),
      Contains(IsFinding(Check::kProfile, file,
                         "isa_baseline: mixed: is 'armv8-a'")));
  EXPECT_THAT(AfterEdit("fp32.qca",
                        [](Statement& statement) {
                          statement.mutable_predicate()
                              ->mutable_run_details()
                              ->mutable_builder()
                              ->mutable_version()
                              ->erase("glibc");
                        }),
              Contains(IsFinding(Check::kProfile, file,
                                 "version.glibc: mixed: is missing")));
}

TEST(ProfileTest, TwoBinariesOfOneToolAreNamed) {
  FakeExperiment experiment;
  experiment.EditManifest("fp32.qca", [](Statement& statement) {
    for (auto& entry : *BuildOf(statement).mutable_resolved_dependencies()) {
      if (entry.annotations().kind() != kToolKind) continue;
      (*entry.mutable_digest())["sha256"] = std::string(64, 'f');
    }
  });
  const Evidence evidence = experiment.Publish();
  AuditOptions options;
  options.ignore_tools = true;
  EXPECT_THAT(Audit(evidence, options).findings.all(),
              Contains(Field(&Finding::field, "tool quantize")));
}

std::vector<Finding> AfterEditOfFlag(const std::string& name,
                                     const std::string& flag,
                                     const std::string& value) {
  return AfterEdit(name, [&](Statement& statement) {
    (*BuildOf(statement).mutable_external_parameters()->mutable_flags())[flag] =
        value;
  });
}

TEST(FormTest, FlagsThatNameFilesAreRefused) {
  EXPECT_THAT(
      AfterEditOfFlag("model.qca", "output", "/etc/passwd"),
      Contains(IsFinding(Check::kForm, "provenance/model.qca.manifest.json",
                         "flags.output")));
  EXPECT_THAT(
      AfterEditOfFlag("pareto.png", "gnuplot", "evil"),
      Contains(IsFinding(Check::kForm, "provenance/pareto.png.manifest.json",
                         "flags.gnuplot")));
  EXPECT_THAT(
      AfterEditOfFlag("model.qca", "table", "/tmp/x"),
      Contains(IsFinding(Check::kForm, "provenance/model.qca.manifest.json",
                         "flags.table")));
}

TEST(FormTest, AFileThatIsNoManifestIsNamed) {
  Evidence evidence = FakeExperiment().Publish();
  evidence.Set("provenance/model.qca.manifest.json", "{}");
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_EQ(result.findings.ExitCode(), 10);
  EXPECT_FALSE(IsSound(result));
}

TEST(ChainTest, AMissingManifestAndAnOrphanAreNamed) {
  Evidence evidence = FakeExperiment().Publish();
  evidence.Remove("provenance/corpus.qca.manifest.json");
  evidence.Set("provenance/old.qca.manifest.json",
               evidence.Find("provenance/model.qca.manifest.json")->bytes());
  evidence.Set("old.png", "x");
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_EQ(result.findings.ExitCode(), 12);
  EXPECT_THAT(
      result.findings.all(),
      Contains(IsFinding(Check::kChain, "provenance/corpus.qca.manifest.json",
                         "missing")));
  for (const char* orphan : {"provenance/old.qca.manifest.json", "old.png"}) {
    EXPECT_THAT(result.findings.all(),
                Contains(IsFinding(Check::kChain, orphan, "orphan")));
  }
}

// Outer digests all fit: consumer and producer disagree on the bytes.
TEST(ChainTest, AConsumerThatNamesOtherBytesThanTheProducerIsNamed) {
  const auto found =
      AfterEdit("fp32_measurement.qca", [](Statement& statement) {
        for (auto& entry :
             *BuildOf(statement).mutable_resolved_dependencies()) {
          if (entry.name() != "fp32.qca") continue;
          (*entry.mutable_digest())["sha256"] = std::string(64, 'a');
        }
      });
  EXPECT_THAT(found, Contains(IsFinding(
                         Check::kDigests, "provenance/fp32.qca.manifest.json",
                         "provenance/fp32_measurement.qca.manifest.json says "
                         "aaaa")));
}

// Digests can't form a cycle. Names can, but then the digests do not fit.
TEST(ChainTest, ACycleOfNamesIsNamed) {
  Evidence evidence = FakeExperiment().Publish();
  const std::string model = "provenance/model.qca.manifest.json";
  evidence.Set(model, absl::StrReplaceAll(evidence.Find(model)->bytes(),
                                          {{"\"corpus.qca", "\"fp32.qca"}}));
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  EXPECT_THAT(result.findings.all(),
              Contains(AllOf(Field(&Finding::check, Check::kChain),
                             Field(&Finding::problem, StartsWith("a cycle")))));
}

TEST(ChainTest, AnEmptyFolderHasNoChain) {
  Evidence evidence;
  evidence.Set("README.md", "hello");
  const AuditResult result = Audit(evidence, {});
  EXPECT_EQ(result.findings.ExitCode(), 12);
  EXPECT_FALSE(IsSound(result));
}

}  // namespace
}  // namespace quant_curve
