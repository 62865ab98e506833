// A model's shape, and the name, shape and role of each of its tensors.
#ifndef QUANT_CURVE_LIB_MODEL_CONFIG_H_
#define QUANT_CURVE_LIB_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// What a tensor is to quantization and to the byte account.
enum class TensorRole { kLinearWeight, kLinearBias, kLayerNorm, kEmbedding };

struct TensorSpec {
  std::string name;
  std::vector<uint64_t> shape;  // a Linear's weight is [out, in]
  TensorRole role;
};

// Refuses zero or absurd sizes (each at most 2^20, the parameters at most
// 2^31) and heads that do not divide d_model, naming the field and the value.
absl::Status ValidateConfig(const ModelConfig& config);

// All tensors of a valid config, in the order in which checkpoints hold them:
//   wte.weight
//   h.<i>.ln_1.{weight,bias}  h.<i>.attn.{q,k,v,o}_proj.weight
//   h.<i>.ln_2.{weight,bias}  h.<i>.mlp.{fc1,fc2}.{weight,bias}
//   ln_f.{weight,bias}
std::vector<TensorSpec> TensorSpecs(const ModelConfig& config);

// Sum of the shapes' products.
uint64_t NumParameters(const ModelConfig& config);

// The length of a sequence that --`flag`=`asked` wants of the model in
// `model_path`: 0 means its whole context. Refuses more than that.
absl::StatusOr<uint64_t> LengthWithinContext(absl::string_view flag,
                                             uint64_t asked,
                                             const ModelConfig& config,
                                             absl::string_view model_path);

// "h.<layer>.<rest>".
std::string LayerTensorName(uint64_t layer, absl::string_view rest);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_CONFIG_H_
