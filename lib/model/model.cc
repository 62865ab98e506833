#include "lib/model/model.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/numerics/scalar_math.h"
#include "lib/quantization/linear.h"

namespace quant_curve {
namespace {

// 65536 * 255 * 127 < 2^31: the integer sums fit.
constexpr uint64_t kMaxInt8Inputs = 65536;

Linear MakeLinear(int64_t out, int64_t in, bool bias) {
  Linear linear;
  linear.weight =
      PackedMatrix::Float32(std::vector<float>(out * in).data(), out, in);
  if (bias) linear.bias.resize(out);
  return linear;
}

// The vector that holds the tensor, or null for the embedding and the Linears'
// weights, which are stored in another layout.
std::vector<float>* FindVector(absl::string_view name, Model& model) {
  const auto of = [&](LayerNormWeights& norm) {
    return absl::EndsWith(name, ".weight") ? &norm.scale : &norm.shift;
  };
  if (absl::StartsWith(name, "ln_f.")) return of(model.ln_f);
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    Block& block = model.blocks[i];
    const std::string prefix = LayerTensorName(i, "");
    if (!absl::StartsWith(name, prefix)) continue;
    const absl::string_view rest = name.substr(prefix.size());
    if (absl::StartsWith(rest, "ln_1.")) return of(block.ln_1);
    if (absl::StartsWith(rest, "ln_2.")) return of(block.ln_2);
    if (rest == "mlp.fc1.bias") return &block.fc1.bias;
    if (rest == "mlp.fc2.bias") return &block.fc2.bias;
  }
  return nullptr;
}

void SetTensor(const TensorSpec& spec, absl::Span<const float> values,
               Model& model) {
  switch (spec.role) {
    case TensorRole::kEmbedding:
      model.embedding =
          PackedMatrix::Float32(values.data(), spec.shape[0], spec.shape[1]);
      return;
    case TensorRole::kLinearWeight:
      FindLinear(spec.name, model)->weight =
          PackedMatrix::Float32(values.data(), spec.shape[0], spec.shape[1]);
      return;
    case TensorRole::kLinearBias:
    case TensorRole::kLayerNorm:
      FindVector(spec.name, model)->assign(values.begin(), values.end());
  }
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

absl::Status SetQuantizedLinear(const QuantizedLinear& quantized,
                                const Scheme& scheme, Model& model) {
  Linear* linear = FindLinear(quantized.name(), model);
  if (linear == nullptr ||
      quantized.out_features() !=
          static_cast<uint64_t>(linear->out_features()) ||
      quantized.in_features() != static_cast<uint64_t>(linear->in_features())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Linear '", quantized.name(), "' does not belong to this model"));
  }
  if (scheme.weight_format() == WEIGHT_INTEGER) {
    return SetCodes(quantized, scheme, *linear);
  }
  const uint64_t shape[] = {quantized.out_features(), quantized.in_features()};
  RETURN_IF_ERROR(CheckShape(quantized.weight(), shape));
  ASSIGN_OR_RETURN(linear->weight, PackFloats(quantized.weight()));
  return absl::OkStatus();
}

}  // namespace

std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model) {
  std::vector<float> positions(context * d_model);
  const double log_base = Log(10000.0);
  for (int64_t column = 0; column < d_model; column += 2) {
    const double rate = Exp(-static_cast<double>(column) /
                            static_cast<double>(d_model) * log_base);
    for (int64_t row = 0; row < context; ++row) {
      const double angle = static_cast<double>(row) * rate;
      positions[row * d_model + column] = static_cast<float>(Sin(angle));
      positions[row * d_model + column + 1] = static_cast<float>(Cos(angle));
    }
  }
  return positions;
}

Model MakeModel(const ModelConfig& config) {
  const int64_t d = config.d_model();
  const int64_t ff = config.d_ff();
  const LayerNormWeights norm = {std::vector<float>(d), std::vector<float>(d)};
  Block block;
  block.ln_1 = block.ln_2 = norm;
  block.q = block.k = block.v = block.o = MakeLinear(d, d, /*bias=*/false);
  block.fc1 = MakeLinear(ff, d, /*bias=*/true);
  block.fc2 = MakeLinear(d, ff, /*bias=*/true);
  Model model;
  model.config = config;
  model.embedding =
      PackedMatrix::Float32(std::vector<float>(config.vocab_size() * d).data(),
                            config.vocab_size(), d);
  model.positions = SinusoidalPositions(config.context_length(), d);
  model.blocks.assign(config.num_layers(), block);
  model.ln_f = norm;
  return model;
}

void SetParameters(absl::Span<const float> parameters, Model& model) {
  size_t offset = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config)) {
    size_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    SetTensor(spec, parameters.subspan(offset, size), model);
    offset += size;
  }
}

std::vector<float> FlatParameters(const Checkpoint& checkpoint) {
  std::vector<float> parameters;
  parameters.reserve(NumParameters(checkpoint.config()));
  for (const Tensor& tensor : checkpoint.tensors()) {
    const std::vector<float> values = ReadFloats(tensor).value();
    parameters.insert(parameters.end(), values.begin(), values.end());
  }
  return parameters;
}

Model ModelFromCheckpoint(const Checkpoint& checkpoint) {
  Model model = MakeModel(checkpoint.config());
  SetParameters(FlatParameters(checkpoint), model);
  return model;
}

absl::StatusOr<Model> ModelFromQuantized(const QuantizedModel& quantized) {
  RETURN_IF_ERROR(ValidateConfig(quantized.config()));
  Model model = MakeModel(quantized.config());
  model.activation_format = quantized.scheme().activation_format();
  for (const QuantizedLinear& linear : quantized.linears()) {
    RETURN_IF_ERROR(SetQuantizedLinear(linear, quantized.scheme(), model));
  }
  for (const Tensor& tensor : quantized.others()) {
    if (tensor.name() == "wte.weight") {
      const uint64_t shape[] = {model.config.vocab_size(),
                                model.config.d_model()};
      RETURN_IF_ERROR(CheckShape(tensor, shape));
      ASSIGN_OR_RETURN(model.embedding, PackFloats(tensor));
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(tensor));
    std::vector<float>* vector = FindVector(tensor.name(), model);
    if (vector == nullptr || vector->size() != values.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor '", tensor.name(), "' does not belong to this model"));
    }
    *vector = values;
  }
  return model;
}

Linear* FindLinear(const std::string& name, Model& model) {
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    Block& block = model.blocks[i];
    const std::pair<const char*, Linear*> linears[] = {
        {"attn.q_proj.weight", &block.q}, {"attn.k_proj.weight", &block.k},
        {"attn.v_proj.weight", &block.v}, {"attn.o_proj.weight", &block.o},
        {"mlp.fc1.weight", &block.fc1},   {"mlp.fc2.weight", &block.fc2}};
    for (const auto& [rest, linear] : linears) {
      if (name == LayerTensorName(i, rest)) return linear;
    }
  }
  return nullptr;
}

}  // namespace quant_curve
