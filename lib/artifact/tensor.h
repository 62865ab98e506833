// Tensors between memory and artifacts. Nothing is trusted: sizes are checked
// against dtype and shape before a byte is used.
#ifndef QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_
#define QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

using Shape = std::vector<uint64_t>;

// "[64, 256]".
std::string ShapeText(absl::Span<const uint64_t> shape);
std::string ShapeText(const Tensor& tensor);

// The product, or InvalidArgument when it does not fit in 63 bits.
absl::StatusOr<uint64_t> NumElements(absl::Span<const uint64_t> shape);

Tensor MakeFloat32(absl::string_view name, const Shape& shape,
                   absl::Span<const float> values);
Tensor MakeFloat64(absl::string_view name, const Shape& shape,
                   absl::Span<const double> values);
// Rounds to nearest, ties to even; beyond 65504 becomes infinite.
Tensor MakeFloat16(absl::string_view name, const Shape& shape,
                   absl::Span<const float> values);
Tensor MakeInt8(absl::string_view name, const Shape& shape,
                absl::Span<const int8_t> values);

// Refuses a tensor of another shape than `shape`.
absl::Status CheckShape(const Tensor& tensor, absl::Span<const uint64_t> shape);

// The values of a FLOAT32 or FLOAT16 tensor. Refuses other dtypes, a length
// that does not match, and infinities and NaNs (naming the first one's index).
absl::StatusOr<std::vector<float>> ReadFloats(const Tensor& tensor);

// The bits of a FLOAT16 tensor, checked alike.
absl::StatusOr<std::vector<uint16_t>> ReadFloat16Bits(const Tensor& tensor);

// The same for FLOAT64.
absl::StatusOr<std::vector<double>> ReadDoubles(const Tensor& tensor);

// The same for INT8.
absl::StatusOr<std::vector<int8_t>> ReadInt8(const Tensor& tensor);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_
