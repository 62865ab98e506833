#include "lib/model/model.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// 65536 * 255 * 127 < 2^31: the integer sums fit.
constexpr uint64_t kMaxInt8Inputs = 65536;

// Where a tensor lives in a model: one of the three is set.
struct Place {
  Linear* linear = nullptr;  // its weight
  PackedMatrix* matrix = nullptr;
  std::vector<float>* vector = nullptr;
};

using Places = std::map<std::string, Place>;

void AddPlaces(const std::string& name, NormWeights& norm, Places& places) {
  places[name + ".weight"].vector = &norm.scale;
  places[name + ".bias"].vector = &norm.shift;
}

void AddPlaces(const std::string& name, Linear& linear, Places& places) {
  places[name + ".weight"].linear = &linear;
  places[name + ".bias"].vector = &linear.bias;
}

// Of every tensor that the model's config may have.
Places PlacesOf(Model& model) {
  Places places;
  places["wte.weight"].matrix = &model.embedding;
  places["wpe.weight"].vector = &model.positions;
  places["lm_head.weight"].matrix = &model.lm_head;
  AddPlaces("ln_f", model.ln_f, places);
  const bool swiglu = model.config.mlp() == SWIGLU;
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    Block& block = model.blocks[i];
    const auto add = [&](absl::string_view rest, auto& weights) {
      AddPlaces(LayerTensorName(i, rest), weights, places);
    };
    add("ln_1", block.ln_1);
    add("ln_2", block.ln_2);
    add("attn.q_proj", block.q);
    add("attn.k_proj", block.k);
    add("attn.v_proj", block.v);
    add("attn.o_proj", block.o);
    if (swiglu) add("mlp.gate_proj", block.gate);
    add(swiglu ? "mlp.up_proj" : "mlp.fc1", block.fc1);
    add(swiglu ? "mlp.down_proj" : "mlp.fc2", block.fc2);
  }
  return places;
}

void SetTensor(const TensorSpec& spec, absl::Span<const float> values,
               const Place& place) {
  if (place.vector != nullptr) {
    place.vector->assign(values.begin(), values.end());
    return;
  }
  PackedMatrix& matrix = place.linear ? place.linear->weight : *place.matrix;
  matrix = PackedMatrix::Float32(values.data(), spec.shape[0], spec.shape[1]);
}

void PlaceWeightsTogether(Model& model) {
  std::vector<PackedMatrix*> matrices = {&model.embedding, &model.lm_head};
  for (Block& block : model.blocks) {
    for (Linear* linear : {&block.q, &block.k, &block.v, &block.o, &block.gate,
                           &block.fc1, &block.fc2}) {
      matrices.push_back(&linear->weight);
    }
  }
  PlaceTogether(matrices);
}

// FLOAT32 or FLOAT16, [out, in].
absl::StatusOr<PackedMatrix> PackFloats(const Tensor& tensor) {
  const int64_t out = tensor.shape(0), in = tensor.shape(1);
  if (tensor.dtype() == FLOAT16) {
    ASSIGN_OR_RETURN(const std::vector<uint16_t> halves,
                     ReadFloat16Bits(tensor));
    return PackedMatrix::Float16(halves.data(), out, in);
  }
  ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(tensor));
  return PackedMatrix::Float32(values.data(), out, in);
}

// INT8 with one scale a row: one group of all inputs.
absl::StatusOr<PackedMatrix> PackInt8(const Tensor& codes,
                                      const Tensor& scales) {
  ASSIGN_OR_RETURN(const Int8Rows rows, ReadInt8Rows(codes, scales));
  const int64_t out = codes.shape(0), in = codes.shape(1);
  return PackedMatrix::Coded({rows.codes.data(), rows.scales.data(), in}, out,
                             in, /*for_int8_inputs=*/false);
}

absl::Status SetCodes(const QuantizedLinear& quantized, const Scheme& scheme,
                      Linear& linear) {
  ASSIGN_OR_RETURN(UnpackedLinear unpacked, Unpack(quantized, scheme));
  linear.int8_inputs = scheme.activation_format() == ACTIVATION_INT8;
  linear.activation_clip = quantized.activation_clip();
  if (linear.int8_inputs && unpacked.in_features > kMaxInt8Inputs) {
    return absl::InvalidArgumentError(
        absl::StrCat(quantized.name(), ": ", unpacked.in_features,
                     " inputs; with int8 activations at most ", kMaxInt8Inputs,
                     " have exact sums"));
  }
  linear.weight = PackedMatrix::Coded(
      {unpacked.codes.data(), unpacked.scales.data(),
       static_cast<int64_t>(unpacked.group_size)},
      unpacked.out_features, unpacked.in_features, linear.int8_inputs);
  linear.permutation = std::move(unpacked.permutation);
  return absl::OkStatus();
}

absl::Status SetLinears(const QuantizedModel& quantized, Places& places) {
  int next = 0;
  for (const TensorSpec& spec : TensorSpecs(quantized.config())) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    if (next == quantized.linears_size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Linear '", spec.name, "' is missing"));
    }
    const QuantizedLinear& linear = quantized.linears(next++);
    if (linear.name() != spec.name || linear.out_features() != spec.shape[0] ||
        linear.in_features() != spec.shape[1]) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Linear '", linear.name(), "' does not belong to this model, which ",
          "has '", spec.name, "' ", ShapeText(spec.shape), " there"));
    }
    Linear& place = *places[spec.name].linear;
    if (quantized.scheme().weight_format() == WEIGHT_INTEGER) {
      RETURN_IF_ERROR(SetCodes(linear, quantized.scheme(), place));
      continue;
    }
    RETURN_IF_ERROR(CheckShape(linear.weight(), spec.shape));
    ASSIGN_OR_RETURN(place.weight, PackFloats(linear.weight()));
  }
  return absl::OkStatus();
}

absl::Status SetOthers(const QuantizedModel& quantized, Places& places) {
  const std::vector<StoredTensor> expected =
      StoredOthers(quantized.config(), quantized.scheme());
  if (quantized.others_size() != expected.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        quantized.others_size(), " tensors beside the Linears, the model has ",
        expected.size()));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const Tensor& tensor = quantized.others(i);
    if (tensor.name() != expected[i].name) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor '", tensor.name(), "' does not belong to this model, which ",
          "has '", expected[i].name, "' there"));
    }
    RETURN_IF_ERROR(CheckShape(tensor, expected[i].shape));
    const Place& place = places[tensor.name()];
    if (place.vector != nullptr) {
      ASSIGN_OR_RETURN(*place.vector, ReadFloats(tensor));
    } else if (expected[i].dtype == INT8) {
      ASSIGN_OR_RETURN(*place.matrix, PackInt8(tensor, quantized.others(++i)));
    } else {
      ASSIGN_OR_RETURN(*place.matrix, PackFloats(tensor));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Model MakeModel(const ModelConfig& config) {
  Model model;
  model.config = config;
  model.blocks.resize(config.num_layers());
  if (config.positions() == SINUSOIDAL) {
    model.positions =
        SinusoidalPositions(config.context_length(), config.d_model());
  } else if (config.positions() == ROTARY) {
    model.rotary = RotaryPositions(config.context_length(), HeadDim(config),
                                   config.rope_theta());
  }
  return model;
}

void SetParameters(absl::Span<const float> parameters, Model& model) {
  Places places = PlacesOf(model);
  size_t offset = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config)) {
    size_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    SetTensor(spec, parameters.subspan(offset, size), places[spec.name]);
    offset += size;
  }
}

Model ModelFromCheckpoint(const Checkpoint& checkpoint) {
  Model model = MakeModel(checkpoint.config());
  Places places = PlacesOf(model);
  int next = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config)) {
    const std::vector<float> values =
        ReadFloats(checkpoint.tensors(next++)).value();
    SetTensor(spec, values, places[spec.name]);
  }
  PlaceWeightsTogether(model);
  return model;
}

absl::StatusOr<Model> ModelFromQuantized(const QuantizedModel& quantized) {
  RETURN_IF_ERROR(ValidateConfig(quantized.config()));
  Model model = MakeModel(quantized.config());
  model.activation_format = quantized.scheme().activation_format();
  Places places = PlacesOf(model);
  RETURN_IF_ERROR(SetLinears(quantized, places));
  RETURN_IF_ERROR(SetOthers(quantized, places));
  PlaceWeightsTogether(model);
  return model;
}

Linear* FindLinear(const std::string& name, Model& model) {
  return PlacesOf(model)[name].linear;
}

}  // namespace quant_curve
