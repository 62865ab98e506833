// The arithmetic of nonlinear.cc, norms.cc and kl_divergence.cc one scalar at a
// time, with every fused multiply-add spelled out: a kernel that rounds
// elsewhere gives other bits, and so other published numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "lib/numerics/kl_divergence.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/random.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr int64_t kWidths[] = {1, 5, 16, 64, 83};
constexpr float kEpsilon = 1e-5f;

std::vector<float> RandomFloats(int64_t n, float range, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& value : values) value = (random.Uniform() * 2 - 1) * range;
  return values;
}

// add(i, sum) is `sum` with term i added; the order is that of nonlinear.h.
float RowSum(int64_t n, const std::function<float(int64_t, float)>& add) {
  std::array<float, 16> sums = {};
  for (int64_t i = 0; i < n; ++i) sums[i % 16] = add(i, sums[i % 16]);
  for (const int half : {8, 4, 2, 1}) {
    for (int l = 0; l < half; ++l) sums[l] += sums[l + half];
  }
  return sums[0];
}

float SumOf(const std::vector<float>& x) {
  return RowSum(x.size(), [&](int64_t i, float sum) { return sum + x[i]; });
}

// Cody and Waite's reduction, then Horner's rule for the first seven terms of
// Taylor's series.
float ExpOf(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float k = std::nearbyint(x * 1.44269504f);
  float r = std::fma(-k, 0.693359375f, x);
  r = std::fma(-k, -2.12194440e-4f, r);
  float p = 1.0f / 720;
  for (const float c : {1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) {
    p = std::fma(p, r, c);
  }
  return std::ldexp(p, static_cast<int>(k));
}

float GeluGateOf(float x) {
  const float inner = std::fma(x * x, 0.044715f, 1.0f);
  return 1.0f / (1.0f + ExpOf(x * -1.5957691216f * inner));
}

TEST(NonlinearBitsTest, ElementsAreTheDocumentedChains) {
  const std::vector<float> x = RandomFloats(5000, 8, 1);
  const std::vector<float> dy = RandomFloats(5000, 1, 2);
  std::vector<float> exps(5000), gelus(5000), slopes(5000), silus(5000);
  Exp(x.data(), 5000, exps.data());
  Gelu(x.data(), 5000, gelus.data());
  GeluBackward(x.data(), dy.data(), 5000, slopes.data());
  Silu(x.data(), 5000, silus.data());
  for (int i = 0; i < 5000; ++i) {
    const float gate = GeluGateOf(x[i]);
    ASSERT_EQ(exps[i], ExpOf(x[i])) << x[i];
    ASSERT_EQ(gelus[i], x[i] * gate) << x[i];
    const float slope = std::fma(x[i] * x[i], 0.2140644488f, 1.5957691216f);
    const float closed = std::fma(-gate, gate, gate);
    ASSERT_EQ(slopes[i], dy[i] * std::fma(x[i] * closed, slope, gate)) << x[i];
    ASSERT_EQ(silus[i], x[i] * (1.0f / (1.0f + ExpOf(-x[i])))) << x[i];
  }
}

TEST(NonlinearBitsTest, SoftmaxMultipliesWithTheReciprocalOfTheSum) {
  for (const int64_t n : kWidths) {
    std::vector<float> x = RandomFloats(n, 5, n);
    const float max = *std::max_element(x.begin(), x.end());
    std::vector<float> powers;
    for (const float v : x) powers.push_back(ExpOf(v - max));
    const float sum = SumOf(powers);
    EXPECT_EQ(LogSumExp(x.data(), n), max + Log(sum));
    Softmax(x.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(x[i], powers[i] * (1.0f / sum)) << n << " " << i;
    }
  }
}

// x minus a double that is held as two floats.
float MinusSplit(float x, double y) {
  const float high = static_cast<float>(y);
  return (x - high) - static_cast<float>(y - high);
}

// y - x - z, with what rounding y - x loses; z is held as two floats.
float DifferenceMinusSplit(float y, float x, double z) {
  const float difference = y - x;
  const float lost = static_cast<float>(double{y} - x - difference);
  const float high = static_cast<float>(z);
  return (difference - high) + (lost - static_cast<float>(z - high));
}

// p (exp(delta) - 1 - delta): nine terms of Taylor's series up to 1, beyond as
// q - p (1 + delta).
float KlTermOf(const LogitRow& a, const LogitRow& b, int64_t i, float sum) {
  const float log_p = MinusSplit(a.logits[i], a.log_sum_exp);
  const float p = log_p < -87 ? 0 : ExpOf(log_p);
  const float delta = DifferenceMinusSplit(b.logits[i], a.logits[i],
                                           b.log_sum_exp - a.log_sum_exp);
  if (std::abs(delta) > 1) {
    const float q = ExpOf(MinusSplit(b.logits[i], b.log_sum_exp));
    return sum + std::fma(-p, 1.0f + delta, q);
  }
  float series = 0;
  for (const float factorial :
       {3628800.f, 362880.f, 40320.f, 5040.f, 720.f, 120.f, 24.f, 6.f, 2.f}) {
    series = std::fma(series, delta, 1.0f / factorial);
  }
  return sum + (p * delta) * (delta * series);
}

TEST(NonlinearBitsTest, KlDivergenceAddsRoundedTerms) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const int64_t n = kWidths[seed % 5];
    const std::vector<float> a = RandomFloats(n, 5, seed);
    for (const float range : {0.01f, 1.0f, 5.0f, 20.0f}) {
      std::vector<float> b = RandomFloats(n, range, seed + 100);
      for (int64_t i = 0; i < n; ++i) b[i] += a[i] / 3;
      const LogitRow row_a = {a.data(), LogSumExp(a.data(), n)};
      const LogitRow row_b = {b.data(), LogSumExp(b.data(), n)};
      const float sum = RowSum(n, [&](int64_t i, float sum) {
        return KlTermOf(row_a, row_b, i, sum);
      });
      ASSERT_EQ(KlDivergence(row_a, row_b, n), sum) << n << " " << range;
    }
  }
}

TEST(NonlinearBitsTest, LayerNormFusesItsSquaresAndItsShift) {
  for (const int64_t n : kWidths) {
    const std::vector<float> x = RandomFloats(n, 2, n);
    const std::vector<float> scale = RandomFloats(n, 1, n + 1);
    const std::vector<float> shift = RandomFloats(n, 1, n + 2);
    std::vector<float> y(n);
    float mean, rstd;
    LayerNorm(x.data(), 1, n, scale.data(), shift.data(), kEpsilon, y.data(),
              &mean, &rstd);
    ASSERT_EQ(mean, SumOf(x) / n);
    const float squares = RowSum(n, [&](int64_t i, float sum) {
      return std::fma(x[i] - mean, x[i] - mean, sum);
    });
    ASSERT_EQ(rstd, 1.0f / std::sqrt(squares / n + kEpsilon));
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(y[i], std::fma((x[i] - mean) * rstd, scale[i], shift[i]));
    }
  }
}

TEST(NonlinearBitsTest, LayerNormBackwardFusesItsDotAndItsScale) {
  for (const int64_t n : kWidths) {
    const std::vector<float> x = RandomFloats(n, 2, n);
    const std::vector<float> dy = RandomFloats(n, 1, n + 1);
    const std::vector<float> scale = RandomFloats(n, 1, n + 2);
    const std::vector<float> before = RandomFloats(n, 1, n + 3);
    const float mean = 0.1f, rstd = 0.7f;
    std::vector<float> dx(n), dscale = before, dshift = before;
    LayerNormBackward(x.data(), dy.data(), 1, n, scale.data(), &mean, &rstd,
                      dx.data(), dscale.data(), dshift.data());
    std::vector<float> g(n), xhat(n);
    for (int64_t i = 0; i < n; ++i) {
      g[i] = dy[i] * scale[i];
      xhat[i] = (x[i] - mean) * rstd;
    }
    const float mean_g = SumOf(g) / n;
    const float mean_gx =
        RowSum(n, [&](int64_t i,
                      float sum) { return std::fma(g[i], xhat[i], sum); }) /
        n;
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(dx[i], std::fma(-xhat[i], mean_gx, g[i] - mean_g) * rstd);
      ASSERT_EQ(dscale[i], std::fma(dy[i], xhat[i], before[i]));
      ASSERT_EQ(dshift[i], before[i] + dy[i]);
    }
  }
}

TEST(NonlinearBitsTest, RmsNormMultipliesTwice) {
  for (const int64_t n : kWidths) {
    const std::vector<float> x = RandomFloats(n, 2, n);
    const std::vector<float> scale = RandomFloats(n, 1, n + 1);
    std::vector<float> y(n);
    RmsNorm(x.data(), 1, n, scale.data(), kEpsilon, y.data());
    const float squares = RowSum(
        n, [&](int64_t i, float sum) { return std::fma(x[i], x[i], sum); });
    const float rstd = 1.0f / std::sqrt(squares / n + kEpsilon);
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(y[i], x[i] * rstd * scale[i]);
  }
}

TEST(NonlinearBitsTest, RotationsRoundTheFirstProductAndFuseTheSecond) {
  const std::vector<float> cosines = RandomFloats(35, 1, 1);
  const std::vector<float> sines = RandomFloats(35, 1, 2);
  const std::vector<float> x = RandomFloats(70, 2, 3);
  std::vector<float> y = x;
  Rotate(cosines.data(), sines.data(), 1, 70, y.data());
  for (int i = 0; i < 35; ++i) {
    const float low = x[i] * cosines[i];
    const float high = x[i + 35] * cosines[i];
    ASSERT_EQ(y[i], std::fma(-x[i + 35], sines[i], low));
    ASSERT_EQ(y[i + 35], std::fma(x[i], sines[i], high));
  }
}

// x = scale (k + 1/2) exactly, at scales whose reciprocals are not floats:
// ties go to the even code. The largest, 127 scale, sets the scale.
TEST(NonlinearBitsTest, HalfStepsOfInt8GoToTheEvenCode) {
  for (const int scale : {3, 7, 15, 61}) {
    std::vector<float> x = {127.0f * scale};
    std::vector<int> expected = {127};
    for (int k = -127; k < 127; ++k) {
      x.push_back(scale * (k + 0.5f));
      expected.push_back(k % 2 == 0 ? k : k + 1);
    }
    std::vector<int8_t> codes(x.size());
    EXPECT_EQ(QuantizeToInt8(x.data(), x.size(), 0, codes.data()), scale);
    EXPECT_EQ(std::vector<int>(codes.begin(), codes.end()), expected);
  }
}

}  // namespace
}  // namespace quant_curve
