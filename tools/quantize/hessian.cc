#include "tools/quantize/hessian.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "tools/quantize/cholesky.h"

namespace quant_curve {
namespace {

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("Hessian: ", why));
}

absl::Status CheckSymmetry(const Matrix& hessian) {
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    for (uint64_t j = 0; j < i; ++j) {
      if (hessian.Row(i)[j] == hessian.Row(j)[i]) continue;
      return Refuse(absl::StrCat("not symmetric: [", i, ", ", j, "] is ",
                                 hessian.Row(i)[j], ", [", j, ", ", i, "] is ",
                                 hessian.Row(j)[i]));
    }
  }
  return absl::OkStatus();
}

// Checks the diagonal and the mass beside it.
absl::Status CheckMass(const Matrix& hessian) {
  double diagonal = 0;
  double off_diagonal = 0;
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    const double h_ii = hessian.Row(i)[i];
    if (h_ii < 0) {
      return Refuse(absl::StrCat("diagonal element ", i, " is ", h_ii,
                                 ": must not be negative"));
    }
    double beside = 0;
    for (uint64_t j = 0; j < hessian.columns; ++j) {
      if (j != i) beside += std::abs(hessian.Row(i)[j]);
    }
    if (h_ii == 0 && beside > 0) {
      return Refuse(absl::StrCat("column ", i,
                                 " is dead (0 on the diagonal) but has other "
                                 "entries: no Gram matrix"));
    }
    diagonal += h_ii;
    off_diagonal += beside;
  }
  if (diagonal == 0) {
    return Refuse("all zero: the calibration saw no activations; run it again");
  }
  const double share = off_diagonal / (diagonal + off_diagonal);
  if (hessian.rows > 1 && !(share >= kLeastOffDiagonalShare)) {
    return Refuse(absl::StrCat("off-diagonal share ", share,
                               ": must be at least ", kLeastOffDiagonalShare,
                               "; the calibration is dead, run it again"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Matrix> ReadHessian(const Tensor& tensor, uint64_t in_features) {
  RETURN_IF_ERROR(CheckShape(tensor, {in_features, in_features}));
  Matrix hessian;
  ASSIGN_OR_RETURN(hessian.values, ReadDoubles(tensor));
  hessian.rows = in_features;
  hessian.columns = in_features;
  RETURN_IF_ERROR(CheckSymmetry(hessian));
  RETURN_IF_ERROR(CheckMass(hessian));
  return hessian;
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

absl::StatusOr<HessianFactor> FactorHessian(const Matrix& hessian,
                                            double damping, ThreadPool& pool) {
  const uint64_t size = hessian.rows;
  HessianFactor factor;
  factor.dead.assign(size, false);
  std::vector<double> diagonal(size);
  double trace = 0;
  for (uint64_t i = 0; i < size; ++i) {
    diagonal[i] = hessian.Row(i)[i];
    if (diagonal[i] == 0) {
      diagonal[i] = 1;
      factor.dead[i] = true;
      ++factor.dead_columns;
    }
    trace += diagonal[i];
  }
  const double mean = trace / static_cast<double>(size);
  factor.damping_used = damping;
  while (true) {
    Matrix damped = hessian;
    for (uint64_t i = 0; i < size; ++i) {
      damped.Row(i)[i] = diagonal[i] + factor.damping_used * mean;
    }
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
