// A quantized model as GGUF's tensors and hyperparameters: docs/export.md.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tools/export/blocks.h"
#include "tools/export/gguf.h"
#include "tools/export/stored_model.h"

namespace quant_curve {

struct GgufModel {
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;
  RoundedMatrices rounded;  // all else is exact
};

// `model` must be valid (ReadQuantizedModel). The architecture is "llama" or
// "gpt2"; the tokenizer's pairs are left to gguf_tokenizer.h. InvalidArgument
// for what FamilyOf and LinearBlocks refuse.
absl::StatusOr<GgufModel> MakeGgufModel(const QuantizedModel& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_
