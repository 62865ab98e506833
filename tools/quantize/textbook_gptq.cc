#include "tools/quantize/textbook_gptq.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "lib/artifact/float16.h"

namespace quant_curve {
namespace {

using Rows = std::vector<std::vector<double>>;

// Gauss-Jordan elimination with partial pivoting.
Rows Inverse(Rows a) {
  const size_t n = a.size();
  Rows inverse(n, std::vector<double>(n, 0.0));
  for (size_t i = 0; i < n; ++i) inverse[i][i] = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    }
    std::swap(a[k], a[pivot]);
    std::swap(inverse[k], inverse[pivot]);
    const double divisor = a[k][k];
    for (size_t j = 0; j < n; ++j) {
      a[k][j] /= divisor;
      inverse[k][j] /= divisor;
    }
    for (size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = a[i][k];
      for (size_t j = 0; j < n; ++j) {
        a[i][j] -= factor * a[k][j];
        inverse[i][j] -= factor * inverse[k][j];
      }
    }
  }
  return inverse;
}

// H with ones for dead columns, plus the damping.
Rows Damped(const Matrix& hessian, double damping) {
  Rows damped(hessian.rows);
  double mean = 0;
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    damped[i].assign(hessian.Row(i), hessian.Row(i) + hessian.columns);
    if (damped[i][i] == 0) damped[i][i] = 1;
    mean += damped[i][i] / hessian.rows;
  }
  for (uint64_t i = 0; i < hessian.rows; ++i) damped[i][i] += damping * mean;
  return damped;
}

// Scale and zero point of values [begin, end).
std::pair<float, int> Fit(const double* begin, const double* end,
                          const Scheme& scheme) {
  const double low = std::min(0.0, *std::min_element(begin, end));
  const double high = std::max(0.0, *std::max_element(begin, end));
  if (scheme.symmetric()) {
    const double levels = std::pow(2, scheme.bits() - 1) - 1;
    return {RoundToFloat16(std::max(-low, high) / levels), 0};
  }
  const float scale =
      RoundToFloat16((high - low) / (std::pow(2, scheme.bits()) - 1));
  return {scale, static_cast<int>(std::nearbyint(-low / scale))};
}

int Round(double weight, float scale, int zero_point, const Scheme& scheme) {
  const int top = scheme.symmetric() ? (1 << (scheme.bits() - 1)) - 1
                                     : (1 << scheme.bits()) - 1;
  const int code =
      static_cast<int>(std::nearbyint(weight / scale)) + zero_point;
  return std::clamp(code, scheme.symmetric() ? -top : 0, top);
}

}  // namespace

TextbookResult TextbookGptq(const Matrix& weights, const Matrix& hessian,
                            double damping, const Scheme& scheme,
                            bool stale_scales) {
  const uint64_t columns = weights.columns;
  const bool grouped = scheme.granularity() == PER_GROUP;
  const uint64_t group_size = grouped ? scheme.group_size() : columns;
  const uint64_t groups = (columns + group_size - 1) / group_size;
  Rows inverse = Inverse(Damped(hessian, damping));
  Matrix w = weights;
  for (uint64_t row = 0; row < w.rows; ++row) {
    for (uint64_t j = 0; j < columns; ++j) {
      if (hessian.Row(j)[j] == 0) w.Row(row)[j] = 0;
    }
  }
  TextbookResult result;
  result.codes.resize(w.rows * columns);
  result.scales.resize(w.rows * groups);
  result.zero_points.resize(w.rows * groups);
  for (uint64_t j = 0; j < columns; ++j) {
    for (uint64_t row = 0; row < w.rows; ++row) {
      const uint64_t grid = row * groups + j / group_size;
      if (j % group_size == 0) {
        const Matrix& source = grouped && !stale_scales ? w : weights;
        std::tie(result.scales[grid], result.zero_points[grid]) =
            Fit(source.Row(row) + j,
                source.Row(row) + std::min(columns, j + group_size), scheme);
      }
      const int code = Round(w.Row(row)[j], result.scales[grid],
                             result.zero_points[grid], scheme);
      result.codes[row * columns + j] = code;
      const double quantized =
          (code - result.zero_points[grid]) * double{result.scales[grid]};
      const double error = w.Row(row)[j] - quantized;
      for (uint64_t k = j + 1; k < columns; ++k) {
        w.Row(row)[k] -= error * inverse[j][k] / inverse[j][j];
      }
    }
    const std::vector<double> eliminated = inverse[j];
    for (uint64_t a = j + 1; a < columns; ++a) {
      for (uint64_t b = j + 1; b < columns; ++b) {
        inverse[a][b] -= eliminated[a] * eliminated[b] / eliminated[j];
      }
    }
  }
  return result;
}

}  // namespace quant_curve
