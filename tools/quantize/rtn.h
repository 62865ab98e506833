// Round to nearest: the baseline that GPTQ is measured against.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_RTN_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_RTN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/quantization/grid.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// One grid for each stored scale, fitted to the weights [out, in] that share
// it. Fails when a scale is beyond float16, naming row and column.
absl::StatusOr<std::vector<Grid>> FitGrids(const Matrix& weights,
                                           const Scheme& scheme);

// Every weight becomes the code nearest to it on the grids of FitGrids.
absl::StatusOr<CodedMatrix> QuantizeRtn(const Matrix& weights,
                                        const Scheme& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_RTN_H_
