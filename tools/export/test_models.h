// Small whole models for the tests of exports, no two weights alike by design.
#ifndef QUANT_CURVE_TOOLS_EXPORT_TEST_MODELS_H_
#define QUANT_CURVE_TOOLS_EXPORT_TEST_MODELS_H_

#include <string>
#include <vector>

#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"
#include "tools/export/gguf.h"

namespace quant_curve {

struct NamedExportConfig {
  std::string name;
  ModelConfig config;
};

// MiniGPT (multiplier 8, tied, no attention biases), GPT-2, Llama (untied,
// grouped queries), a Llama with biases, wide heads and tied embeddings, one
// with widths that are not multiples of 32, and the other families.
std::vector<NamedExportConfig> ExportConfigs();

// A valid model with random codes, scales and floats, in the scheme that
// --scheme=`scheme` means.
QuantizedModel RandomQuantizedModel(const ModelConfig& config,
                                    const std::string& scheme);

// The output of WriteGguf; "" when it fails.
std::string GgufBytes(const GgufMetadata& metadata,
                      const std::vector<GgufTensor>& tensors);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_TEST_MODELS_H_
