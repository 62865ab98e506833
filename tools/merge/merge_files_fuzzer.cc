// Shards of every kind: MergeFiles. The input is a folder whose files are
// payloads of one kind: that of the first file's name.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/folder_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/quantization/test_model.h"
#include "lib/sharding/shard.h"
#include "tools/merge/merge_files.h"

namespace quant_curve {
namespace {

// Shard `index` of two of a calibration, of one block.
std::string CalibrationPart(uint32_t index) {
  Calibration part;
  part.set_num_sequences(2);
  part.set_sequence_length(1);
  part.set_sequences_per_block(1);
  *part.mutable_shard() = MakeShard(index, 2).value();
  LinearInput& input = *part.add_inputs();
  input.add_linears("fc1");
  input.mutable_partial()->set_in_features(1);
  *input.mutable_partial()->add_sums() =
      MakeFloat64("sums", {1}, {1.0 + index});
  input.mutable_histogram()->add_counts(1);
  return PayloadOf(part);
}

// Part `index` of two, of the model's blocks.
std::string CalibrationOfBlocks(uint32_t index) {
  Calibration part;
  *part.mutable_part() = MakeShard(index, 2).value();
  LinearInput& input = *part.add_inputs();
  input.add_linears(absl::StrCat("fc", index));
  *input.mutable_hessian() = MakeFloat64("hessian", {1}, {1.0 + index});
  return PayloadOf(part);
}

// Shard `index` of two: two windows, two items.
std::string MeasurementPart(uint32_t index) {
  Measurement part = MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97});
  *part.mutable_shard() = MakeShard(index, 2).value();
  part.mutable_window_nll_nats()->Truncate(2);
  part.mutable_window_tokens()->Truncate(2);
  part.mutable_items()->DeleteSubrange(2, part.items_size() - 2);
  part.mutable_candidate_log_probability_nats()->Truncate(
      static_cast<int>(2 * part.num_candidates()));
  part.mutable_linears()->DeleteSubrange(1, part.linears_size() - 1);
  return PayloadOf(part);
}

// The only shard.
std::string ModelPart(const std::string& scheme) {
  ModelConfig config = MiniGptConfig();
  config.set_vocab_size(3);
  config.set_d_model(4);
  config.set_num_heads(1);
  config.set_num_layers(1);
  config.set_d_ff(4);
  config.set_context_length(2);
  QuantizedModel part = TestModel(config, scheme);
  *part.mutable_shard() = MakeShard(0, 1).value();
  return PayloadOf(part);
}

std::string FileOf(ArtifactKind kind, absl::string_view payload) {
  if (kind == CALIBRATION) return ArtifactFileOf(kind, Calibration(), payload);
  if (kind == QUANTIZED_MODEL) {
    return ArtifactFileOf(kind, QuantizedModel(), payload);
  }
  return Frame(kind, payload);
}

// The index of the shards of `whole`.
void TestIndex(const std::vector<std::string>& paths,
               const std::string& whole) {
  StringSink sink;
  TensorFrameWriter writer(QUANTIZED_MODEL, sink);
  const auto refer = [&](const std::string& path, Tensor& tensor) {
    return writer.Refer(path.substr(path.rfind('/') + 1), tensor);
  };
  const absl::StatusOr<MergedArtifact> index = IndexFiles(paths, refer);
  Require(index.ok(), "what is merged has an index");
  Require(writer.Finish(*index->message).ok(), "the index can be written");
  const auto read =
      ReadArtifact<QuantizedModel>(InputPath("index.qca", sink.contents));
  Require(read.ok(), "the index is read");
  Require(read->sha256 == ReadArtifact<QuantizedModel>(whole)->sha256,
          "the index has the contents of the whole");
}

void TestFiles(absl::string_view input) {
  const std::vector<FolderFile> files = FolderFromInput(input);
  if (files.empty()) return;
  ArtifactKind kind;
  if (!ArtifactKind_Parse(files[0].name, &kind)) return;
  std::vector<std::string> paths;
  for (const FolderFile& file : files) {
    paths.push_back(InputPath(absl::StrCat("part", paths.size(), ".qca"),
                              FileOf(kind, file.contents)));
  }
  const absl::StatusOr<MergedArtifact> merged = MergeFiles(paths, "");
  if (!Accepts(merged)) return;
  Require(merged->kind == kind, "the whole is of its shards' kind");
  const absl::StatusOr<std::string> written =
      ArtifactBytes(kind, *merged->message, "written");
  Require(written.ok(), "the whole can be written");
  const std::string whole = InputPath("whole.qca", *written);
  Require(!MergeFiles({whole}, "").ok(), "the whole is not a shard");
  if (kind == QUANTIZED_MODEL) TestIndex(paths, whole);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {FolderToInput(
              {{"CALIBRATION", CalibrationPart(1)}, {"", CalibrationPart(0)}}),
          FolderToInput({{"CALIBRATION", CalibrationOfBlocks(0)},
                         {"", CalibrationOfBlocks(1)}}),
          FolderToInput(
              {{"MEASUREMENT", MeasurementPart(0)}, {"", MeasurementPart(1)}}),
          FolderToInput({{"QUANTIZED_MODEL", ModelPart("fp16")}}),
          FolderToInput({{"QUANTIZED_MODEL", ModelPart("int8_per_channel")}})};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestFiles(quant_curve::InputView(data, size));
  return 0;
}
