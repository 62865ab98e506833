#include "tools/audit/fake_experiment.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/sha256.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/sweep.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "tools/audit/fake_readme.h"

namespace quant_curve {
namespace {

constexpr const char* kSchemes[] = {"fp32", "int8_per_channel"};
constexpr const char* kPublishedArtifacts[] = {
    "fp32_measurement.qca", "int8_per_channel_measurement.qca", "timing.qca"};

std::string ToolSha256(absl::string_view stage) {
  return Sha256(absl::StrCat("binary of ", stage));
}

PlottedPoint PointAt(const std::string& label, double x, double y) {
  PlottedPoint point;
  point.set_label(label);
  point.set_x(HexFloat(x));
  point.set_y(HexFloat(y));
  return point;
}

// Every tenth item: a tamper test audits the experiment thousands of times.
Measurement Thinned(const Measurement& whole) {
  Measurement thin = whole;
  thin.clear_items();
  thin.clear_candidate_log_probability_nats();
  for (int i = 0; i < whole.items_size(); i += 10) {
    *thin.add_items() = whole.items(i);
    for (uint32_t j = 0; j < whole.num_candidates(); ++j) {
      thin.add_candidate_log_probability_nats(
          whole.candidate_log_probability_nats(i * whole.num_candidates() + j));
    }
  }
  EXPECT_TRUE(FillSummaries(thin).ok());
  return thin;
}

template <typename Message>
Message ParsedFrom(const std::string& file) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(
      std::string(*Unframe(file, KindOf<Message>(), "fake"))));
  return message;
}

}  // namespace

FakeExperiment::FakeExperiment() = default;

AuditOptions FakeExperiment::Options() {
  AuditOptions options;
  for (const char* stage :
       {"corpus", "train", "calibrate", "quantize", "evaluate", "benchmark",
        "plot", "report", "publish", "gnuplot"}) {
    options.tools[stage] = HexDigest(ToolSha256(stage));
  }
  return options;
}

const FakeExperiment::File& FakeExperiment::Find(
    const std::string& name) const {
  for (const File& file : files_) {
    if (file.name == name) return file;
  }
  ADD_FAILURE() << "no fake file " << name;
  return files_.front();
}

std::string FakeExperiment::RawDigest(const std::string& name) const {
  return Sha256(Find(name).bytes);
}

void FakeExperiment::Write(const Made& made, std::string bytes,
                           Statement statement,
                           const google::protobuf::Descriptor* schema) {
  const auto replaced = replaced_.find(made.name);
  if (replaced != replaced_.end()) bytes = replaced->second;
  ResourceDescriptor& subject = *statement.mutable_subject(0);
  const Annotations annotations = subject.annotations();
  subject = Describe(made.name, Sha256(bytes), made.kind);
  subject.mutable_annotations()->MergeFrom(annotations);
  subject.mutable_annotations()->set_flag("output");
  subject.mutable_annotations()->set_size_bytes(bytes.size());
  BuildDefinition& build =
      *statement.mutable_predicate()->mutable_build_definition();
  build.mutable_external_parameters()->mutable_flags()->insert(
      made.flags.begin(), made.flags.end());
  for (const auto& [flag, name] : made.inputs) {
    const File& input = Find(name);
    ResourceDescriptor& file = *build.add_resolved_dependencies();
    file = Describe(name, Sha256(input.bytes),
                    input.manifest.subject(0).annotations().kind());
    file.mutable_annotations()->set_flag(flag);
    *build.add_resolved_dependencies() =
        Describe(ManifestPath(name), Sha256(input.json), kManifestKind);
  }
  *build.add_resolved_dependencies() =
      Describe(made.stage, ToolSha256(made.stage), kToolKind);
  if (made.kind == "FIGURE") {
    ResourceDescriptor& gnuplot = *build.add_resolved_dependencies();
    gnuplot = Describe("gnuplot", ToolSha256("gnuplot"), kProgramKind);
    gnuplot.mutable_annotations()->set_flag("gnuplot");
  }
  if (schema != nullptr) {
    *build.add_resolved_dependencies() =
        Describe(schema->full_name(), SchemaSha256(*schema), kSchemaKind);
  }
  if (edits_.count(made.name) > 0) edits_[made.name](statement);
  files_.push_back({made.name, std::move(bytes), statement,
                    ManifestToJson(statement).value_or("")});
}

void FakeExperiment::WriteArtifact(const Made& made, ArtifactKind kind,
                                   const google::protobuf::Message& message) {
  Statement statement = NewStatement(made.stage);
  statement.add_subject()->mutable_annotations()->set_schema_version(
      SchemaVersion(kind));
  const std::map<std::string, std::string> own =
      ArtifactParameters(kind, message);
  statement.mutable_predicate()
      ->mutable_build_definition()
      ->mutable_external_parameters()
      ->mutable_artifact()
      ->insert(own.begin(), own.end());
  Write(made, ArtifactBytes(kind, message, made.name).value_or(""), statement,
        message.GetDescriptor());
}

void FakeExperiment::WriteFile(const Made& made, std::string bytes,
                               const google::protobuf::Descriptor* schema,
                               const std::vector<PlottedPoint>& points) {
  Statement statement = NewStatement(made.stage);
  Annotations& annotations = *statement.add_subject()->mutable_annotations();
  for (const PlottedPoint& point : points) *annotations.add_points() = point;
  Write(made, std::move(bytes), statement, schema);
}

void FakeExperiment::WriteCorpusAndModel() {
  Corpus corpus;
  corpus.set_seed(42);
  corpus.mutable_train()->set_num_sentences(7);
  WriteArtifact({"corpus", "corpus.qca", "CORPUS", {{"seed", "42"}}, {}},
                CORPUS, corpus);
  Checkpoint checkpoint;
  checkpoint.mutable_training()->set_seed(42);
  checkpoint.mutable_training()->set_learning_rate(0.003f);
  checkpoint.set_corpus_sha256(RawDigest("corpus.qca"));
  WriteArtifact({"train",
                 "model.qca",
                 "CHECKPOINT",
                 {{"seed", "42"}},
                 {{"corpus", "corpus.qca"}}},
                CHECKPOINT, checkpoint);
  Calibration calibration;
  calibration.set_num_sequences(16);
  calibration.set_checkpoint_sha256(RawDigest("model.qca"));
  calibration.set_corpus_sha256(RawDigest("corpus.qca"));
  WriteArtifact({"calibrate",
                 "hessians.qca",
                 "CALIBRATION",
                 {{"sequences", "16"}},
                 {{"checkpoint", "model.qca"}, {"corpus", "corpus.qca"}}},
                CALIBRATION, calibration);
}

void FakeExperiment::WriteScheme(const std::string& scheme, uint64_t bytes,
                                 double perplexity) {
  Measurement measurement = Thinned(MakeFakeMeasurement(
      {scheme, bytes, perplexity, 0.9, scheme == "fp32" ? 0u : 8u}));
  QuantizedModel model;
  *model.mutable_scheme() = measurement.scheme();
  model.set_checkpoint_sha256(RawDigest("model.qca"));
  model.set_calibration_sha256(RawDigest("hessians.qca"));
  model.set_corpus_sha256(RawDigest("corpus.qca"));  // of the checkpoint
  WriteArtifact({"quantize",
                 scheme + ".qca",
                 "QUANTIZED_MODEL",
                 {{"scheme", scheme}},
                 {{"checkpoint", "model.qca"}, {"hessians", "hessians.qca"}}},
                QUANTIZED_MODEL, model);
  Made made = {"evaluate",
               scheme + "_measurement.qca",
               "MEASUREMENT",
               {{"window_tokens", "0"}},
               {{"model", scheme + ".qca"}, {"corpus", "corpus.qca"}}};
  measurement.set_corpus_sha256(RawDigest("corpus.qca"));
  measurement.set_quantized_model_sha256(RawDigest(scheme + ".qca"));
  if (scheme != "fp32") {
    made.inputs.push_back({"reference", "fp32_measurement.qca"});
    const auto reference =
        ParsedFrom<Measurement>(Find("fp32_measurement.qca").bytes);
    *measurement.mutable_paired() =
        Compare(measurement, reference).value_or(PairedComparison());
    measurement.mutable_paired()->set_reference_sha256(
        RawDigest("fp32_measurement.qca"));
  }
  WriteArtifact(made, MEASUREMENT, measurement);
}

void FakeExperiment::WriteTiming() {
  Made made = {"benchmark", "timing.qca", "TIMING", {{"threads", "1,2"}}, {}};
  for (const char* scheme : kSchemes) {
    made.inputs.push_back({"models", absl::StrCat(scheme, ".qca")});
  }
  WriteArtifact(made, TIMING, MakeFakeTiming(/*ladder=*/true));
}

void FakeExperiment::WriteSizeFigures() {
  Made made = {"plot", "", "FIGURE", {{"reference", "fp32"}}, {}};
  std::vector<PlottedPoint> pareto, accuracy;
  int row = 2;  // counted from the bottom
  for (const std::string scheme : kSchemes) {
    const std::string name = scheme + "_measurement.qca";
    made.inputs.push_back({"measurements", name});
    const auto measurement = ParsedFrom<Measurement>(Find(name).bytes);
    pareto.push_back(PointAt(scheme, measurement.bytes().total(),
                             measurement.perplexity().perplexity()));
    accuracy.push_back(PointAt(
        scheme, 100 * measurement.verb_tense_accuracy().accuracy(), row--));
  }
  WriteFigure(made, "pareto", pareto);
  WriteFigure(made, "verb_tense_accuracy", accuracy);
}

void FakeExperiment::WriteSpeedFigures() {
  const Timing timing = ParsedFrom<Timing>(Find("timing.qca").bytes);
  Made made = {"plot",
               "",
               "FIGURE",
               {{"reference", "fp32"}, {"schemes", "fp32,not_timed"}},
               {{"timing", "timing.qca"}}};
  std::vector<PlottedPoint> roofline, ladder, latency;
  const std::pair<std::string, int> panels[] = {{"minigpt", 1},
                                                {"gpt2_small", 2}};
  for (const auto& [model, threads] : panels) {
    const DecodeTiming& decode = *FindDecode(timing, model, "fp32", threads);
    roofline.push_back(PointAt(
        model + " fp32", decode.flops_per_token() / decode.bytes_per_token(),
        decode.flops_per_token() * TokensPerSecond(decode).median / 1e9));
  }
  for (const DecodeTiming& decode : timing.decodes()) {
    // Schemes of the smallest model alone are not drawn.
    const std::string& scheme = decode.scheme().name();
    if (scheme == "fp32" ||
        FindDecode(timing, "gpt2_small", scheme, 1) == nullptr) {
      continue;
    }
    const DecodeTiming& base =
        *FindDecode(timing, decode.model(), "fp32", decode.threads());
    ladder.push_back(PointAt(absl::StrCat(scheme, " ", decode.threads()),
                             decode.num_parameters(),
                             SpeedupOver(base, decode).median));
  }
  WriteFigure(made, "roofline_overlay", roofline);
  WriteFigure(made, "speedup_ladder", ladder);
  made.flags["model"] = "minigpt";
  made.flags["threads"] = "1";
  for (const std::string scheme : kSchemes) {
    const std::string name = scheme + "_measurement.qca";
    made.inputs.push_back({"measurements", name});
    const DecodeTiming& decode = *FindDecode(timing, "minigpt", scheme, 1);
    latency.push_back(PointAt(
        scheme, TokensPerSecond(decode).median,
        ParsedFrom<Measurement>(Find(name).bytes).perplexity().perplexity()));
  }
  WriteFigure(made, "latency_pareto", latency);
}

void FakeExperiment::WriteFigure(Made made, const std::string& figure,
                                 const std::vector<PlottedPoint>& points) {
  made.name = figure + ".png";
  made.flags["figure"] = figure;
  WriteFile(made, "picture of " + figure, nullptr, points);
}

void FakeExperiment::WriteReports() {
  Made made = {"report",
               "results.json",
               "RESULTS",
               {{"reference", "fp32"}, {"experiment", "fake"}},
               {}};
  Sweep sweep;
  for (const std::string scheme : kSchemes) {
    const std::string name = scheme + "_measurement.qca";
    made.inputs.push_back({"measurements", name});
    sweep.measurements.push_back(ParsedFrom<Measurement>(Find(name).bytes));
  }
  const Results results = MakeResults(sweep, "fake").value_or(Results());
  WriteFile(made, ResultsToJson(results).value_or(""), Results::descriptor(),
            {});
  made.inputs.push_back({"timing", "timing.qca"});
  made.flags["model"] = "minigpt";
  made.flags["threads"] = "1";
  made.name = "speed.json";
  made.kind = "SPEED";
  const Timing timing = ParsedFrom<Timing>(Find("timing.qca").bytes);
  const Speed speed =
      MakeSpeed(timing, "minigpt", 1, "fp32", "fake").value_or(Speed());
  WriteFile(made, SpeedToJson(speed).value_or(""), Speed::descriptor(), {});
  made.name = "README.md";
  made.kind = "README";
  WriteFile(made, FakeReadme(results, timing), nullptr, {});
}

// The published files and the one manifest over them.
Evidence FakeExperiment::PublishFiles(bool complete) {
  Evidence evidence;
  Statement root = NewStatement("publish");
  BuildDefinition& build =
      *root.mutable_predicate()->mutable_build_definition();
  for (const File& file : files_) {
    evidence.Set(absl::StrCat(kProvenanceFolder, ManifestPath(file.name)),
                 file.json);
    const ResourceDescriptor& own = file.manifest.subject(0);
    const bool is_evidence =
        std::count(std::begin(kPublishedArtifacts),
                   std::end(kPublishedArtifacts), file.name) > 0;
    if (!is_evidence && own.annotations().schema_version() != 0) {
      if (complete) evidence.AddElsewhere("elsewhere/" + file.name, file.bytes);
      continue;
    }
    ResourceDescriptor& subject = *root.add_subject();
    subject = Describe(file.name, Sha256(file.bytes), own.annotations().kind());
    subject.mutable_annotations()->set_size_bytes(file.bytes.size());
    *build.add_resolved_dependencies() =
        Describe(ManifestPath(file.name), Sha256(file.json), kManifestKind);
    evidence.Set(PublishedPath(subject), file.bytes);
  }
  *build.add_resolved_dependencies() =
      Describe("publish", ToolSha256("publish"), kToolKind);
  if (edits_.count("manifest.json") > 0) edits_["manifest.json"](root);
  evidence.Set("manifest.json", ManifestToJson(root).value_or(""));
  evidence.Set("run.json", "{}\n");
  return evidence;
}

Evidence FakeExperiment::Publish(bool complete) {
  files_.clear();
  WriteCorpusAndModel();
  WriteScheme("fp32", 414720, 4.84);
  WriteScheme("int8_per_channel", 113920, 4.9);
  WriteTiming();
  WriteSizeFigures();
  WriteSpeedFigures();
  WriteReports();
  return PublishFiles(complete);
}

}  // namespace quant_curve
