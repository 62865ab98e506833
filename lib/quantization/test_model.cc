#include "lib/quantization/test_model.h"

#include <vector>

#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

std::vector<float> ConstantValues(const TensorSpec& spec) {
  return std::vector<float>(NumElements(spec.shape).value(), 0.25f);
}

Tensor Constant(const TensorSpec& spec, DType dtype) {
  const std::vector<float> values = ConstantValues(spec);
  return dtype == FLOAT16 ? MakeFloat16(spec.name, spec.shape, values)
                          : MakeFloat32(spec.name, spec.shape, values);
}

QuantizedLinear CodedLinear(const TensorSpec& spec, const Scheme& scheme) {
  const uint64_t out = spec.shape[0];
  const uint64_t in = spec.shape[1];
  const CodeFormat format = FormatOf(scheme);
  CodedMatrix matrix;
  for (uint64_t i = 0; i < out * in; ++i) {
    const int levels = format.highest() - format.lowest() + 1;
    matrix.codes.push_back(format.lowest() + static_cast<int>(i % levels));
  }
  matrix.grids.assign(LayoutOf(scheme, out, in).num_scales,
                      Grid{0.5f, scheme.symmetric() ? 0 : 1});
  std::vector<uint32_t> permutation;
  for (uint64_t j = in; scheme.activation_order() && j > 0; --j) {
    permutation.push_back(j - 1);
  }
  return PackLinear(spec.name, out, in, matrix, permutation, scheme).value();
}

}  // namespace

ModelConfig MiniGptConfig() {
  ModelConfig config = MiniGptFamily();
  config.set_vocab_size(64);
  config.set_d_model(64);
  config.set_num_layers(2);
  config.set_num_heads(4);
  config.set_d_ff(256);
  config.set_context_length(64);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(8);
  return config;
}

QuantizedModel TestModel(const ModelConfig& config, const std::string& scheme) {
  QuantizedModel model;
  *model.mutable_scheme() = ResolveScheme(scheme).value();
  *model.mutable_config() = config;
  model.set_tokenizer_sha256(std::string(32, 't'));
  model.set_checkpoint_sha256(std::string(32, 'c'));
  model.set_calibration_sha256(std::string(32, 'h'));
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const DType dtype = StoredDType(model.scheme(), spec.role);
    if (spec.role != TensorRole::kLinearWeight) {
      AddOther(spec, ConstantValues(spec), model).IgnoreError();
    } else if (dtype == PACKED_CODES) {
      *model.add_linears() = CodedLinear(spec, model.scheme());
    } else {
      QuantizedLinear& linear = *model.add_linears();
      linear.set_name(spec.name);
      linear.set_out_features(spec.shape[0]);
      linear.set_in_features(spec.shape[1]);
      *linear.mutable_weight() = Constant(spec, dtype);
    }
  }
  return model;
}

}  // namespace quant_curve
