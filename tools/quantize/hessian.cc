#include "tools/quantize/hessian.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/hessian.h"
#include "tools/quantize/cholesky.h"

namespace quant_curve {
namespace {

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("Hessian: ", why));
}

absl::Status CheckDiagonal(const Matrix& hessian) {
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    const double* row = hessian.Row(i);
    if (row[i] < 0) {
      return Refuse(absl::StrCat("diagonal element ", i, " is ", row[i],
                                 ": must not be negative"));
    }
    const bool zero = std::all_of(row, row + hessian.columns,
                                  [](double value) { return value == 0; });
    if (row[i] == 0 && !zero) {
      return Refuse(absl::StrCat("column ", i,
                                 " is dead (0 on the diagonal) but has other "
                                 "entries: no Gram matrix"));
    }
  }
  return absl::OkStatus();
}

// Of the live columns.
double MeanDiagonal(const Matrix& hessian) {
  double trace = 0;
  for (uint64_t i = 0; i < hessian.rows; ++i) trace += hessian.Row(i)[i];
  return trace / static_cast<double>(hessian.rows - CountDeadColumns(hessian));
}

}  // namespace

absl::StatusOr<Matrix> ReadHessian(const TensorView& triangle,
                                   uint64_t in_features) {
  const int64_t n = static_cast<int64_t>(in_features);
  RETURN_IF_ERROR(
      CheckShape(triangle.tensor, {static_cast<uint64_t>(TriangleSize(n))}));
  ASSIGN_OR_RETURN(const std::vector<double> values, ReadDoubles(triangle));
  Matrix hessian;
  hessian.values = MatrixOfTriangle(values, n);
  hessian.rows = in_features;
  hessian.columns = in_features;
  RETURN_IF_ERROR(CheckDiagonal(hessian));
  return hessian;
}

uint64_t CountDeadColumns(const Matrix& hessian) {
  uint64_t dead = 0;
  for (uint64_t i = 0; i < hessian.rows; ++i) dead += hessian.Row(i)[i] == 0;
  return dead;
}

bool IsNearlyDiagonal(const Matrix& hessian) {
  if (hessian.rows - CountDeadColumns(hessian) < 2) return false;
  double off_diagonal = 0, total = 0;
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    for (uint64_t j = 0; j < hessian.columns; ++j) {
      const double magnitude = std::abs(hessian.Row(i)[j]);
      total += magnitude;
      if (i != j) off_diagonal += magnitude;
    }
  }
  return off_diagonal < kLeastOffDiagonalShare * total;
}

std::vector<uint32_t> ActivationOrder(const Matrix& hessian) {
  std::vector<uint32_t> order(hessian.rows);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return hessian.Row(a)[a] > hessian.Row(b)[b];
  });
  return order;
}

Matrix PermuteHessian(const Matrix& hessian,
                      const std::vector<uint32_t>& columns) {
  Matrix permuted(columns.size(), columns.size());
  for (uint64_t i = 0; i < columns.size(); ++i) {
    for (uint64_t j = 0; j < columns.size(); ++j) {
      permuted.Row(i)[j] = hessian.Row(columns[i])[columns[j]];
    }
  }
  return permuted;
}

Matrix DampedHessian(const Matrix& hessian, double damping) {
  const double mean = MeanDiagonal(hessian);
  Matrix damped = hessian;
  for (uint64_t i = 0; i < damped.rows; ++i) {
    double& h_ii = damped.Row(i)[i];
    h_ii = (h_ii == 0 ? mean : h_ii) + damping * mean;
  }
  return damped;
}

absl::StatusOr<HessianFactor> FactorHessian(const Matrix& hessian,
                                            double damping, ThreadPool& pool) {
  HessianFactor factor;
  factor.damping_used = damping;
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    factor.dead.push_back(hessian.Row(i)[i] == 0);
  }
  while (true) {
    Matrix damped = DampedHessian(hessian, factor.damping_used);
    if (FactorFromTheEnd(damped, pool)) {
      factor.upper = InvertTransposed(damped, pool);
      return factor;
    }
    if (factor.damping_raises == kMaxDampingRaises) break;
    ++factor.damping_raises;
    factor.damping_used *= 10;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "Hessian: not positive definite even with damping ", factor.damping_used,
      " of its mean diagonal (", kMaxDampingRaises, " raises from ", damping,
      "); calibrate again with more sequences"));
}

}  // namespace quant_curve
