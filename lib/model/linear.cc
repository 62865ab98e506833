#include "lib/model/linear.h"

#include <algorithm>
#include <cmath>

#include "lib/numerics/gemm.h"

namespace quant_curve {
namespace {

constexpr float kLargestCode = 127;

// Codes of one activation vector; returns the scale (0 for a zero vector).
float QuantizeActivations(const float* x, int64_t n, float clip,
                          std::vector<int16_t>& codes) {
  float absmax = 0;
  for (int64_t i = 0; i < n; ++i) absmax = std::max(absmax, std::abs(x[i]));
  if (clip > 0) absmax = std::min(absmax, clip);
  const float scale = absmax / kLargestCode;
  codes.assign(n, 0);
  if (scale == 0) return 0;
  for (int64_t i = 0; i < n; ++i) {
    const float code = std::nearbyint(x[i] / scale);
    codes[i] = static_cast<int16_t>(
        std::min(std::max(code, -kLargestCode), kLargestCode));
  }
  return scale;
}

// Exact: |codes| <= 255 * 127 a term, and rows are far below 2^16 terms long.
int32_t IntegerDot(const int16_t* a, const int16_t* b, int64_t n) {
  int32_t sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += int32_t{a[i]} * b[i];
  return sum;
}

void ApplyIntegerRow(const UnpackedLinear& w, const std::vector<int16_t>& x,
                     float x_scale, float* y) {
  for (uint64_t row = 0; row < w.out_features; ++row) {
    float sum = 0;
    for (uint64_t group = 0; group < w.groups_per_row; ++group) {
      const uint64_t first = group * w.group_size;
      const uint64_t end = std::min(first + w.group_size, w.in_features);
      const int32_t dot =
          IntegerDot(&w.codes[row * w.in_features + first], &x[first],
                     static_cast<int64_t>(end - first));
      sum = std::fma(static_cast<float>(dot),
                     w.scales[row * w.groups_per_row + group], sum);
    }
    y[row] = x_scale * sum;
  }
}

void ApplyInteger(const Linear& linear, const float* x, int64_t rows,
                  float* y) {
  const int64_t in = linear.in_features;
  const std::vector<uint32_t>& permutation = linear.integer.permutation;
  std::vector<int16_t> codes;
  std::vector<float> permuted(permutation.size());
  for (int64_t row = 0; row < rows; ++row) {
    const float* input = x + row * in;
    for (size_t i = 0; i < permutation.size(); ++i) {
      permuted[i] = input[permutation[i]];
    }
    if (!permutation.empty()) input = permuted.data();
    const float scale =
        QuantizeActivations(input, in, linear.activation_clip, codes);
    ApplyIntegerRow(linear.integer, codes, scale,
                    y + row * linear.out_features);
  }
}

}  // namespace

void SetWeight(const float* weight, Linear& linear) {
  linear.weight_transposed.resize(linear.out_features * linear.in_features);
  Transpose(weight, linear.out_features, linear.in_features, linear.in_features,
            linear.weight_transposed.data());
}

void ApplyLinear(const Linear& linear, const float* x, int64_t rows, float* y) {
  const int64_t out = linear.out_features;
  if (linear.weight_transposed.empty()) {
    ApplyInteger(linear, x, rows, y);
  } else {
    Gemm(rows, out, linear.in_features, {x, linear.in_features, 1},
         linear.weight_transposed.data(), out, y, out, /*accumulate=*/false);
  }
  if (linear.bias.empty()) return;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t j = 0; j < out; ++j) y[row * out + j] += linear.bias[j];
  }
}

}  // namespace quant_curve
