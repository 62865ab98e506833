// Tensors between memory and artifacts. Nothing is trusted: sizes are checked
// against dtype and shape before a byte is used.
#ifndef QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_
#define QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
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
// `bits` are the values' upper halves.
Tensor MakeBFloat16(absl::string_view name, const Shape& shape,
                    absl::Span<const uint16_t> bits);
// `bits` are binary16.
Tensor MakeFloat16FromBits(absl::string_view name, const Shape& shape,
                           absl::Span<const uint16_t> bits);
Tensor MakeInt8(absl::string_view name, const Shape& shape,
                absl::Span<const int8_t> values);

// A tensor and its elements' bytes, wherever these are. The message must
// outlive the view.
struct TensorView {
  // Of a tensor that holds its bytes itself.
  TensorView(const Tensor& tensor)  // NOLINT: every function below takes both
      : tensor(tensor), bytes(tensor.data()) {}
  TensorView(const Tensor& tensor, absl::string_view bytes)
      : tensor(tensor), bytes(bytes) {}

  const Tensor& tensor;  // name, dtype, shape
  absl::string_view bytes;
};

// Receives each finished tensor from a library that makes an artifact: a writer
// takes its bytes (TensorFrameWriter::Add), so that they are not held.
using TensorSink = absl::FunctionRef<absl::Status(Tensor&)>;

// Leaves the tensors' bytes in the message.
inline absl::Status KeepInMessage(Tensor&) { return absl::OkStatus(); }

// Bytes of one element; 0 for PACKED_CODES, whose rows have other lengths.
uint64_t ElementBytes(DType dtype);

// The length of the elements: of a record what the record says.
uint64_t PayloadBytes(const Tensor& tensor);

// The index of the first infinity or NaN of a tensor of floats whose bytes have
// the right length; none where all are finite.
absl::optional<uint64_t> FirstNotFinite(const TensorView& view);

// InvalidArgument "tensor '<name>': <why>".
absl::Status RefuseTensor(const Tensor& tensor, absl::string_view why);

// Refuses elements of `size_bytes` bytes where dtype and shape need another
// number, unknown dtypes, and PACKED_CODES.
absl::Status CheckSize(const Tensor& tensor, uint64_t size_bytes);

// Refuses a tensor of another shape than `shape`.
absl::Status CheckShape(const Tensor& tensor, absl::Span<const uint64_t> shape);

// Refuses another dtype, a length that does not match the shape, and infinities
// and NaNs (naming the first one's index): for callers that use the bytes where
// they are. They may not be aligned for their type.
absl::Status CheckElements(const TensorView& view, DType dtype);

// The values of a FLOAT32, FLOAT16 or BFLOAT16 tensor, all exact. Refuses other
// dtypes and what CheckElements refuses.
absl::StatusOr<std::vector<float>> ReadFloats(const TensorView& view);

// The bits of a FLOAT16 or BFLOAT16 tensor, checked alike.
absl::StatusOr<std::vector<uint16_t>> ReadHalfBits(const TensorView& view);

// The same for FLOAT64.
absl::StatusOr<std::vector<double>> ReadDoubles(const TensorView& view);

// The same for INT8.
absl::StatusOr<std::vector<int8_t>> ReadInt8(const TensorView& view);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_TENSOR_H_
