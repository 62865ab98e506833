// A small but whole quantized model for tests, made without a quantizer.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_
#define QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_

#include <string>

#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// MiniGPT, 103,680 parameters. Two blocks: q, k, v, o of 64 x 64, fc1 of
// 256 x 64, fc2 of 64 x 256; biases only in the MLP. An embedding of 64 x 64,
// tied.
ModelConfig MiniGptConfig();

// A valid model of `config` in the scheme that --scheme=`scheme` means: codes
// count up and down inside the format, scales are 0.5, zero points 1,
// permutations reverse the columns, floats are 0.25. The byte account is left
// to the caller.
QuantizedModel TestModel(const ModelConfig& config, const std::string& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_
