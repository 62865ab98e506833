// Where the quantization levels lie: the scale rule that RTN and GPTQ share.
//
// A weight w of a Linear [out, in] is stored as a code, and read as
//   w ~ (level - zero_point) * scale + minimum,
// where the level is the code itself or, with a table, table[code].
// The scale is rounded to float16 first; codes are then chosen with the rounded
// scale, so that the reader's arithmetic is the quantizer's.
//
// Symmetric:  scale = float16(max|w| / (2^(bits-1) - 1)), zero_point = 0,
//             code = clamp(round(w / scale), -(2^(bits-1)-1), 2^(bits-1)-1).
// Asymmetric: low = min(0, min w), high = max(0, max w),
//             scale = float16((high - low) / (2^bits - 1)),
//             zero_point = clamp(round(-low / scale), 0, 2^bits - 1),
//             code = clamp(round(w / scale) + zero_point, 0, 2^bits - 1).
// Signed scale: scale = float16(w / lowest level) of the w that is largest in
//             magnitude (of two the first), so that w takes the lowest level,
//             whatever its sign; zero_point = 0,
//             code = clamp(round(w / scale), -2^(bits-1), 2^(bits-1)-1),
//             or with a table the code of the nearest level, of two the higher.
// Minimum:    minimum = float16(min w), zero_point = 0,
//             scale = float16((max w - minimum) / (2^bits - 1)),
//             code = clamp(round((w - minimum) / scale), 0, 2^bits - 1).
//             Of all others the minimum is 0.
// Zero is a level of every grid without a table or minimum. round is to
// nearest, ties to even. A scale that float16 rounds to zero becomes 2^-24 in
// magnitude, its least positive value: so does that of a group of zeros, whose
// codes are then zero_point.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_GRID_H_
#define QUANT_CURVE_LIB_QUANTIZATION_GRID_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/quantization/packing.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// The levels of GGUF's IQ4_NL (ggml-common.h, kvalues_iq4nl).
inline constexpr std::array<int8_t, 16> kIq4NlLevels = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// The best 8 levels for groups of 64 normally distributed weights under a scale
// of either sign that is searched, from -127 on, rounded
// (docs/quantization.md).
inline constexpr std::array<int8_t, 8> kNonlinear3BitLevels = {
    -127, -77, -45, -18, 7, 33, 63, 103};

// The codes of a valid WEIGHT_INTEGER scheme.
inline CodeFormat FormatOf(const Scheme& scheme) {
  if (scheme.levels() == LEVELS_IQ4_NL) {
    return {scheme.bits(), false, true, kIq4NlLevels};
  }
  if (scheme.levels() == LEVELS_NONLINEAR_3BIT) {
    return {scheme.bits(), false, true, kNonlinear3BitLevels};
  }
  if (scheme.levels() == LEVELS_MINIMUM) {
    return {scheme.bits(), false, false, {}, /*has_minimum=*/true};
  }
  return {scheme.bits(), scheme.symmetric(),
          scheme.levels() == LEVELS_SIGNED_SCALE};
}

// The factor of the scale, before the zero point is subtracted.
inline int LevelOf(int16_t code, const CodeFormat& format) {
  return format.table.empty() ? code : format.table[code];
}

// The code of the table's level nearest to `level`; of NaN some code.
inline int16_t NearestTableCode(double level, const CodeFormat& format) {
  int16_t code = 0;
  for (size_t i = 1; i < format.table.size(); ++i) {
    code += 2 * level >= format.table[i - 1] + format.table[i];
  }
  return code;
}

// Which scale belongs to a weight. A group never spans more than a row, and the
// last one of a row may be short (172 inputs at group 64: 64 + 64 + 44).
struct ScaleLayout {
  uint64_t group_size = 0;      // columns a scale covers, 1 to in_features
  uint64_t groups_per_row = 0;  // ceil(in_features / group_size)
  uint64_t num_scales = 0;      // as stored: 1, out, or out * groups_per_row
  bool per_tensor = false;

  uint64_t Index(uint64_t row, uint64_t group) const {
    return per_tensor ? 0 : row * groups_per_row + group;
  }
};

// `scheme` is valid and WEIGHT_INTEGER; both extents are at least 1.
ScaleLayout LayoutOf(const Scheme& scheme, uint64_t out_features,
                     uint64_t in_features);

// The levels of one scale.
struct Grid {
  float scale = 1;  // a float16 value, not 0; > 0 unless scales are signed
  int zero_point = 0;
  // |scale - s| / s where s is what FitGrid rounded to float16: at most 2^-11
  // from float16's least normal value 2^-14 on, more below. 0 for s = 0.
  float scale_error = 0;
  float minimum = 0;  // a float16 value

  // The code nearest to `weight`; of NaN some code.
  int16_t CodeOf(double weight, const CodeFormat& format) const {
    const double level = (weight - minimum) / scale;
    if (!format.table.empty()) return NearestTableCode(level, format);
    const double steps = std::nearbyint(level) + zero_point;
    const double low = format.lowest();
    const double high = format.highest();
    return static_cast<int16_t>(std::min(high, std::max(low, steps)));
  }

  // Exact: a level has at most 9 bits, a scale 11, a minimum 11 more within 51.
  double ValueOf(int16_t code, const CodeFormat& format) const {
    return static_cast<double>(LevelOf(code, format) - zero_point) * scale +
           minimum;
  }
};

// The grid of `scale` rounded to float16. Fails as FitGrid does.
absl::StatusOr<Grid> GridOfScale(double scale);

// The grid of `scale` and `minimum`, both rounded to float16.
absl::StatusOr<Grid> GridOfMinimum(double scale, double minimum);

// The grid of the weights that share a scale. Fails when the scale would be
// beyond float16's 65504; the caller names the tensor.
absl::StatusOr<Grid> FitGrid(absl::Span<const double> weights,
                             const CodeFormat& format);

// A Linear's weight [out, in] on its grids, before it is packed.
struct CodedMatrix {
  std::vector<int16_t> codes;  // [out, in]
  std::vector<Grid> grids;     // [ScaleLayout::num_scales]
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_GRID_H_
