#include "tools/audit/fake_experiment.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/make_figure.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/measurement.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "lib/quantization/storage.h"
#include "lib/quantization/test_model.h"
#include "lib/report/report.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"
#include "tools/audit/evidence.h"

namespace quant_curve {
namespace {

constexpr const char* kSchemes[] = {"fp32", "int8_per_channel"};
constexpr const char* kPublishedArtifacts[] = {
    "fp32_measurement.qca", "int8_per_channel_measurement.qca", "timing.qca"};

std::string ToolSha256(absl::string_view stage) {
  return Sha256(absl::StrCat("binary of ", stage));
}

// Worked out by hand: 98,304 weights in the Linears, 1,152 rows in all, 640
// biases, 640 numbers in LayerNorms and an embedding of 64 x 64.
ByteAccount Account(uint64_t weights, uint64_t scales, uint64_t embedding) {
  ByteAccount bytes;
  bytes.set_weights(weights);
  bytes.set_scales(scales);
  bytes.set_biases(4 * 640);
  bytes.set_layer_norm(4 * 640);
  bytes.set_embedding(embedding);
  bytes.set_linear_only(weights + scales + 2 * 4 * 640);
  bytes.set_total(bytes.linear_only() + embedding);
  return bytes;
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

// The digest of the contents, hexadecimal, of a file that holds tensors; "" of
// others.
std::string ContentsOf(const std::string& file, const std::string& kind_name) {
  ArtifactKind kind;
  if (!IsArtifactKind(kind_name, &kind) || !HasTensors(kind)) {
    return "";
  }
  const std::unique_ptr<google::protobuf::Message> message(
      PrototypeOf(kind)->New());
  if (!ReadTensorFrame(file, kind, "fake", *message).ok()) return "";
  return HexDigest(ContentsSha256(kind, *message));
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

// What other artifacts name the file by.
std::string FakeExperiment::RawDigest(const std::string& name) const {
  const ResourceDescriptor& subject = Find(name).manifest.subject(0);
  return absl::HexStringToBytes(ContentsSha256Of(subject));
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
  subject.mutable_annotations()->set_flag(made.output);
  subject.mutable_annotations()->set_size_bytes(bytes.size());
  subject.mutable_annotations()->set_contents_sha256(
      ContentsOf(bytes, made.kind));
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
    file.mutable_annotations()->set_contents_sha256(
        input.manifest.subject(0).annotations().contents_sha256());
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
                               const Annotations& annotations) {
  Statement statement = NewStatement(made.stage);
  *statement.add_subject()->mutable_annotations() = annotations;
  Write(made, std::move(bytes), statement, schema);
}

void FakeExperiment::WriteCorpusAndModel() {
  Corpus corpus;
  corpus.set_seed(42);
  corpus.mutable_train()->set_num_sentences(7);
  WriteArtifact({"corpus", "corpus.qca", "CORPUS", {{"seed", "42"}}, {}},
                CORPUS, corpus);
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = MiniGptConfig();
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

// What quantize would have written, with all payloads zero.
void FakeExperiment::WriteModel(const Measurement& measurement) {
  const std::string& scheme = measurement.scheme().name();
  QuantizedModel model;
  *model.mutable_scheme() = measurement.scheme();
  *model.mutable_config() = MiniGptConfig();
  *model.mutable_bytes() = measurement.bytes();
  const bool integer = measurement.scheme().weight_format() == WEIGHT_INTEGER;
  for (const LinearQuality& quality : measurement.linears()) {
    QuantizedLinear& linear = *model.add_linears();
    linear.set_name(quality.name());
    linear.set_out_features(quality.out_features());
    linear.set_in_features(quality.in_features());
    Tensor& weight = *linear.mutable_weight();
    weight.set_dtype(integer ? PACKED_CODES : FLOAT32);
    weight.add_shape(quality.out_features());
    weight.add_shape(quality.in_features());
    weight.set_data(std::string(
        quality.out_features() * quality.in_features() * (integer ? 1 : 4),
        '\0'));
    *linear.mutable_scales() =
        MakeFloat16("", {quality.num_scales()},
                    std::vector<float>(quality.num_scales(), 0.0f));
    linear.set_has_proxy_losses(quality.has_proxy_losses());
    linear.set_rtn_proxy_loss(quality.rtn_proxy_loss());
    linear.set_gptq_proxy_loss(quality.gptq_proxy_loss());
    linear.set_damping_used(quality.damping_used());
  }
  for (const StoredTensor& stored :
       StoredOthers(model.config(), model.scheme())) {
    uint64_t bytes = stored.dtype == FLOAT32 ? 4 : 2;
    for (const uint64_t extent : stored.shape) bytes *= extent;
    Tensor& tensor = *model.add_others();
    tensor.set_name(stored.name);
    tensor.set_dtype(stored.dtype == FLOAT32 ? FLOAT32 : FLOAT16);
    for (const uint64_t extent : stored.shape) tensor.add_shape(extent);
    tensor.set_data(std::string(bytes, '\0'));
  }
  model.set_checkpoint_sha256(RawDigest("model.qca"));
  model.set_calibration_sha256(RawDigest("hessians.qca"));
  model.set_corpus_sha256(RawDigest("corpus.qca"));  // of the checkpoint
  WriteArtifact({"quantize",
                 scheme + ".qca",
                 "QUANTIZED_MODEL",
                 {{"scheme", scheme}},
                 {{"checkpoint", "model.qca"}, {"hessians", "hessians.qca"}}},
                QUANTIZED_MODEL, model);
}

void FakeExperiment::WriteScheme(const std::string& scheme,
                                 const ByteAccount& bytes, double perplexity) {
  Measurement measurement = Thinned(MakeFakeMeasurement(
      {scheme, bytes.total(), perplexity, 0.9, scheme == "fp32" ? 0u : 8u}));
  *measurement.mutable_bytes() = bytes;
  measurement.set_bits_per_weight(8.0 * (bytes.weights() + bytes.scales()) /
                                  98304);
  WriteModel(measurement);
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

std::optional<Sweep> FakeExperiment::SweepOf(const Made& made) const {
  std::vector<Measurement> measurements;
  std::vector<std::string> names;
  for (const auto& [flag, name] : made.inputs) {
    if (flag != "measurements") continue;
    measurements.push_back(ParsedFrom<Measurement>(Find(name).bytes));
    names.push_back(name);
  }
  if (names.empty()) return std::nullopt;
  auto sweep = MakeSweep(std::move(measurements), names, "fp32");
  if (!sweep.ok()) return std::nullopt;  // of measurements that a test forged
  return *std::move(sweep);
}

void FakeExperiment::WriteSizeFigures() {
  Made made = {"plot", "", "FIGURE", {{"reference", "fp32"}}, {}};
  made.flags["y_scale"] = "auto";
  for (const std::string scheme : kSchemes) {
    made.inputs.push_back({"measurements", scheme + "_measurement.qca"});
  }
  WriteFigure(made, "pareto");
  WriteFigure(made, "verb_tense_accuracy");
}

void FakeExperiment::WriteSpeedFigures() {
  Made made = {"plot",
               "",
               "FIGURE",
               {{"reference", "fp32"}, {"y_scale", "auto"}},
               {{"timing", "timing.qca"}}};
  made.flags["model"] = "minigpt";
  made.flags["threads"] = "1";
  made.flags["schemes"] = "fp32,not_timed";
  WriteFigure(made, "roofline_overlay");
  WriteFigure(made, "speedup_ladder");
  for (const std::string scheme : kSchemes) {
    made.inputs.push_back({"measurements", scheme + "_measurement.qca"});
  }
  WriteFigure(made, "latency_pareto");
}

void FakeExperiment::WriteFigure(Made made, const std::string& figure) {
  made.name = figure + ".png";
  made.flags["figure"] = figure;
  const std::optional<Sweep> sweep = SweepOf(made);
  const bool timed = made.inputs[0].first == "timing";
  const Timing timing = ParsedFrom<Timing>(Find("timing.qca").bytes);
  const auto drawn =
      MakeFigure(*FindFigure(figure),
                 {"fp32", "auto", "minigpt", 1, {"fp32", "not_timed"}},
                 sweep ? &*sweep : nullptr, timed ? &timing : nullptr);
  Annotations annotations;
  if (drawn.ok()) {
    for (const PlottedPoint& point : PlottedPoints(*drawn)) {
      *annotations.add_points() = point;
    }
    annotations.set_script_sha256(
        HexDigest(Sha256(GnuplotScript(*drawn, ImageFormat::kPng))));
  }
  WriteFile(made, "picture of " + figure, nullptr, annotations);
}

void FakeExperiment::WriteReports() {
  Made made = {"report", "", "", {{"reference", "fp32"}}, {}};
  made.flags["experiment"] = "fake";
  made.flags["title"] = "A fake";
  made.flags["command"] = "make";
  made.flags["model"] = "minigpt";
  made.flags["threads"] = "1";
  for (const std::string scheme : kSchemes) {
    made.inputs.push_back({"measurements", scheme + "_measurement.qca"});
  }
  made.inputs.push_back({"timing", "timing.qca"});
  const std::optional<Sweep> sweep = SweepOf(made);
  const Timing timing = ParsedFrom<Timing>(Find("timing.qca").bytes);
  const ReportFiles files =
      MakeReport(sweep ? &*sweep : nullptr, &timing,
                 {"fp32", "minigpt", 1, "fake", "A fake", "make", {}, false})
          .value_or(ReportFiles());
  made.name = "results.json";
  made.kind = "RESULTS";
  made.output = "results_output";
  WriteFile(made, files.results_json, Results::descriptor(), {});
  made.name = "results.csv";
  made.kind = "RESULTS_CSV";
  made.output = "csv_output";
  WriteFile(made, files.results_csv, nullptr, {});
  made.name = "speed.json";
  made.kind = "SPEED";
  made.output = "speed_output";
  WriteFile(made, files.speed_json, Speed::descriptor(), {});
  made.name = "README.md";
  made.kind = "README";
  made.output = "readme_output";
  WriteFile(made, files.readme, nullptr, {});
  made.name = "details.md";
  made.kind = "DETAILS";
  made.output = "details_output";
  WriteFile(made, files.details_md, nullptr, {});
  made.name = "report.html";
  made.kind = "PAGE";
  made.output = "page_output";
  WriteFile(made, files.report_html, nullptr, {});
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
  WriteScheme("fp32", Account(4 * 98304, 0, 4 * 4096), 4.84);
  WriteScheme("int8_per_channel", Account(98304, 2 * 1152, 2 * 4096), 4.9);
  WriteTiming();
  WriteSizeFigures();
  WriteSpeedFigures();
  WriteReports();
  return PublishFiles(complete);
}

}  // namespace quant_curve
