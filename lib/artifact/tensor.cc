#include "lib/artifact/tensor.h"

#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "artifacts hold little-endian bytes; this host would swap them");

template <typename T>
Tensor Make(absl::string_view name, DType dtype, const Shape& shape,
            absl::Span<const T> values) {
  Tensor tensor;
  tensor.set_name(std::string(name));
  tensor.set_dtype(dtype);
  for (const uint64_t extent : shape) tensor.add_shape(extent);
  tensor.set_data(values.data(), values.size() * sizeof(T));
  return tensor;
}

// Checks dtype and length.
absl::Status CheckLayout(const TensorView& view, DType dtype) {
  const Tensor& tensor = view.tensor;
  if (tensor.dtype() != dtype) {
    return RefuseTensor(tensor,
                        absl::StrCat("dtype ", DType_Name(tensor.dtype()),
                                     ", expected ", DType_Name(dtype)));
  }
  return CheckSize(tensor, view.bytes.size());
}

template <typename T>
absl::StatusOr<std::vector<T>> Copy(const TensorView& view, DType dtype) {
  RETURN_IF_ERROR(CheckElements(view, dtype));
  std::vector<T> values(view.bytes.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), view.bytes.data(), view.bytes.size());
  }
  return values;
}

// Infinities and NaNs have an exponent of ones.
template <typename Bits>
absl::optional<uint64_t> FirstWithExponent(absl::string_view bytes,
                                           Bits exponent) {
  for (size_t i = 0; i < bytes.size() / sizeof(Bits); ++i) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
    if ((bits & exponent) == exponent) return i;
  }
  return absl::nullopt;
}

bool IsHalf(DType dtype) { return dtype == FLOAT16 || dtype == BFLOAT16; }

}  // namespace

uint64_t ElementBytes(DType dtype) {
  switch (dtype) {
    case FLOAT64:
      return 8;
    case FLOAT32:
      return 4;
    case FLOAT16:
    case BFLOAT16:
      return 2;
    case INT8:
      return 1;
    default:
      return 0;
  }
}

absl::optional<uint64_t> FirstNotFinite(const TensorView& view) {
  switch (view.tensor.dtype()) {
    case FLOAT64:
      return FirstWithExponent<uint64_t>(view.bytes, 0x7ff0000000000000);
    case FLOAT32:
      return FirstWithExponent<uint32_t>(view.bytes, 0x7f800000);
    case FLOAT16:
      return FirstWithExponent<uint16_t>(view.bytes, 0x7c00);
    case BFLOAT16:
      return FirstWithExponent<uint16_t>(view.bytes, 0x7f80);
    default:
      return absl::nullopt;
  }
}

uint64_t PayloadBytes(const Tensor& tensor) {
  return tensor.sha256().empty() ? tensor.data().size() : tensor.size_bytes();
}

std::string ShapeText(absl::Span<const uint64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

std::string ShapeText(const Tensor& tensor) {
  return ShapeText(tensor.shape());
}

absl::StatusOr<uint64_t> NumElements(absl::Span<const uint64_t> shape) {
  constexpr uint64_t kLimit = std::numeric_limits<int64_t>::max();
  uint64_t elements = 1;
  for (const uint64_t extent : shape) {
    if (extent != 0 && elements > kLimit / extent) {
      return absl::InvalidArgumentError(
          absl::StrCat("shape ", ShapeText(shape), " overflows"));
    }
    elements *= extent;
  }
  return elements;
}

Tensor MakeFloat32(absl::string_view name, const Shape& shape,
                   absl::Span<const float> values) {
  return Make(name, FLOAT32, shape, values);
}

Tensor MakeFloat64(absl::string_view name, const Shape& shape,
                   absl::Span<const double> values) {
  return Make(name, FLOAT64, shape, values);
}

Tensor MakeFloat16(absl::string_view name, const Shape& shape,
                   absl::Span<const float> values) {
  std::vector<uint16_t> halves(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    halves[i] = Float16FromFloat(values[i]);
  }
  return MakeFloat16FromBits(name, shape, halves);
}

Tensor MakeFloat16FromBits(absl::string_view name, const Shape& shape,
                           absl::Span<const uint16_t> bits) {
  return Make(name, FLOAT16, shape, bits);
}

Tensor MakeBFloat16(absl::string_view name, const Shape& shape,
                    absl::Span<const uint16_t> bits) {
  return Make(name, BFLOAT16, shape, bits);
}

Tensor MakeInt8(absl::string_view name, const Shape& shape,
                absl::Span<const int8_t> values) {
  return Make(name, INT8, shape, values);
}

absl::Status RefuseTensor(const Tensor& tensor, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor '", tensor.name(), "': ", why));
}

absl::Status CheckSize(const Tensor& tensor, uint64_t size_bytes) {
  const auto elements = NumElements(tensor.shape());
  if (!elements.ok()) return RefuseTensor(tensor, elements.status().message());
  const uint64_t element_bytes = ElementBytes(tensor.dtype());
  if (element_bytes == 0) {
    return RefuseTensor(tensor, absl::StrCat("unknown dtype ", tensor.dtype()));
  }
  if (size_bytes % element_bytes == 0 &&
      size_bytes / element_bytes == *elements) {
    return absl::OkStatus();
  }
  return RefuseTensor(
      tensor, absl::StrCat(size_bytes, " bytes, shape ", ShapeText(tensor),
                           " of ", DType_Name(tensor.dtype()), " needs ",
                           *elements, " x ", element_bytes));
}

absl::Status CheckShape(const Tensor& tensor,
                        absl::Span<const uint64_t> shape) {
  if (absl::Span<const uint64_t>(tensor.shape()) == shape) {
    return absl::OkStatus();
  }
  return RefuseTensor(tensor, absl::StrCat("shape ", ShapeText(tensor),
                                           ", expected ", ShapeText(shape)));
}

absl::Status CheckElements(const TensorView& view, DType dtype) {
  RETURN_IF_ERROR(CheckLayout(view, dtype));
  const absl::optional<uint64_t> index = FirstNotFinite(view);
  if (!index) return absl::OkStatus();
  return RefuseTensor(view.tensor,
                      absl::StrCat("element ", *index, " is not finite"));
}

absl::StatusOr<std::vector<float>> ReadFloats(const TensorView& view) {
  if (!IsHalf(view.tensor.dtype())) return Copy<float>(view, FLOAT32);
  ASSIGN_OR_RETURN(const std::vector<uint16_t> halves, ReadHalfBits(view));
  std::vector<float> values(halves.size());
  const bool bfloat = view.tensor.dtype() == BFLOAT16;
  for (size_t i = 0; i < halves.size(); ++i) {
    values[i] =
        bfloat ? FloatFromBFloat16(halves[i]) : FloatFromFloat16(halves[i]);
  }
  return values;
}

absl::StatusOr<std::vector<uint16_t>> ReadHalfBits(const TensorView& view) {
  const bool bfloat = view.tensor.dtype() == BFLOAT16;
  return Copy<uint16_t>(view, bfloat ? BFLOAT16 : FLOAT16);
}

absl::StatusOr<std::vector<double>> ReadDoubles(const TensorView& view) {
  return Copy<double>(view, FLOAT64);
}

absl::StatusOr<std::vector<int8_t>> ReadInt8(const TensorView& view) {
  return Copy<int8_t>(view, INT8);
}

}  // namespace quant_curve
