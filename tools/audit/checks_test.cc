#include <functional>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/measurement/fake_timing.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"

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

// What an audit finds when everything up to manifest.json agrees with itself:
// only what things mean can give it away.
std::vector<Finding> FindingsOf(FakeExperiment& experiment) {
  const Evidence evidence = experiment.Publish();
  return Audit(evidence, FakeExperiment::Options()).findings.all();
}

std::vector<Finding> AfterEdit(const std::string& name,
                               FakeExperiment::Edit edit) {
  FakeExperiment experiment;
  experiment.EditManifest(name, std::move(edit));
  return FindingsOf(experiment);
}

std::vector<Finding> AfterEditOfFlag(const std::string& name,
                                     const std::string& flag,
                                     const std::string& value) {
  return AfterEdit(name, [&](Statement& statement) {
    (*statement.mutable_predicate()
          ->mutable_build_definition()
          ->mutable_external_parameters()
          ->mutable_flags())[flag] = value;
  });
}

MATCHER_P3(IsFinding, check, file, text, "") {
  *result_listener << TextOf(arg);
  return arg.check == check && arg.file == file &&
         TextOf(arg).find(text) != std::string::npos;
}

BuildDefinition& BuildOf(Statement& statement) {
  return *statement.mutable_predicate()->mutable_build_definition();
}

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
              HasSubstr("5 artifacts behind the published ones are not at hand "
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
                         "reads no files from outside")));
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
  options.expected_roots = {{"seed", "43"}};
  EXPECT_THAT(Audit(evidence, options).findings.all(),
              Contains(IsFinding(Check::kRoots, "manifest.json", "seed=43")));
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

TEST(NumbersTest, AChangedNumberInTheReadmeIsNamedByLineAndColumn) {
  const auto is_caught = [](const std::string& text) {
    return Contains(IsFinding(Check::kNumbers, "README.md", text));
  };
  EXPECT_THAT(AfterReplacing("README.md", "| 113,920 |", "| 113,910 |"),
              is_caught("line 6, int8_per_channel, bytes: '113,910', the "
                        "artifacts give 113920"));
  EXPECT_THAT(AfterReplacing("README.md", "| 32.67 |", "| 32.68 |"),
              is_caught("fp32, bits/weight"));
  EXPECT_THAT(AfterReplacing("README.md", "on it", "dominated by `fp32`"),
              is_caught("frontier"));
  EXPECT_THAT(AfterReplacing("README.md", "| 1.00 [1.00, ", "| 1.01 [1.00, "),
              is_caught("speed-up"));
  EXPECT_THAT(AfterReplacing("README.md", "| L2 95.0 [", "| L2 96.0 ["),
              is_caught("memory, GB/s"));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", "9 % of L2 |"),
              is_caught("ceiling"));
  EXPECT_THAT(AfterReplacing("README.md", "103,680 parameters", "9 parameters"),
              is_caught("the timing has 103680 parameters"));
  EXPECT_THAT(AfterReplacing("README.md", "1 thread", "3 threads"),
              is_caught("the timing has nothing for"));
  EXPECT_THAT(AfterReplacing("README.md", "| `fp32` |", "| `fp31` |"),
              is_caught("expected one of `fp32`"));
  EXPECT_THAT(AfterReplacing("README.md", "| gap to fp32 |", "| surprise |"),
              is_caught("the table of results is missing"));
}

TEST(NumbersTest, AnotherWordBesideTheNumbersOfASpeedTableIsNamed) {
  const auto is_caught = [](const std::string& text) {
    return Contains(IsFinding(Check::kNumbers, "README.md", text));
  };
  EXPECT_THAT(AfterReplacing("README.md", "| L2 95.0 [", "| L3 95.0 ["),
              is_caught("memory, GB/s: 'L3 95.0 [95.0, 95.0]', the artifacts "
                        "give 95, 95, 95 and 'L2'"));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", " % of FMA |"),
              AllOf(is_caught("fp32, ceiling"), is_caught("and 'of L2'")));
  EXPECT_THAT(AfterReplacing("README.md", " % of L2 |", " % of L2 FMA |"),
              is_caught("fp32, ceiling"));
  EXPECT_THAT(AfterReplacing("README.md", "| 1.00 [1.00, ", "| 1.00e9 [1.00, "),
              is_caught("fp32, speed-up"));
  EXPECT_THAT(AfterReplacing("README.md", "| 113,920 |", "| 113,920 KiB |"),
              is_caught("int8_per_channel, bytes"));
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
                         "not built beside the audit")));
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

// By digest alone no cycle can exist: names can lie, digests then do not fit.
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
