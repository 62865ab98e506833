// Second moments of a Linear's inputs: GPTQ's Hessian (arXiv:2210.17323, eq. 3,
// up to the factor 2, which GPTQ cancels).
#ifndef QUANT_CURVE_TOOLS_CALIBRATE_HESSIAN_H_
#define QUANT_CURVE_TOOLS_CALIBRATE_HESSIAN_H_

#include <cstdint>
#include <vector>

namespace quant_curve {

// Sums x x^T in double over rows, in order. Only the upper triangle is kept.
class HessianSum {
 public:
  explicit HessianSum(int64_t in_features);

  // Adds `rows` inputs; x is [rows, in_features].
  void AddRows(const float* x, int64_t rows);

  // Adds another sum, element by element.
  void AddSum(const HessianSum& other);

  // The mean over all rows, [in, in], both triangles. At least one row.
  std::vector<double> Mean() const;

 private:
  int64_t n_;
  int64_t rows_ = 0;
  std::vector<double> sums_;  // [n, n], upper triangle
};

// sum_{i != j} |H_ij| / sum_ij |H_ij| of an [n, n] matrix, in [0, 1]; 0 for a
// matrix of zeros.
double OffDiagonalShare(const std::vector<double>& hessian, int64_t n);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CALIBRATE_HESSIAN_H_
