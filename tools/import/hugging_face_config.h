// config.json of a Hugging Face model directory.
#ifndef QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_
#define QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/families/family.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

struct HuggingFaceConfig {
  const Family* family;
  ModelConfig model;  // valid
  // Empty when absent. A model may end with several tokens.
  std::vector<uint32_t> bos_ids;
  std::vector<uint32_t> eos_ids;
};

// Reads a config of one of Families(). Sizes must be in the file; other absent
// fields have the defaults of the class's config in transformers.
// InvalidArgument, naming file, field, value and what is supported, all
// refusals in one message:
// - another architecture, or a model_type that is not the architecture's;
// - unsupported features: other kinds of rope scaling, partial rotation,
//   other activations, attention scaled otherwise, cross-attention, quantized
//   weights;
// - two keys for one thing that differ (rope_theta within rope_parameters and
//   outside, n_embd and hidden_size);
// - keys that this reader does not know, unless they are null (config_keys.h
//   has the harmless ones).
absl::StatusOr<HuggingFaceConfig> ReadHuggingFaceConfig(
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_CONFIG_H_
