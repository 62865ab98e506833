// What GGUF export and import share: how llama.cpp calls tensors, and where
// metadata say the fields of a family (Family::gguf_keys).
//
//   GgufTensorName("h.0.attn.post_norm.weight");
//       // "blk.0.post_attention_norm.weight"
#ifndef QUANT_CURVE_LIB_FAMILIES_GGUF_H_
#define QUANT_CURVE_LIB_FAMILIES_GGUF_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/families/family.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Of a name in TensorSpecs. GPT-2's q, k and v are rows of one tensor there,
// "attn_qkv", which this function does not know.
std::string GgufTensorName(absl::string_view name);

// The first family of this general.architecture; null when there is none.
const Family* FindGgufFamily(absl::string_view architecture);

// A field as metadata hold it, zero where it is not set. full_attention is an
// integer, the period of its layers.
std::variant<uint32_t, float> GgufFieldOf(const GgufKey& key,
                                          const ModelConfig& config);
// The same back; num_layers must be set.
void SetGgufField(const GgufKey& key, std::variant<uint32_t, float> value,
                  ModelConfig& config);

// The first layer without a window attends to all positions and is the
// period-th; where all have one, the period is num_layers + 1.
uint32_t FullAttentionPeriod(const ModelConfig& config);
// Every period-th layer attends to all positions, none if the period is 0. A
// number of layers that ValidateConfig refuses makes no list.
void SetFullAttentionPeriod(uint32_t period, ModelConfig& config);

// Family::in_llama_cpp, or `config` itself.
ModelConfig InLlamaCpp(const Family& family, const ModelConfig& config);

// InvalidArgument, with the names of the fields that llama.cpp computes with
// other values. The embedding's multiplier is left to the caller.
absl::Status CheckInLlamaCpp(const Family& family, const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_GGUF_H_
