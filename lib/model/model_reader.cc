#include "lib/model/model_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/checkpoint.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// 65536 * 255 * 127 < 2^31: the integer sums fit.
constexpr uint64_t kMaxInt8Inputs = 65536;

// The elements of type T of a tensor: where they are, or in `copy` when they
// are not aligned there. Records of files are; a tensor in a message may not
// be.
template <typename T>
const T* ElementsOf(const TensorView& view, std::vector<T>& copy) {
  const char* const bytes = view.bytes.data();
  if (reinterpret_cast<uintptr_t>(bytes) % alignof(T) == 0) {
    return reinterpret_cast<const T*>(bytes);
  }
  copy.resize(view.bytes.size() / sizeof(T));
  std::memcpy(copy.data(), bytes, view.bytes.size());
  return copy.data();
}

}  // namespace

absl::StatusOr<ModelReader> ModelReader::Of(const Checkpoint& checkpoint,
                                            Payload payload) {
  RETURN_IF_ERROR(ValidateTensors(checkpoint));
  ModelReader reader;
  reader.config_ = &checkpoint.config();
  reader.payload_ = std::move(payload);
  for (const Tensor& tensor : checkpoint.tensors()) {
    reader.sources_[tensor.name()].tensor = &tensor;
  }
  return reader;
}

absl::StatusOr<ModelReader> ModelReader::Of(const QuantizedModel& model,
                                            Payload payload) {
  RETURN_IF_ERROR(ValidateTensors(model));
  ModelReader reader;
  reader.config_ = &model.config();
  reader.scheme_ = &model.scheme();
  reader.payload_ = std::move(payload);
  for (const QuantizedLinear& linear : model.linears()) {
    reader.sources_[linear.name()].linear = &linear;
  }
  for (int i = 0; i < model.others_size(); ++i) {
    const Tensor& tensor = model.others(i);
    Source& source = reader.sources_[tensor.name()];
    source.tensor = &tensor;
    // Codes are followed by their scales (StoredOthers).
    if (tensor.dtype() == INT8) source.scales = &model.others(++i);
  }
  return reader;
}

ModelReader ModelReader::Of(const Model& model) {
  ModelReader reader;
  reader.config_ = &model.config;
  reader.in_memory_ = &model;
  return reader;
}

// FLOAT32, FLOAT16 or BFLOAT16, [out, in].
absl::StatusOr<PackedMatrix> ModelReader::PackFloats(
    const Tensor& tensor) const {
  const int64_t out = tensor.shape(0), in = tensor.shape(1);
  ASSIGN_OR_RETURN(const TensorView view, payload_.View(tensor));
  RETURN_IF_ERROR(CheckElements(view, tensor.dtype()));
  if (tensor.dtype() == FLOAT32) {
    std::vector<float> copy;
    return PackedMatrix::Float32(ElementsOf(view, copy), out, in);
  }
  std::vector<uint16_t> copy;
  const uint16_t* const halves = ElementsOf(view, copy);
  return tensor.dtype() == FLOAT16 ? PackedMatrix::Float16(halves, out, in)
                                   : PackedMatrix::BFloat16(halves, out, in);
}

// One scale per row: one group of all inputs.
absl::StatusOr<PackedMatrix> ModelReader::PackInt8(const Source& source) const {
  ASSIGN_OR_RETURN(const TensorView codes, payload_.View(*source.tensor));
  ASSIGN_OR_RETURN(const TensorView scales, payload_.View(*source.scales));
  ASSIGN_OR_RETURN(const Int8Rows rows, ReadInt8Rows(codes, scales));
  const int64_t out = source.tensor->shape(0), in = source.tensor->shape(1);
  return PackedMatrix::Coded({rows.codes.data(), rows.scales.data(), in}, out,
                             in, /*for_int8_inputs=*/false);
}

absl::Status ModelReader::ReadCodes(const QuantizedLinear& quantized,
                                    Linear& linear) const {
  ASSIGN_OR_RETURN(UnpackedLinear unpacked,
                   Unpack(quantized, *scheme_, payload_));
  linear.int8_inputs = scheme_->activation_format() == ACTIVATION_INT8;
  linear.activation_clip = quantized.activation_clip();
  if (linear.int8_inputs && unpacked.in_features > kMaxInt8Inputs) {
    return absl::InvalidArgumentError(
        absl::StrCat(quantized.name(), ": ", unpacked.in_features,
                     " inputs; with int8 activations at most ", kMaxInt8Inputs,
                     " have exact sums"));
  }
  // Kernels look up as many levels of any table: the last one is repeated.
  std::array<int8_t, kTableLevels> table = {};
  if (!unpacked.table.empty()) {
    table.fill(unpacked.table.back());
    std::copy(unpacked.table.begin(), unpacked.table.end(), table.begin());
  }
  linear.weight = PackedMatrix::Coded(
      {unpacked.codes.data(), unpacked.scales.data(),
       static_cast<int64_t>(unpacked.group_size),
       unpacked.table.empty() ? nullptr : table.data(),
       unpacked.minimums.empty() ? nullptr : unpacked.minimums.data()},
      unpacked.out_features, unpacked.in_features, linear.int8_inputs);
  linear.permutation = std::move(unpacked.permutation);
  return absl::OkStatus();
}

absl::Status ModelReader::Read(const Source& source, const Place& place) const {
  if (source.linear != nullptr && scheme_->weight_format() == WEIGHT_INTEGER) {
    RETURN_IF_ERROR(ReadCodes(*source.linear, *place.linear));
    payload_.Drop(source.linear->weight());
    payload_.Drop(source.linear->scales());
    payload_.Drop(source.linear->zero_points());
    return absl::OkStatus();
  }
  const Tensor& tensor =
      source.linear != nullptr ? source.linear->weight() : *source.tensor;
  if (place.vector != nullptr) {
    ASSIGN_OR_RETURN(const TensorView view, payload_.View(tensor));
    ASSIGN_OR_RETURN(*place.vector, ReadFloats(view));
    AddOffset(place);
  } else {
    PackedMatrix& matrix =
        place.linear != nullptr ? place.linear->weight : *place.matrix;
    ASSIGN_OR_RETURN(matrix, source.scales != nullptr ? PackInt8(source)
                                                      : PackFloats(tensor));
  }
  payload_.Drop(tensor);
  if (source.scales != nullptr) payload_.Drop(*source.scales);
  return absl::OkStatus();
}

absl::Status ModelReader::ReadPlaces(const Places& places,
                                     ThreadPool* threads) const {
  std::vector<std::pair<const Source*, const Place*>> reads;
  for (const auto& [name, place] : places) {
    const auto source = sources_.find(name);
    if (source != sources_.end()) reads.push_back({&source->second, &place});
  }
  std::vector<absl::Status> statuses(reads.size());
  const auto read = [&](int64_t i) {
    statuses[i] = Read(*reads[i].first, *reads[i].second);
  };
  const int64_t count = static_cast<int64_t>(reads.size());
  if (threads != nullptr) {
    threads->ParallelFor(count, read);
  } else {
    for (int64_t i = 0; i < count; ++i) read(i);
  }
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

ActivationFormat ModelReader::activation_format() const {
  if (in_memory_ != nullptr) return in_memory_->activation_format;
  return scheme_ != nullptr ? scheme_->activation_format() : ACTIVATION_FLOAT32;
}

absl::StatusOr<Model> ModelReader::ReadEnds(Vocabulary vocabulary) const {
  const bool both = vocabulary == Vocabulary::kBoth;
  const bool head = both || vocabulary == Vocabulary::kHead;
  const bool embedding = both || vocabulary == Vocabulary::kEmbedding ||
                         (head && config_->tied_embeddings());
  if (in_memory_ != nullptr) {
    Model model = *in_memory_;
    model.blocks.clear();
    if (!embedding) model.embedding = PackedMatrix();
    if (!head) model.lm_head = PackedMatrix();
    return model;
  }
  Model model = MakeModel(*config_);
  model.blocks.clear();
  model.activation_format = activation_format();
  Places places;
  AddPlacesOfEnds(model, places);
  if (!embedding) places.erase("wte.weight");
  if (!head) places.erase("lm_head.weight");
  RETURN_IF_ERROR(ReadPlaces(places, nullptr));
  return model;
}

absl::StatusOr<Block> ModelReader::ReadBlock(int64_t layer,
                                             ThreadPool* threads) const {
  if (in_memory_ != nullptr) return in_memory_->blocks[layer];
  Block block = MakeBlock(*config_, layer);
  Places places;
  AddPlacesOfBlock(*config_, layer, block, places);
  RETURN_IF_ERROR(ReadPlaces(places, threads));
  return block;
}

absl::StatusOr<Model> ModelReader::ReadAll(ThreadPool* threads) const {
  if (in_memory_ != nullptr) return *in_memory_;
  Model model = MakeModel(*config_);
  model.activation_format = activation_format();
  RETURN_IF_ERROR(ReadPlaces(PlacesOf(model), threads));
  PlaceWeightsTogether(model);
  return model;
}

absl::StatusOr<Model> ModelFromCheckpoint(const Checkpoint& checkpoint,
                                          const Payload& payload,
                                          ThreadPool* threads) {
  ASSIGN_OR_RETURN(const ModelReader reader,
                   ModelReader::Of(checkpoint, payload));
  return reader.ReadAll(threads);
}

absl::StatusOr<Model> ModelFromQuantized(const QuantizedModel& model,
                                         const Payload& payload,
                                         ThreadPool* threads) {
  ASSIGN_OR_RETURN(const ModelReader reader, ModelReader::Of(model, payload));
  return reader.ReadAll(threads);
}

}  // namespace quant_curve
