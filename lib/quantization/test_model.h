// A small but whole quantized model for tests, made without a quantizer.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_
#define QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_

#include <string>

#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// d_model 64, 2 layers, d_ff 256, vocabulary 64.
ModelConfig MiniGptConfig();

// A valid model of `config` in the scheme that --scheme=`scheme` means: codes
// count up and down inside the format, scales are 0.5, zero points 1,
// permutations reverse the columns, floats are 0.25. The byte account is left
// to the caller.
QuantizedModel TestModel(const ModelConfig& config, const std::string& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_TEST_MODEL_H_
