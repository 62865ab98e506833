// What manifests say against what artifacts, figures and reports hold.
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/measurement.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/test_findings.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kInt8Measurement[] = "int8_per_channel_measurement.qca";

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
                                 "training.seed: the manifest says 43, the "
                                 "artifact holds 42")));
  EXPECT_THAT(edit("training.luck", "7"),
              Contains(IsFinding(Check::kParameters, file, "training.luck")));
}

// The artifact that the experiment wrote under this name, its tensors with
// their bytes.
template <typename Message>
Message ArtifactOf(const Evidence& evidence, const std::string& name) {
  Findings findings;
  for (const Stage& stage : BuildChain(evidence, findings).stages) {
    if (stage.subject().name() != name) continue;
    return InMemory(Artifact<Message>{**stage.file->Get<Message>(), "",
                                      Payload(stage.file->bytes())})
        .value();
  }
  ADD_FAILURE() << "no artifact " << name;
  return Message();
}

// After `change` of an artifact, all digests made to fit.
template <typename Message>
std::vector<Finding> AfterChange(const std::string& name,
                                 const std::function<void(Message&)>& change) {
  FakeExperiment experiment;
  Message message = ArtifactOf<Message>(experiment.Publish(), name);
  change(message);
  experiment.Replace(name, *ArtifactBytes(KindOf<Message>(), message, name));
  return FindingsOf(experiment);
}

// The footer still has the digest of the genuine record, so the digest of the
// contents stays the same.
TEST(ParametersTest, ARecordThatIsNotTheOneInTheFooterIsNamed) {
  FakeExperiment experiment;
  std::string bytes;
  Findings findings;
  const Evidence evidence = experiment.Publish();
  for (const Stage& stage : BuildChain(evidence, findings).stages) {
    if (stage.subject().name() == "fp32.qca") bytes = stage.file->bytes();
  }
  ASSERT_GT(bytes.size(), 256);
  bytes[256] ^= 1;  // of the first record
  experiment.Replace("fp32.qca", bytes);
  EXPECT_THAT(FindingsOf(experiment),
              Contains(AllOf(Field(&Finding::check, Check::kParameters),
                             Field(&Finding::file, HasSubstr("fp32.qca")),
                             Field(&Finding::problem,
                                   HasSubstr("the SHA-256 of its record does "
                                             "not match")))));
}

template <typename Message>
void ExpectInnerDigestChecked(const std::string& name,
                              const std::string& field) {
  const auto found = AfterChange<Message>(name, [&](Message& message) {
    message.GetReflection()->SetString(
        &message, message.GetDescriptor()->FindFieldByName(field),
        std::string(32, 'x'));
  });
  EXPECT_THAT(found, Contains(AllOf(Field(&Finding::check, Check::kParameters),
                                    Field(&Finding::field, field))))
      << name;
}

TEST(ParametersTest, EveryDigestInsideAnArtifactIsThatOfAnInput) {
  ExpectInnerDigestChecked<Checkpoint>("model.qca", "corpus_sha256");
  ExpectInnerDigestChecked<Calibration>("hessians.qca", "checkpoint_sha256");
  ExpectInnerDigestChecked<Calibration>("hessians.qca", "corpus_sha256");
  ExpectInnerDigestChecked<QuantizedModel>("fp32.qca", "checkpoint_sha256");
  ExpectInnerDigestChecked<QuantizedModel>("fp32.qca", "calibration_sha256");
  // A model keeps what its checkpoint was trained on; quantize reads no corpus.
  ExpectInnerDigestChecked<QuantizedModel>("fp32.qca", "corpus_sha256");
  ExpectInnerDigestChecked<Measurement>("fp32_measurement.qca",
                                        "quantized_model_sha256");
  ExpectInnerDigestChecked<Measurement>("fp32_measurement.qca",
                                        "corpus_sha256");
  const auto found =
      AfterChange<Measurement>(kInt8Measurement, [](Measurement& measurement) {
        measurement.mutable_paired()->set_reference_sha256(
            std::string(32, 'x'));
      });
  EXPECT_THAT(found,
              Contains(AllOf(Field(&Finding::check, Check::kParameters),
                             Field(&Finding::field, "reference_sha256"))));
}

// As the model forges it: each change is consistent with all digests, and what
// is reported follows from it.
TEST(ParametersTest, WhatAMeasurementSaysOfItsModelIsChecked) {
  const auto is_caught = [](const std::string& text) {
    return Contains(IsFinding(Check::kParameters,
                              absl::StrCat("artifacts/", kInt8Measurement),
                              text));
  };
  const auto after = [](const std::function<void(Measurement&)>& change) {
    return AfterChange<Measurement>(kInt8Measurement, change);
  };
  EXPECT_THAT(after([](Measurement& m) { m.set_bits_per_weight(4.25); }),
              is_caught("bits_per_weight: the artifact holds 4.25, it must be "
                        "8.1875"));
  EXPECT_THAT(after([](Measurement& m) {
                m.mutable_linears(0)->set_gptq_proxy_loss(std::nan(""));
              }),
              is_caught("gptq_proxy_loss"));
  EXPECT_THAT(after([](Measurement& m) { m.set_num_parameters(1); }),
              is_caught("num_parameters"));
  EXPECT_THAT(after([](Measurement& m) {
                m.mutable_paired()->set_perplexity_gap_percent(0.01);
              }),
              is_caught("paired: the differences do not follow"));
  // Only with the model present.
  EXPECT_THAT(after([](Measurement& m) {
                m.mutable_linears(0)->set_gptq_proxy_loss(1e-9);
              }),
              is_caught("as in the model"));
}

TEST(ParametersTest, AConfigInAManifestMustBeThatOfTheMeasurements) {
  FakeExperiment experiment;
  experiment.EditManifest("model.qca", [](Statement& statement) {
    (*BuildOf(statement)
          .mutable_external_parameters()
          ->mutable_artifact())["config.d_ff"] = "128";
  });
  const Evidence evidence = experiment.Publish(/*complete=*/false);
  EXPECT_THAT(
      Audit(evidence, FakeExperiment::Options()).findings.all(),
      Contains(IsFinding(Check::kParameters, "artifacts/fp32_measurement.qca",
                         "h.0.mlp.fc1.weight of 128 x 64")));
}

TEST(ParametersTest, ASchemeIsTheOneThatTheFlagNamed) {
  const auto edit = [](const std::string& flag) {
    FakeExperiment experiment;
    experiment.EditManifest("fp32.qca", [&](Statement& statement) {
      (*BuildOf(statement)
            .mutable_external_parameters()
            ->mutable_flags())["scheme"] = flag;
    });
    const Evidence evidence = experiment.Publish(/*complete=*/false);
    return Audit(evidence, FakeExperiment::Options()).findings.all();
  };
  const std::string file = "provenance/fp32.qca.manifest.json";
  EXPECT_THAT(edit("fp16"), Contains(IsFinding(Check::kParameters, file,
                                               "'fp16': means scheme.")));
  EXPECT_THAT(edit("nothing"),
              Contains(IsFinding(Check::kParameters, file, "'nothing'")));
}

// The model was not found: its manifest is what is left to compare with.
TEST(ParametersTest, AMeasurementIsOfTheSchemeOfItsModel) {
  FakeExperiment experiment;
  experiment.EditManifest("fp32.qca", [](Statement& statement) {
    auto& parameters =
        *BuildOf(statement).mutable_external_parameters()->mutable_artifact();
    parameters["scheme.weight_format"] = "WEIGHT_FLOAT16";
  });
  const Evidence evidence = experiment.Publish(/*complete=*/false);
  EXPECT_THAT(
      Audit(evidence, FakeExperiment::Options()).findings.all(),
      Contains(IsFinding(
          Check::kParameters, "provenance/fp32_measurement.qca.manifest.json",
          "scheme.weight_format: is WEIGHT_FLOAT32, of its model")));
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
              is_caught("points[0]: is 'fp32' at (0x1.95p+18, 0x1p+2), the "
                        "artifacts give 'fp32' at (0x1.95p+18, "));
  EXPECT_THAT(edit([](Annotations& annotations) {
                annotations.mutable_points(1)->set_label("int4");
              }),
              is_caught("'int4'"));
  EXPECT_THAT(edit([](Annotations& annotations) {
                annotations.mutable_points()->RemoveLast();
              }),
              is_caught("points[1]: is missing, the artifacts give "
                        "'int8_per_channel' at (0x1.bdp+16,"));
  EXPECT_THAT(edit([](Annotations& annotations) {
                *annotations.add_points() = annotations.points(0);
              }),
              is_caught("points[2]: is 'fp32'"));
}

TEST(PointsTest, EveryFigureHasTheScriptThatItsArtifactsGive) {
  for (const char* name :
       {"pareto.png", "verb_tense_accuracy.png", "latency_pareto.png",
        "roofline_overlay.png", "speedup_ladder.png"}) {
    const auto with_script = [&](const std::string& sha256) {
      return AfterEdit(name, [&](Statement& statement) {
        Annotations& annotations =
            *statement.mutable_subject(0)->mutable_annotations();
        annotations.set_script_sha256(sha256);
        annotations.mutable_points(0)->set_x("0x1p+0");
      });
    };
    EXPECT_THAT(with_script(std::string(64, 'a')),
                AllOf(Contains(IsFinding(Check::kPoints, name, "is aaaa")),
                      Contains(IsFinding(Check::kPoints, name, "0x1p+0"))));
    EXPECT_THAT(with_script(""), Contains(IsFinding(Check::kPoints, name,
                                                    "scriptSha256: missing")));
  }
}

TEST(PointsTest, AFigureThatWasToldOtherwiseHasAnotherScript) {
  EXPECT_THAT(
      AfterEdit("pareto.png",
                [](Statement& statement) {
                  (*BuildOf(statement)
                        .mutable_external_parameters()
                        ->mutable_flags())["y_scale"] = "log";
                }),
      Contains(IsFinding(Check::kPoints, "pareto.png", "scriptSha256: is ")));
}

// A figure of fewer measurements would hide a scheme, with every digest right.
TEST(PointsTest, AllThatIsShownIsOfTheSameMeasurements) {
  EXPECT_THAT(
      AfterEdit(
          "verb_tense_accuracy.png",
          [](Statement& statement) {
            // The second measurement and its manifest.
            BuildOf(statement).mutable_resolved_dependencies()->DeleteSubrange(
                2, 2);
          }),
      Contains(IsFinding(Check::kPoints, "verb_tense_accuracy.png",
                         "shows other measurements than pareto.png")));
}

TEST(NumbersTest, AChangedNumberInJsonIsNamedByItsLine) {
  EXPECT_THAT(
      AfterReplacing("results.json", "\"total\": 113920", "\"total\": 113921"),
      Contains(IsFinding(Check::kNumbers, "results.json",
                         "113921,', rendered from them is ")));
  EXPECT_THAT(
      AfterReplacing("speed.json", "\"cores\": 2", "\"cores\": 3"),
      Contains(IsFinding(Check::kNumbers, "speed.json", "\"cores\": 3")));
  EXPECT_THAT(AfterReplacing("results.json", "{\n", "{\n\n"),
              Contains(IsFinding(Check::kNumbers, "results.json",
                                 "line 2 is not what the artifacts give: "
                                 "published is ''")));
}

// The last digit of the longest number that there is.
TEST(NumbersTest, AChangeInTheLastDigitIsNamed) {
  FakeExperiment experiment;
  std::string json = experiment.Publish().Find("results.json")->bytes();
  const std::string field = "\"perplexity_stderr\": ";
  const size_t end = json.find_first_of(",\n", json.find(field) + field.size());
  json[end - 1] = json[end - 1] == '1' ? '2' : '1';
  experiment.Replace("results.json", json);
  EXPECT_THAT(FindingsOf(experiment),
              Contains(IsFinding(Check::kNumbers, "results.json", field)));
}

// Changes that fool a reader or a parser of Markdown.
TEST(NumbersTest, WhateverIsChangedInTheReadmeIsNamedByItsLine) {
  const std::string row = "\n| `int8_per_channel` |";
  const std::pair<std::string, std::string> changes[] = {
      {row, "\n<!--" + row},                  // a comment
      {row, "\n`int8_per_channel` |"},        // no leading pipe
      {row, "\n| ~~`int8_per_channel`~~ |"},  // struck through
      {row, "\n<table><tr><td>1</td></tr></table>" + row},
      {row, "\n| `int8_per_channel`\xe2\x80\x8b |"},  // zero width
      {row, " " + row},                               // a blank at the end
      {row, "\r" + row},
      {"113,920",
       "113,9\xef\xbc\x92"
       "0"},  // full-width digit
      {"113,920",
       "\xe2\x88\x92"
       "113,920"},  // U+2212
      {"113,920", "113,920 KiB"},
      {"| scheme |", "| Scheme |"},
      {"# A fake", "# Another"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_THAT(AfterReplacing("README.md", from, to),
                Contains(IsFinding(Check::kNumbers, "README.md",
                                   "is not what the artifacts give")))
        << to;
  }
  FakeExperiment experiment;
  const std::string readme = experiment.Publish().Find("README.md")->bytes();
  experiment.Replace("README.md", readme + "More.\n");
  EXPECT_THAT(FindingsOf(experiment),
              Contains(IsFinding(Check::kNumbers, "README.md",
                                 "published is 'More.'")));
}

// Two reports with equal flags differ only by their measurements.
TEST(NumbersTest, WhatWasRenderedIsKeptByTheDigestsOfItsInputs) {
  FakeExperiment first;
  const Evidence of_first = first.Publish();
  Measurement other = ArtifactOf<Measurement>(of_first, kInt8Measurement);
  other.set_window_nll_nats(0, other.window_nll_nats(0) + 5);
  ASSERT_TRUE(FillSummaries(other).ok());
  const std::string reference = other.paired().reference_sha256();
  *other.mutable_paired() = *Compare(
      other, ArtifactOf<Measurement>(of_first, "fp32_measurement.qca"));
  other.mutable_paired()->set_reference_sha256(reference);
  FakeExperiment second;
  second.Replace(kInt8Measurement, *ArtifactBytes(MEASUREMENT, other, "other"));
  Memo memo;
  const AuditOptions options = FakeExperiment::Options();
  EXPECT_THAT(Audit(of_first, options, memo).findings.all(), IsEmpty());
  const Evidence of_second = second.Publish();
  EXPECT_THAT(Audit(of_second, options, memo).findings.all(), IsEmpty());
  second.Replace("results.json", of_first.Find("results.json")->bytes());
  const Evidence mixed = second.Publish();
  EXPECT_THAT(Audit(mixed, options, memo).findings.all(),
              Contains(IsFinding(Check::kNumbers, "results.json",
                                 "is not what the artifacts give")));
}

}  // namespace
}  // namespace quant_curve
