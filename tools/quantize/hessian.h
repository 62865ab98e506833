// The Hessian of a Linear's inputs, checked, and the factor that GPTQ needs.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/numerics/parallel.h"
#include "proto/tensor.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// Below this share of off-diagonal mass a calibration is called dead: GPTQ
// would be rounding to nearest under another name.
inline constexpr double kLeastOffDiagonalShare = 1e-6;
// How often the damping is raised tenfold before giving up.
inline constexpr uint32_t kMaxDampingRaises = 5;
inline constexpr double kDefaultDamping = 0.01;

// H [in, in] from an artifact. Refuses another shape, values that are not
// finite, an H that is not symmetric to the last bit, a negative diagonal, a
// dead column (H_ii = 0) with other entries that are not zero, an H of zeros,
// and, for more than one input, an off-diagonal share below
// kLeastOffDiagonalShare.
absl::StatusOr<Matrix> ReadHessian(const Tensor& tensor, uint64_t in_features);

// The inputs in order of falling H_ii, equal ones by index ("act-order").
std::vector<uint32_t> ActivationOrder(const Matrix& hessian);

// H with rows and columns in a new order.
Matrix PermuteHessian(const Matrix& hessian,
                      const std::vector<uint32_t>& columns);

struct HessianFactor {
  // U, upper triangular with U^T U = (H + damping * mean(diag H) * I)^-1,
  // where H_ii of a dead column counts as 1 (arXiv:2210.17323, algorithm 1).
  Matrix upper;
  std::vector<bool> dead;  // H_ii = 0
  uint64_t dead_columns = 0;
  double damping_used = 0;  // share of mean(diag H), after the raises
  uint32_t damping_raises = 0;
};

// Factors H. When H + damping is not positive definite the damping grows
// tenfold, at most kMaxDampingRaises times, then FailedPrecondition.
// `damping` > 0. The bits do not depend on the pool's threads.
absl::StatusOr<HessianFactor> FactorHessian(const Matrix& hessian,
                                            double damping, ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_
