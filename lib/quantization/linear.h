// One Linear's weight as an artifact holds it: packing, and the way back.
//
// Weights are [out_features, in_features], row-major. With activation_order
// column j of the stored codes is input permutation[j], and groups are formed
// over the stored columns.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_LINEAR_H_
#define QUANT_CURVE_LIB_QUANTIZATION_LINEAR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/grid.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// A packed Linear, checked and ready for arithmetic: weight (row, column) is
//   codes[row * in_features + column] * scales[i] + minimums[i],
// where i = row * groups_per_row + column / group_size, without the minimum
// where there are none.
struct UnpackedLinear {
  uint64_t out_features = 0;
  uint64_t in_features = 0;
  uint64_t group_size = 0;      // columns a scale covers, 1 to in_features
  uint64_t groups_per_row = 0;  // ceil(in_features / group_size)
  // The artifact stores one scale; `scales` repeats it for every row.
  bool per_tensor = false;
  // [out, in] in stored column order, the zero point already subtracted: -255
  // to 255. Of a scheme with a table of levels, the levels.
  std::vector<int16_t> codes;
  absl::Span<const int8_t> table;  // those levels, rising; else empty
  // [out, groups_per_row], finite, not 0, and > 0 unless scales are signed.
  std::vector<float> scales;
  std::vector<float> minimums;  // as scales, finite; empty without
  // Stored column j is input permutation[j]; empty: the columns are in order.
  std::vector<uint32_t> permutation;
};

// Fills name, shape, codes, scales and zero points of an artifact's Linear.
// `matrix` has the layout LayoutOf(scheme, out_features, in_features); columns
// are stored unchanged, with `permutation` when it is not empty.
absl::StatusOr<QuantizedLinear> PackLinear(
    absl::string_view name, uint64_t out_features, uint64_t in_features,
    const CodedMatrix& matrix, const std::vector<uint32_t>& permutation,
    const Scheme& scheme);

// Checks a Linear of a valid scheme without reading its weights:
// refuses extents, dtypes, shapes and lengths that do not match, and a
// permutation that is none or that the scheme does not have. Errors name the
// Linear.
absl::Status CheckStored(const QuantizedLinear& linear, const Scheme& scheme);

// Reads a PACKED_CODES Linear of a valid scheme; its tensors hold their bytes
// or name records of `payload`. Trusts nothing: refuses what CheckStored
// refuses, forbidden codes, and scales that are not positive or, of a scheme
// with signed scales, 0. Errors name the Linear.
absl::StatusOr<UnpackedLinear> Unpack(const QuantizedLinear& linear,
                                      const Scheme& scheme,
                                      const Payload& payload = {});

// The weight [out, in] in the model's column order, whatever the scheme's
// format; code * scale is exact in float. Refuses what Unpack refuses and
// values that are not finite.
absl::StatusOr<std::vector<float>> Dequantize(const QuantizedLinear& linear,
                                              const Scheme& scheme,
                                              const Payload& payload = {});

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_LINEAR_H_
