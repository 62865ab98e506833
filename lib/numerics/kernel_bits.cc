// Prints a digest of what each kernel computes, a line each. The text is the
// same on every machine: neon_test.sh compares x86-64 with 64-bit ARM.
//
//   bazel run //lib/numerics:kernel_bits
#include <cstdint>
#include <cstdio>
#include <vector>

#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/numerics/attention.h"
#include "lib/numerics/gemm.h"
#include "lib/numerics/kl_divergence.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/outer_products.h"
#include "lib/numerics/packed_matrix.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

std::vector<float> RandomFloats(int64_t n, uint64_t seed, float spread = 1) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& v : values) {
    v = spread * static_cast<float>(random.Uniform() * 2 - 1);
  }
  return values;
}

// FNV-1a of the values' bytes.
template <typename T>
void Print(const char* kernel, int64_t size, const std::vector<T>& values) {
  uint64_t digest = 14695981039346656037u;
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(values.data());
  for (size_t i = 0; i < values.size() * sizeof(T); ++i) {
    digest = (digest ^ bytes[i]) * 1099511628211u;
  }
  std::printf("%-20s %4lld %016llx\n", kernel, static_cast<long long>(size),
              static_cast<unsigned long long>(digest));
}

void PrintCodes(int64_t out, int64_t in, int64_t rows, int range,
                const std::vector<float>& x) {
  constexpr int64_t kGroup = 64;
  Random random(3);
  std::vector<int16_t> codes(out * in);
  for (int16_t& code : codes) {
    code = static_cast<int16_t>(random.Below(2 * range + 1)) - range;
  }
  codes[0] = static_cast<int16_t>(range);
  std::vector<float> scales(out * ((in + kGroup - 1) / kGroup));
  for (float& scale : scales) {
    scale = RoundToFloat16(static_cast<float>(random.Uniform()) + 0.01f);
  }
  const CodedWeights<int16_t> weights = {codes.data(), scales.data(), kGroup};
  std::vector<float> y(rows * out);
  PackedMatrix::Coded(weights, out, in, false)
      .Multiply(x.data(), rows, y.data());
  Print("codes", range, y);
  std::vector<int8_t> inputs(in);
  for (int8_t& v : inputs) v = static_cast<int8_t>(random.Below(255)) - 127;
  y.resize(out);
  PackedMatrix::Coded(weights, out, in, true)
      .MultiplyInt8(inputs.data(), 0.3f, y.data());
  Print("codes, int8 inputs", range, y);
}

void PrintTable4(int64_t out, int64_t in, int64_t rows,
                 const std::vector<float>& x) {
  constexpr int64_t kGroup = 32;
  constexpr int8_t kTable[kTableLevels] = {
      -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  Random random(5);
  std::vector<int16_t> codes(out * in);
  for (int16_t& code : codes) code = kTable[random.Below(kTableLevels)];
  std::vector<float> scales(out * ((in + kGroup - 1) / kGroup));
  for (float& scale : scales) {
    scale = RoundToFloat16(static_cast<float>(random.Uniform()) - 0.5f);
  }
  std::vector<float> y(rows * out);
  PackedMatrix::Coded(
      CodedWeights<int16_t>{codes.data(), scales.data(), kGroup, kTable}, out,
      in, false)
      .Multiply(x.data(), rows, y.data());
  Print("table4", in, y);
}

void PrintMinimums(int64_t out, int64_t in, int64_t rows,
                   const std::vector<float>& x) {
  constexpr int64_t kGroup = 32;
  Random random(6);
  std::vector<int16_t> codes(out * in);
  for (int16_t& code : codes) code = static_cast<int16_t>(random.Below(16));
  std::vector<float> scales(out * ((in + kGroup - 1) / kGroup));
  std::vector<float> minimums = scales;
  for (size_t i = 0; i < scales.size(); ++i) {
    scales[i] = RoundToFloat16(static_cast<float>(random.Uniform()) + 0.01f);
    minimums[i] = RoundToFloat16(-8 * static_cast<float>(random.Uniform()));
  }
  std::vector<float> y(rows * out);
  PackedMatrix::Coded(CodedWeights<int16_t>{codes.data(), scales.data(), kGroup,
                                            nullptr, minimums.data()},
                      out, in, false)
      .Multiply(x.data(), rows, y.data());
  Print("minimums", in, y);
}

void PrintProducts(int64_t rows, int64_t in) {
  const int64_t out = 130;
  const std::vector<float> x = RandomFloats(rows * in, 1);
  const std::vector<float> weights = RandomFloats(out * in, 2);
  std::vector<float> y(rows * out);
  PackedMatrix::Float32(weights.data(), out, in)
      .Multiply(x.data(), rows, y.data());
  Print("float32", in, y);
  std::vector<uint16_t> halves;
  for (const float w : weights) halves.push_back(Float16FromFloat(w));
  PackedMatrix::Float16(halves.data(), out, in)
      .Multiply(x.data(), rows, y.data());
  Print("float16", in, y);
  for (int64_t i = 0; i < out * in; ++i) {
    halves[i] = BFloat16FromFloat(weights[i]);
  }
  PackedMatrix::BFloat16(halves.data(), out, in)
      .Multiply(x.data(), rows, y.data());
  Print("bfloat16", in, y);
  for (const int range : {7, 127, 255}) PrintCodes(out, in, rows, range, x);
  PrintTable4(out, in, rows, x);
  PrintMinimums(out, in, rows, x);
}

void PrintGemm() {
  const int64_t m = 37, n = 75, k = 300;
  const std::vector<float> a = RandomFloats(m * k, 4);
  const std::vector<float> b = RandomFloats(k * n, 5);
  std::vector<float> c(m * n);
  Gemm(m, n, k, {a.data(), k, 1}, b.data(), n, c.data(), n, false);
  Print("gemm", k, c);
}

// Backwards, as a factorization from the end walks.
void PrintSubtractProduct() {
  const int64_t m = 37, n = 75, k = 300;
  std::vector<std::vector<double>> values;
  for (const int64_t size : {m * k, k * n, m * n}) {
    Random random(12 + values.size());
    values.emplace_back(size);
    for (double& v : values.back()) v = random.Uniform() * 2 - 1;
  }
  const double* a = values[0].data() + (k - 1) * m;
  const double* b = values[1].data() + (k - 1) * n;
  SubtractProduct(m, n, k, {a, 1, -m}, b, -n, values[2].data(), n);
  Print("subtract product", k, values[2]);
}

void PrintOuterProducts(int64_t n) {
  const int64_t rows = 150;
  const std::vector<float> x = RandomFloats(rows * n, 15);
  std::vector<double> sums(TriangleSize(n), 0.1);
  AddOuterProducts(x.data(), rows, n, sums.data());
  Print("outer products", n, sums);
}

void PrintAttention(int64_t head_dim) {
  const int64_t heads = 4, count = 130, stride = 192;
  const AttentionHeads all = {0, heads, 2, head_dim, 2 * head_dim};
  const std::vector<float> q = RandomFloats(heads * head_dim, 6);
  const std::vector<float> keys = RandomFloats(stride * all.key_width, 7);
  const std::vector<float> values =
      RandomFloats(stride * all.key_width + kSpareValues, 8);
  std::vector<float> scores(heads * stride), out(heads * head_dim);
  AttentionScores(all, q.data(), keys.data(), count, 0.3f, stride,
                  scores.data());
  for (int64_t h = 0; h < heads; ++h) Softmax(&scores[h * stride], count);
  AttentionValues(all, scores.data(), values.data(), count, stride, out.data());
  Print("attention", head_dim, out);
}

void PrintKlDivergence(int64_t n) {
  const std::vector<float> a = RandomFloats(n, 13, 6);
  std::vector<double> results;
  for (const float range : {0.001f, 2.0f, 20.0f}) {
    std::vector<float> b = RandomFloats(n, 14, range);
    for (int64_t i = 0; i < n; ++i) b[i] += a[i];
    results.push_back(KlDivergence({a.data(), LogSumExp(a.data(), n)},
                                   {b.data(), LogSumExp(b.data(), n)}, n));
    results.push_back(FirstMaximaAgree(a.data(), b.data(), n));
  }
  Print("kl divergence", n, results);
}

void PrintRows(int64_t n) {
  const std::vector<float> x = RandomFloats(n, 9, 6);
  const std::vector<float> scale = RandomFloats(n, 10);
  const std::vector<float> shift = RandomFloats(n, 11);
  std::vector<float> y(n), mean(1), rstd(1), dx(n), dscale(n), dshift(n);
  Exp(x.data(), n, y.data());
  Print("exp", n, y);
  Gelu(x.data(), n, y.data());
  Print("gelu", n, y);
  Silu(x.data(), n, y.data());
  Print("silu", n, y);
  LayerNorm(x.data(), 1, n, scale.data(), shift.data(), 1e-5f, y.data(),
            mean.data(), rstd.data());
  Print("layer norm", n, y);
  LayerNormBackward(x.data(), shift.data(), 1, n, scale.data(), mean.data(),
                    rstd.data(), dx.data(), dscale.data(), dshift.data());
  Print("layer norm backward", n, dx);
  RmsNorm(x.data(), 1, n, scale.data(), 1e-6f, y.data());
  Print("rms norm", n, y);
  y = x;
  Rotate(scale.data(), shift.data(), 1, n / 2 * 2, y.data());
  Print("rotate", n, y);
  y = x;
  RoundAllToFloat16(y.data(), n);
  Print("to float16", n, y);
  std::vector<int8_t> codes(n);
  y[0] = QuantizeToInt8(x.data(), n, 3, codes.data());
  Print("to int8", n, codes);
  Print("log sum exp", n, std::vector<double>{LogSumExp(x.data(), n)});
}

}  // namespace
}  // namespace quant_curve

int main() {
  for (const int64_t rows : {1, 2, 5, 13}) {
    for (const int64_t in : {64, 172}) quant_curve::PrintProducts(rows, in);
  }
  quant_curve::PrintGemm();
  quant_curve::PrintSubtractProduct();
  for (const int64_t n : {5, 75}) quant_curve::PrintOuterProducts(n);
  for (const int64_t head_dim : {16, 20, 64}) {
    quant_curve::PrintAttention(head_dim);
  }
  for (const int64_t n : {64, 173}) {
    quant_curve::PrintRows(n);
    quant_curve::PrintKlDivergence(n);
  }
}
