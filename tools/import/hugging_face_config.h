// config.json of a Hugging Face model directory.
#ifndef QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_
#define QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

enum class HuggingFaceFamily { kGpt2, kLlama };

struct HuggingFaceConfig {
  HuggingFaceFamily family;
  ModelConfig model;  // valid
  // Of several end tokens the first.
  absl::optional<uint32_t> bos_id;
  absl::optional<uint32_t> eos_id;
};

// Reads a config of GPT2LMHeadModel or LlamaForCausalLM. Sizes must stand in
// the file; of other absent fields the defaults of transformers' GPT2Config and
// LlamaConfig are taken. InvalidArgument, naming file, field, value and what is
// supported, for other architectures and for what changes the model's function
// and is not implemented: rope scaling, partial rotation, other activations,
// attention scaled otherwise, cross-attention, quantized weights.
absl::StatusOr<HuggingFaceConfig> ReadHuggingFaceConfig(
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_
