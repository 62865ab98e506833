// A quantized model as GGUF's tensors and hyperparameters: docs/export.md.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "tools/export/blocks.h"
#include "tools/export/gguf.h"
#include "tools/export/stored_model.h"

namespace quant_curve {

struct GgufModel {
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;
  // How many matrices go out as rounded float16, by the reason; all else is
  // exact.
  std::map<std::string, int> rounded;
};

// `model` must be valid (ReadQuantizedModel) and outlive the result, whose
// tensors are read when they are written. The architecture is "llama" or
// "gpt2"; the tokenizer's pairs are left to gguf_tokenizer.h. InvalidArgument
// for what FamilyOf refuses.
absl::StatusOr<GgufModel> MakeGgufModel(const Artifact<QuantizedModel>& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_
