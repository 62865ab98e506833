// Float16 below its normal range: what quantizing warns of.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_LOST_BITS_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_LOST_BITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/config.h"
#include "lib/quantization/grid.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

// Numbers that float16 rounds by more than 2^-11 of their value: below 2^-14
// it has steps of 2^-24, so that the smaller a number the fewer bits are left.
struct LostBits {
  uint64_t count = 0;
  uint64_t total = 0;
  double worst = 0;  // the largest relative error

  void Add(double relative_error);
};

// Of the scales of a Linear.
LostBits LostInScales(const std::vector<Grid>& grids);

// Of a matrix [rows, columns] that is stored as `dtype`: of each row the scale
// (INT8, lib/quantization/storage.h) or the largest magnitude (FLOAT16).
// Nothing for other dtypes, vectors and rows of zeros.
LostBits LostInRows(const TensorSpec& spec, absl::Span<const float> values,
                    DType dtype);

// "3 of 64 scales, off by up to 59 %".
std::string LostBitsText(const LostBits& lost, absl::string_view unit);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_LOST_BITS_H_
