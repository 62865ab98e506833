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
  // How many matrices go out as rounded float16, by the reason.
  std::map<std::string, int> rounded;
  // What else is not exact, a sentence each.
  std::vector<std::string> notes;
};

// `model` must be valid (ReadQuantizedModel) and outlive the result, whose
// tensors are read when they are written. The architecture is that of the
// family (lib/families); the tokenizer's pairs are left to gguf_tokenizer.h.
// InvalidArgument for what FamilyOf refuses, and for what llama.cpp computes
// otherwise, with the names of the fields.
absl::StatusOr<GgufModel> MakeGgufModel(const Artifact<QuantizedModel>& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_MODEL_H_
