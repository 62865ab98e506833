// A quantized model as compressed-tensors stores it: packed codes that vLLM and
// transformers run without dequantizing the file.
//
// A Linear's "weight" becomes, under the same prefix
// (https://github.com/vllm-project/compressed-tensors):
//
// pack-quantized, for float activations and 4 or 8 bits; f = 32 / bits:
//   weight_packed      I32 [out, ceil(in / f)]: word w of a row has columns
//                      w f to w f + f - 1, the first in the lowest bits, each
//                      as its signed code plus 2^(bits-1)
//   weight_scale       F16 [out, groups]; for channels one group per row
//   weight_shape       I64 [2]: out, in
//   weight_zero_point  I32 [ceil(out / f), groups], packed like the weights,
//                      down the rows; only of asymmetric grids
//   weight_g_idx       I32 [in]: the group of each column; only of groups in
//                      activation order
//
// int-quantized, for int8 activations:
//   weight             I8 [out, in]
//   weight_scale       F16 [out, 1]
//
// Everything else is stored as the artifact has it: F16 or F32.
#ifndef QUANT_CURVE_TOOLS_EXPORT_COMPRESSED_TENSORS_H_
#define QUANT_CURVE_TOOLS_EXPORT_COMPRESSED_TENSORS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/progress_sink.h"
#include "lib/json/json.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// The quantization_config of config.json. Refuses, naming the field, schemes
// that the format does not have (floats, 2, 3, 5, 6 or 7 bits, tables of
// levels, a clip of activations, groups that do not divide a row) and families
// whose Linears are not [out, in] (GPT-2).
absl::StatusOr<Json> CompressedTensorsConfig(const QuantizedModel& model);

// model.safetensors. `model` must be valid (ReadQuantizedModel). Refuses what
// CompressedTensorsConfig refuses. Every weight is the one that this project
// computes with, to the bit. Memory holds one tensor at a time.
absl::Status WriteCompressedTensors(const Artifact<QuantizedModel>& model,
                                    ByteSink& sink,
                                    ProgressSink progress = IgnoreProgress);

// Numbers of `bits` each, in [0, 2^bits), 32 / bits to a word, the first in the
// lowest bits: {129, 130} of 8 bits are 33409. The last word is filled with 0.
std::vector<uint32_t> PackWords(absl::Span<const uint8_t> values, int bits);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_COMPRESSED_TENSORS_H_
