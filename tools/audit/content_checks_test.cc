// What manifests say against what artifacts, figures and reports hold.
#include <functional>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/measurement/fake_timing.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/test_findings.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A published file with one text changed for another, all digests made to fit.
std::vector<Finding> AfterReplacing(const std::string& path,
                                    const std::string& from,
                                    const std::string& to) {
  FakeExperiment experiment;
  const std::string bytes = experiment.Publish().Find(path)->bytes();
  EXPECT_THAT(bytes, HasSubstr(from));
  experiment.Replace(path, absl::StrReplaceAll(bytes, {{from, to}}));
  return FindingsOf(experiment);
}

TEST(SchemasTest, AnotherSchemaVersionIsNamed) {
  EXPECT_THAT(
      AfterEdit("model.qca",
                [](Statement& statement) {
                  statement.mutable_subject(0)
                      ->mutable_annotations()
                      ->set_schema_version(99);
                }),
      Contains(IsFinding(Check::kSchemas, "provenance/model.qca.manifest.json",
                         "schemaVersion: is 99")));
}

TEST(SchemasTest, AnotherDescriptorIsNamedUnlessToolsAreIgnored) {
  FakeExperiment experiment;
  experiment.EditManifest("model.qca", [](Statement& statement) {
    for (auto& entry : *BuildOf(statement).mutable_resolved_dependencies()) {
      if (entry.annotations().kind() != kSchemaKind) continue;
      (*entry.mutable_digest())["sha256"] = std::string(64, 'a');
    }
  });
  EXPECT_THAT(
      FindingsOf(experiment),
      Contains(IsFinding(Check::kSchemas, "provenance/model.qca.manifest.json",
                         "quant_curve.Checkpoint was aaaa")));
  AuditOptions options = FakeExperiment::Options();
  options.ignore_tools = true;
  const Evidence evidence = experiment.Publish();
  const AuditResult result = Audit(evidence, options);
  EXPECT_EQ(result.findings.NumFailed(Check::kSchemas), 0);
}

TEST(ParametersTest, AParameterThatTheArtifactDoesNotHaveIsNamed) {
  const auto edit = [](const std::string& name, const std::string& value) {
    return AfterEdit("model.qca", [&](Statement& statement) {
      (*BuildOf(statement)
            .mutable_external_parameters()
            ->mutable_artifact())[name] = value;
    });
  };
  const std::string file = "provenance/model.qca.manifest.json";
  EXPECT_THAT(edit("training.seed", "43"),
              Contains(IsFinding(Check::kParameters, file,
                                 "training.seed: is 43, the artifact says "
                                 "42")));
  EXPECT_THAT(edit("training.luck", "7"),
              Contains(IsFinding(Check::kParameters, file, "training.luck")));
}

TEST(ParametersTest, AnInnerDigestOfAnotherInputIsNamed) {
  const auto found = AfterEdit("fp32.qca", [](Statement& statement) {
    // Checkpoint and Hessians change places, with their manifests.
    auto& entries = *BuildOf(statement).mutable_resolved_dependencies();
    entries[0].mutable_annotations()->set_flag("hessians");
    entries[2].mutable_annotations()->set_flag("checkpoint");
  });
  EXPECT_THAT(found, Contains(IsFinding(Check::kParameters, "fp32.qca",
                                        "checkpoint_sha256")));
  EXPECT_THAT(found, Contains(IsFinding(Check::kParameters, "fp32.qca",
                                        "calibration_sha256")));
}

// A model keeps what its checkpoint was trained on; quantize reads no corpus.
TEST(ParametersTest, AnInnerDigestThatNoStageBehindReadIsNamed) {
  FakeExperiment experiment;
  QuantizedModel model;
  {
    const Evidence evidence = experiment.Publish();
    Findings findings;
    for (const Stage& stage : BuildChain(evidence, findings).stages) {
      if (stage.path == "fp32.qca") model = **stage.file->Get<QuantizedModel>();
    }
  }
  model.set_corpus_sha256(std::string(32, 'c'));
  experiment.Replace("fp32.qca",
                     *ArtifactBytes(QUANTIZED_MODEL, model, "fp32.qca"));
  EXPECT_THAT(FindingsOf(experiment),
              Contains(IsFinding(Check::kParameters, "fp32.qca",
                                 "corpus_sha256: provenance/fp32.qca.manifest."
                                 "json: neither it nor a stage behind it")));
}

TEST(ParametersTest, SummariesThatDoNotFollowFromTheScoresAreNamed) {
  FakeExperiment experiment;
  const std::string path = "artifacts/fp32_measurement.qca";
  const Evidence evidence = experiment.Publish();
  Measurement forged = **evidence.Find(path)->Get<Measurement>();
  forged.mutable_perplexity()->set_perplexity(1);
  experiment.Replace("fp32_measurement.qca",
                     *ArtifactBytes(MEASUREMENT, forged, "forged"));
  EXPECT_THAT(
      FindingsOf(experiment),
      Contains(IsFinding(Check::kParameters, path, "the summaries do not")));
}

TEST(PointsTest, AMovedAddedOrMissingPointIsNamed) {
  const auto edit = [](const std::function<void(Annotations&)>& change) {
    return AfterEdit("pareto.png", [&](Statement& statement) {
      change(*statement.mutable_subject(0)->mutable_annotations());
    });
  };
  const auto is_caught = [](const std::string& text) {
    return Contains(IsFinding(Check::kPoints, "pareto.png", text));
  };
  // 414720 bytes are 0x1.95p+18.
  EXPECT_THAT(edit([](Annotations& annotations) {
                annotations.mutable_points(0)->set_y("0x1p+2");
              }),
              is_caught("'fp32' at (0x1.95p+18, 0x1p+2) was drawn"));
  EXPECT_THAT(edit([](Annotations& annotations) {
                annotations.mutable_points(1)->set_label("int4");
              }),
              is_caught("'int4'"));
  EXPECT_THAT(edit([](Annotations& annotations) {
                annotations.mutable_points()->RemoveLast();
              }),
              is_caught("int8_per_channel' at (0x1.bdp+16,"));
  EXPECT_THAT(edit([](Annotations& annotations) {
                *annotations.add_points() = annotations.points(0);
              }),
              is_caught("fp32"));
}

TEST(PointsTest, FiguresOfATimingAreComparedToo) {
  for (const char* name :
       {"latency_pareto.png", "roofline_overlay.png", "speedup_ladder.png"}) {
    EXPECT_THAT(AfterEdit(name,
                          [](Statement& statement) {
                            statement.mutable_subject(0)
                                ->mutable_annotations()
                                ->mutable_points(0)
                                ->set_x("0x1p+0");
                          }),
                Contains(IsFinding(Check::kPoints, name, "0x1p+0")));
  }
}

TEST(NumbersTest, AChangedNumberInJsonIsNamedBySchemeAndField) {
  EXPECT_THAT(
      AfterReplacing("results.json", "\"total\": 113920", "\"total\": 113921"),
      Contains(IsFinding(Check::kNumbers, "results.json",
                         "schemes[int8_per_channel].bytes.total: is "
                         "113921, the artifacts give 113920")));
  EXPECT_THAT(
      AfterReplacing("speed.json", "\"cores\": 2", "\"cores\": 3"),
      Contains(IsFinding(Check::kNumbers, "speed.json", "machine.cores")));
  EXPECT_THAT(AfterReplacing("results.json", "{\n", "{\n\n"),
              Contains(IsFinding(Check::kNumbers, "results.json",
                                 "the numbers are right, but")));
  EXPECT_THAT(AfterReplacing("results.json", "{\n", ""),
              Contains(IsFinding(Check::kNumbers, "results.json", "no quant")));
}

auto IsCaughtInReadme(const std::string& text) {
  return Contains(IsFinding(Check::kNumbers, "README.md", text));
}

TEST(NumbersTest, AChangedNumberInTheReadmeIsNamedByLineAndColumn) {
  EXPECT_THAT(
      AfterReplacing("README.md", "| 113,920 |", "| 113,910 |"),
      IsCaughtInReadme("line 6, int8_per_channel, bytes: '113,910', the "
                       "artifacts give 113920"));
  EXPECT_THAT(AfterReplacing("README.md", "| 32.67 |", "| 32.68 |"),
              IsCaughtInReadme("fp32, bits/weight"));
  EXPECT_THAT(AfterReplacing("README.md", "on it", "dominated by `fp32`"),
              IsCaughtInReadme("frontier"));
  EXPECT_THAT(AfterReplacing("README.md", "| 1.00 [1.00, ", "| 1.01 [1.00, "),
              IsCaughtInReadme("speed-up"));
  EXPECT_THAT(AfterReplacing("README.md", "| L2 95.0 [", "| L2 96.0 ["),
              IsCaughtInReadme("memory, GB/s"));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", "9 % of L2 |"),
              IsCaughtInReadme("ceiling"));
  EXPECT_THAT(AfterReplacing("README.md", "103,680 parameters", "9 parameters"),
              IsCaughtInReadme("the timing has 103680 parameters"));
  EXPECT_THAT(AfterReplacing("README.md", "1 thread", "3 threads"),
              IsCaughtInReadme("the timing has nothing for"));
  EXPECT_THAT(AfterReplacing("README.md", "| `fp32` |", "| `fp31` |"),
              IsCaughtInReadme("expected one of `fp32`"));
  EXPECT_THAT(AfterReplacing("README.md", "| gap to fp32 |", "| surprise |"),
              IsCaughtInReadme("the table of results is missing"));
}

TEST(NumbersTest, AnotherWordBesideTheNumbersOfASpeedTableIsNamed) {
  EXPECT_THAT(
      AfterReplacing("README.md", "| L2 95.0 [", "| L3 95.0 ["),
      IsCaughtInReadme("memory, GB/s: 'L3 95.0 [95.0, 95.0]', the artifacts "
                       "give 95, 95, 95 and 'L2'"));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", " % of FMA |"),
              AllOf(IsCaughtInReadme("fp32, ceiling"),
                    IsCaughtInReadme("and 'of L2'")));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", " % of L2 FMA |"),
              IsCaughtInReadme("fp32, ceiling"));
  EXPECT_THAT(AfterReplacing("README.md", "| 1.00 [1.00, ", "| 1.00e9 [1.00, "),
              IsCaughtInReadme("fp32, speed-up"));
  EXPECT_THAT(AfterReplacing("README.md", "| 113,920 |", "| 113,920 KiB |"),
              IsCaughtInReadme("int8_per_channel, bytes"));
}

// What a table of speed says of its repeats, the timing of minigpt having 15.
TEST(NumbersTest, AnotherNumberOfRepeatsInAHeadingIsNamed) {
  const auto after = [](const std::string& repeats) {
    return AfterReplacing("README.md", ", 15 repeats\n", repeats + "\n");
  };
  const auto is_caught = Contains(
      IsFinding(Check::kNumbers, "README.md", "the timing has 15 repeats"));
  for (const char* repeats :
       {", 16 repeats", ", 1 repeat", ", 15 repeat", ", 15 repeats, 9"}) {
    EXPECT_THAT(after(repeats), is_caught) << repeats;
  }
  EXPECT_THAT(after(""), IsEmpty());
}

TEST(NumbersTest, OneRepeatInAHeadingIsSingular) {
  Timing timing = MakeFakeTiming(/*ladder=*/true);
  for (DecodeTiming& decode : *timing.mutable_decodes()) {
    decode.mutable_seconds()->Truncate(1);
    decode.mutable_memory_bytes_per_second()->Truncate(1);
  }
  FakeExperiment experiment;
  experiment.Replace("timing.qca", *ArtifactBytes(TIMING, timing, "once"));
  const Evidence evidence = experiment.Publish();
  const std::string readme = evidence.Find("README.md")->bytes();
  EXPECT_THAT(FindingsOf(experiment), IsEmpty());
  ASSERT_THAT(readme, HasSubstr(", 1 repeat\n"));
  experiment.Replace(
      "README.md",
      absl::StrReplaceAll(readme, {{", 1 repeat\n", ", 1 repeats\n"}}));
  EXPECT_THAT(FindingsOf(experiment),
              Contains(IsFinding(Check::kNumbers, "README.md",
                                 "the timing has 1 repeat")));
}

}  // namespace
}  // namespace quant_curve
