// One Linear after another as the artifact stores it: RTN or GPTQ, proxy
// losses, the activation clip.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_LINEAR_QUANTIZER_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_LINEAR_QUANTIZER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "lib/artifact/payload.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "proto/calibration.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/matrix.h"
#include "tools/quantize/warnings.h"

namespace quant_curve {

// Data that the Linears of one input share.
struct PreparedInput {
  int index = -1;
  std::vector<uint32_t> permutation;  // empty: columns as they are
  Matrix hessian;                     // in stored column order
  uint64_t dead_columns = 0;
  // Of a GPTQ scheme, unless all columns are dead: then nothing tells GPTQ
  // from rounding to nearest.
  absl::optional<HessianFactor> factor;
  Matrix damped;  // for DescendCoordinates; empty without coordinate descent
  Matrix drift;   // for LeastSquaresTarget; empty without such a target
};

// Linears of one input that follow one another share its factorization.
class LinearQuantizer {
 public:
  // `calibration` is null or has an input for every Linear of `config`
  // (refused otherwise); `payload` holds its records. A Hessian is read when
  // the first of its Linears is quantized and need not be there before. `drift`
  // is null, or at that time what LeastSquaresTarget takes for this input, and
  // Linears are quantized to their targets. All arguments but `config` are kept
  // by reference.
  static absl::StatusOr<LinearQuantizer> Make(const Calibration* calibration,
                                              const Payload& payload,
                                              const ModelConfig& config,
                                              const Scheme& scheme,
                                              ThreadPool& pool,
                                              const Matrix* drift = nullptr);

  // `values` are the weight, [out, in]; the result holds its bytes. Adds what
  // the user should know to `warnings`.
  absl::StatusOr<QuantizedLinear> Quantize(const TensorSpec& spec,
                                           const std::vector<float>& values,
                                           Warnings& warnings);

 private:
  LinearQuantizer(const Calibration* calibration, const Payload& payload,
                  std::map<std::string, int> inputs, const Scheme& scheme,
                  ThreadPool& pool, const Matrix* drift);
  absl::StatusOr<QuantizedLinear> QuantizeWeight(
      const TensorSpec& spec, const std::vector<float>& values,
      Warnings& warnings);

  const Calibration* calibration_;
  Payload payload_;
  std::map<std::string, int> inputs_;
  const Scheme* scheme_;
  ThreadPool* pool_;
  const Matrix* drift_;
  PreparedInput prepared_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_LINEAR_QUANTIZER_H_
