// The Hessian of a Linear's inputs, checked, and the factor that GPTQ needs.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/tensor.h"
#include "lib/numerics/parallel.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// Below this share of off-diagonal mass GPTQ has nothing to propagate: it is
// rounding to nearest under another name.
inline constexpr double kLeastOffDiagonalShare = 1e-6;
// How often the damping is raised tenfold before giving up.
inline constexpr uint32_t kMaxDampingRaises = 5;
inline constexpr double kDefaultDamping = 0.01;

// H [in, in] from its upper triangle in an artifact. Refuses what can't be a
// Gram matrix: another shape, values that are not finite, a negative diagonal,
// and a dead column (H_ii = 0: the calibration never excites that input) with
// other entries that are not zero. H may be all zero.
absl::StatusOr<Matrix> ReadHessian(const TensorView& triangle,
                                   uint64_t in_features);

uint64_t CountDeadColumns(const Matrix& hessian);

// Whether two or more columns are live and their off-diagonal share is below
// kLeastOffDiagonalShare.
bool IsNearlyDiagonal(const Matrix& hessian);

// The inputs in order of falling H_ii, equal ones by index ("act-order").
std::vector<uint32_t> ActivationOrder(const Matrix& hessian);

// H, or another square matrix, with rows and columns in a new order.
Matrix PermuteHessian(const Matrix& hessian,
                      const std::vector<uint32_t>& columns);

// H + damping * mean * I, where mean is that of H_ii over the live columns, of
// which there must be one. A dead column also gets that mean on its diagonal.
Matrix DampedHessian(const Matrix& hessian, double damping);

struct HessianFactor {
  // U, upper triangular with U^T U = (H + damping * mean * I)^-1
  // (arXiv:2210.17323, algorithm 1), where mean is that of H_ii over the live
  // columns. A dead column has that mean on its diagonal and zeros elsewhere:
  // its error goes nowhere and no error comes to it, so GPTQ rounds it to
  // nearest. (Algorithm 1 of the authors' code puts 1 there. That swamps the
  // damping where activations are small.)
  Matrix upper;
  std::vector<bool> dead;   // H_ii = 0
  double damping_used = 0;  // share of the mean, after the raises
  uint32_t damping_raises = 0;
};

// Factors H, which has a live column. When H + damping is not positive definite
// the damping grows tenfold, at most kMaxDampingRaises times, then
// FailedPrecondition. `damping` > 0. The bits do not depend on the pool's
// threads.
absl::StatusOr<HessianFactor> FactorHessian(const Matrix& hessian,
                                            double damping, ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_HESSIAN_H_
