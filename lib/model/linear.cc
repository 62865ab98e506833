#include "lib/model/linear.h"

#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

void ApplyInt8(const Linear& linear, const float* x, int64_t rows, float* y,
               ThreadPool* threads) {
  const int64_t in = linear.in_features();
  std::vector<int8_t> codes(in);
  for (int64_t row = 0; row < rows; ++row) {
    const float scale =
        QuantizeToInt8(x + row * in, in, linear.activation_clip, codes.data());
    linear.weight.MultiplyInt8(codes.data(), scale,
                               y + row * linear.out_features(), threads);
  }
}

// The columns of x in the weight's order.
std::vector<float> Permute(const std::vector<uint32_t>& permutation,
                           const float* x, int64_t rows) {
  const size_t in = permutation.size();
  std::vector<float> permuted(rows * in);
  for (int64_t row = 0; row < rows; ++row) {
    for (size_t j = 0; j < in; ++j) {
      permuted[row * in + j] = x[row * in + permutation[j]];
    }
  }
  return permuted;
}

}  // namespace

void ApplyLinear(const Linear& linear, const float* x, int64_t rows, float* y,
                 ThreadPool* threads) {
  std::vector<float> permuted;
  if (!linear.permutation.empty()) {
    permuted = Permute(linear.permutation, x, rows);
    x = permuted.data();
  }
  if (linear.int8_inputs) {
    ApplyInt8(linear, x, rows, y, threads);
  } else {
    linear.weight.Multiply(x, rows, y, threads);
  }
  if (linear.bias.empty()) return;
  const int64_t out = linear.out_features();
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t j = 0; j < out; ++j) y[row * out + j] += linear.bias[j];
  }
}

}  // namespace quant_curve
