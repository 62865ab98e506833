#include "lib/artifact/tensor.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

absl::Status Refuse(const Tensor& tensor, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor '", tensor.name(), "': ", why));
}

// Checks dtype and length; returns the number of elements.
absl::StatusOr<uint64_t> CheckLayout(const Tensor& tensor, DType dtype,
                                     uint64_t element_bytes) {
  if (tensor.dtype() != dtype) {
    return Refuse(tensor, absl::StrCat("dtype ", DType_Name(tensor.dtype()),
                                       ", expected ", DType_Name(dtype)));
  }
  const auto elements = NumElements(tensor.shape());
  if (!elements.ok()) return Refuse(tensor, elements.status().message());
  if (*elements > tensor.data().size() / element_bytes ||
      *elements * element_bytes != tensor.data().size()) {
    return Refuse(tensor,
                  absl::StrCat(tensor.data().size(), " bytes, shape ",
                               ShapeText(tensor), " of ", DType_Name(dtype),
                               " needs ", *elements, " x ", element_bytes));
  }
  return *elements;
}

template <typename T>
absl::StatusOr<std::vector<T>> Copy(const Tensor& tensor, DType dtype) {
  ASSIGN_OR_RETURN(const uint64_t elements,
                   CheckLayout(tensor, dtype, sizeof(T)));
  std::vector<T> values(elements);
  if (elements > 0) {
    std::memcpy(values.data(), tensor.data().data(), elements * sizeof(T));
  }
  return values;
}

template <typename T>
absl::Status CheckFinite(const Tensor& tensor, const std::vector<T>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Refuse(tensor, absl::StrCat("element ", i, " is not finite"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

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
  return Make<uint16_t>(name, FLOAT16, shape, halves);
}

Tensor MakeInt8(absl::string_view name, const Shape& shape,
                absl::Span<const int8_t> values) {
  return Make(name, INT8, shape, values);
}

absl::Status CheckShape(const Tensor& tensor,
                        absl::Span<const uint64_t> shape) {
  if (absl::Span<const uint64_t>(tensor.shape()) == shape) {
    return absl::OkStatus();
  }
  return Refuse(tensor, absl::StrCat("shape ", ShapeText(tensor), ", expected ",
                                     ShapeText(shape)));
}

absl::StatusOr<std::vector<float>> ReadFloats(const Tensor& tensor) {
  std::vector<float> values;
  if (tensor.dtype() == FLOAT16) {
    ASSIGN_OR_RETURN(const std::vector<uint16_t> halves,
                     ReadFloat16Bits(tensor));
    values.resize(halves.size());
    for (size_t i = 0; i < halves.size(); ++i) {
      values[i] = FloatFromFloat16(halves[i]);
    }
  } else {
    ASSIGN_OR_RETURN(values, Copy<float>(tensor, FLOAT32));
  }
  RETURN_IF_ERROR(CheckFinite(tensor, values));
  return values;
}

absl::StatusOr<std::vector<uint16_t>> ReadFloat16Bits(const Tensor& tensor) {
  ASSIGN_OR_RETURN(std::vector<uint16_t> halves,
                   Copy<uint16_t>(tensor, FLOAT16));
  for (size_t i = 0; i < halves.size(); ++i) {
    if ((halves[i] & 0x7c00) == 0x7c00) {
      return Refuse(tensor, absl::StrCat("element ", i, " is not finite"));
    }
  }
  return halves;
}

absl::StatusOr<std::vector<double>> ReadDoubles(const Tensor& tensor) {
  ASSIGN_OR_RETURN(std::vector<double> values, Copy<double>(tensor, FLOAT64));
  RETURN_IF_ERROR(CheckFinite(tensor, values));
  return values;
}

absl::StatusOr<std::vector<int8_t>> ReadInt8(const Tensor& tensor) {
  return Copy<int8_t>(tensor, INT8);
}

}  // namespace quant_curve
