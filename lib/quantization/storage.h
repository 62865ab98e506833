// How a scheme stores tensors, and which of them are not a Linear's weight.
//
// An int8 embedding [rows, d_model] is two tensors: INT8 codes under its own
// name, and under "<name>.scales" one FLOAT16 scale per row. Element (r, i) is
//   codes[r, i] * scales[r],
// on the symmetric grid of 8 bits of lib/quantization/grid.h.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_STORAGE_H_
#define QUANT_CURVE_LIB_QUANTIZATION_STORAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// How a valid scheme stores the tensors of a role: all FLOAT32 (WEIGHT_FLOAT32)
// or all FLOAT16 (WEIGHT_FLOAT16). With WEIGHT_INTEGER the Linears' weights are
// PACKED_CODES, embeddings FLOAT16 or, with EMBEDDING_INT8, INT8, positions
// FLOAT16, biases and norms FLOAT32.
DType StoredDType(const Scheme& scheme, TensorRole role);

// One of QuantizedModel.others.
struct StoredTensor {
  std::string name;
  Shape shape;
  DType dtype;
  TensorRole role;
};

// QuantizedModel.others of a valid config and scheme, in order: TensorSpecs
// without the Linears' weights, codes followed by their scales.
std::vector<StoredTensor> StoredOthers(const ModelConfig& config,
                                       const Scheme& scheme);

// A FLOAT32 or FLOAT16 tensor of `values`. Refuses values beyond float16 where
// that is the format; errors don't name the tensor.
absl::StatusOr<Tensor> StoreFloats(const TensorSpec& spec, DType dtype,
                                   absl::Span<const float> values);

// Appends a tensor that is not a Linear's weight to model.others as
// model.scheme stores it. Refuses what StoreFloats refuses.
absl::Status AddOther(const TensorSpec& spec, absl::Span<const float> values,
                      QuantizedModel& model);

// An int8 embedding, read back.
struct Int8Rows {
  absl::Span<const int8_t> codes;  // [rows, columns], -127 to 127, in the view
  std::vector<float> scales;       // [rows], finite and > 0
};

// Refuses dtypes and shapes that are not those above, the code -128 and scales
// that are not positive. Errors name the tensor.
absl::StatusOr<Int8Rows> ReadInt8Rows(const TensorView& codes,
                                      const TensorView& scales);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_STORAGE_H_
