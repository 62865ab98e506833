#include "lib/numerics/nonlinear.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/artifact/float16.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

constexpr int64_t kWidths[] = {1, 5, 16, 64, 83};

std::vector<float> RandomFloats(int64_t n, float range, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& value : values) value = (random.Uniform() * 2 - 1) * range;
  return values;
}

double GeluByDefinition(double x) {
  const double u = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(u));
}

TEST(NonlinearTest, ExpIsWithinItsBound) {
  const std::vector<float> x = RandomFloats(100000, 87, 1);
  std::vector<float> y(x.size());
  Exp(x.data(), x.size(), y.data());
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i] / std::exp(static_cast<double>(x[i])), 1, 2.5e-7) << x[i];
  }
}

TEST(NonlinearTest, SoftmaxMatchesItsDefinition) {
  for (const int64_t n : kWidths) {
    std::vector<float> x = RandomFloats(n, 5, n);
    std::vector<double> expected(n);
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += expected[i] = std::exp(x[i]);
    EXPECT_NEAR(LogSumExp(x.data(), n), std::log(sum), 1e-6);
    Softmax(x.data(), n);
    for (int64_t i = 0; i < n; ++i) EXPECT_NEAR(x[i], expected[i] / sum, 1e-6);
  }
}

TEST(NonlinearTest, GeluMatchesItsDefinitionAndItsFiniteDifferences) {
  const std::vector<float> x = RandomFloats(1000, 6, 2);
  const std::vector<float> dy = RandomFloats(1000, 1, 3);
  std::vector<float> y(1000), dx(1000);
  Gelu(x.data(), 1000, y.data());
  GeluBackward(x.data(), dy.data(), 1000, dx.data());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_NEAR(y[i], GeluByDefinition(x[i]), 1e-6);
    const double slope =
        (GeluByDefinition(x[i] + 1e-5) - GeluByDefinition(x[i] - 1e-5)) / 2e-5;
    EXPECT_NEAR(dx[i], dy[i] * slope, 1e-5) << x[i];
  }
}

TEST(NonlinearTest, SiluIsWithinItsBound) {
  std::vector<float> x = RandomFloats(100000, 87, 4);
  x.insert(x.end(), {0.0f, 1e-20f, 1e30f, -87.0f});
  std::vector<float> y(x.size());
  Silu(x.data(), x.size(), y.data());
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = x[i] / (1 + std::exp(-static_cast<double>(x[i])));
    EXPECT_NEAR(y[i], expected, 5e-7 * std::abs(expected)) << x[i];
  }
  const std::vector<float> low = {-87.5f, -100.0f, -1000.0f};
  Silu(low.data(), 3, y.data());
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(y[i], 0, 1e-35);
}

TEST(NonlinearTest, SoftcapIsWithinItsBound) {
  std::vector<float> x = RandomFloats(100000, 200, 5);
  x.insert(x.end(), {0.0f, 1e-20f, -1e-20f, 1e30f, -1e30f, 7.5f, -7.499f});
  std::vector<float> y = x;
  Softcap(30, y.data(), y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = 30 * std::tanh(static_cast<double>(x[i]) / 30);
    EXPECT_NEAR(y[i], expected, 1e-6 * std::abs(expected)) << x[i];
  }
}

TEST(NonlinearTest, RmsNormMatchesItsDefinition) {
  for (const int64_t n : {1, 5, 16, 64, 83}) {
    const std::vector<float> x = RandomFloats(3 * n, 2, n);
    const std::vector<float> scale = RandomFloats(n, 1, n + 1);
    std::vector<float> y(3 * n);
    RmsNorm(x.data(), 3, n, scale.data(), 1e-2f, y.data());
    for (int64_t row = 0; row < 3; ++row) {
      double square = 0;
      for (int64_t i = 0; i < n; ++i) {
        square += double{x[row * n + i]} * x[row * n + i] / n;
      }
      for (int64_t i = 0; i < n; ++i) {
        EXPECT_NEAR(y[row * n + i],
                    x[row * n + i] / std::sqrt(square + 1e-2) * scale[i], 1e-6);
      }
    }
  }
}

// (a + ib) e^(i angle) of complex numbers is the definition.
TEST(NonlinearTest, RotationsAreProductsOfComplexNumbers) {
  for (const int64_t head_dim : {2, 10, 16, 64, 70}) {
    const int64_t half = head_dim / 2;
    const std::vector<float> angles = RandomFloats(half, 3, head_dim);
    std::vector<float> cosines, sines;
    for (const float angle : angles) {
      cosines.push_back(std::cos(angle));
      sines.push_back(std::sin(angle));
    }
    const std::vector<float> x = RandomFloats(3 * head_dim, 2, 5);
    std::vector<float> y = x;
    Rotate(cosines.data(), sines.data(), 3, head_dim, y.data());
    for (int64_t head = 0; head < 3; ++head) {
      const int64_t start = head * head_dim;
      for (int64_t i = 0; i < half; ++i) {
        const std::complex<double> turned =
            std::complex<double>(x[start + i], x[start + half + i]) *
            std::polar(1.0, double{angles[i]});
        EXPECT_NEAR(y[start + i], turned.real(), 1e-6);
        EXPECT_NEAR(y[start + half + i], turned.imag(), 1e-6);
      }
    }
  }
}

// sum(weights * LayerNorm(x)) in double, by definition.
double NormalizedSum(const std::vector<double>& x,
                     const std::vector<double>& scale,
                     const std::vector<double>& shift,
                     const std::vector<float>& weights) {
  const size_t n = x.size();
  double mean = 0, variance = 0, sum = 0;
  for (const double v : x) mean += v / n;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  for (size_t i = 0; i < n; ++i) {
    const double xhat = (x[i] - mean) / std::sqrt(variance + 1e-5);
    sum += weights[i] * (xhat * scale[i] + shift[i]);
  }
  return sum;
}

// d NormalizedSum / d v[i] by central differences; v is one of its arguments.
template <typename F>
double Slope(std::vector<double>& v, size_t i, const F& f) {
  const double kept = v[i];
  v[i] = kept + 1e-4;
  const double up = f();
  v[i] = kept - 1e-4;
  const double down = f();
  v[i] = kept;
  return (up - down) / 2e-4;
}

TEST(NonlinearTest, LayerNormMatchesItsDefinitionAndItsFiniteDifferences) {
  for (const int64_t n : {5, 16, 64, 83}) {
    const std::vector<float> x = RandomFloats(n, 2, n);
    const std::vector<float> scale = RandomFloats(n, 1, n + 1);
    const std::vector<float> shift = RandomFloats(n, 1, n + 2);
    const std::vector<float> dy = RandomFloats(n, 1, n + 3);
    std::vector<float> y(n), dx(n), dscale(n, 0), dshift(n, 0);
    float mean, rstd;
    LayerNorm(x.data(), 1, n, scale.data(), shift.data(), 1e-5f, y.data(),
              &mean, &rstd);
    LayerNormBackward(x.data(), dy.data(), 1, n, scale.data(), &mean, &rstd,
                      dx.data(), dscale.data(), dshift.data());
    std::vector<double> xd(x.begin(), x.end());
    std::vector<double> scale_d(scale.begin(), scale.end());
    std::vector<double> shift_d(shift.begin(), shift.end());
    const auto f = [&] { return NormalizedSum(xd, scale_d, shift_d, dy); };
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += dy[i] * y[i];
    EXPECT_NEAR(sum, f(), 1e-4);
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_NEAR(dx[i], Slope(xd, i, f), 2e-4);
      EXPECT_NEAR(dscale[i], Slope(scale_d, i, f), 2e-4);
      EXPECT_NEAR(dshift[i], Slope(shift_d, i, f), 2e-4);
    }
  }
}

TEST(NonlinearTest, LayerNormBackwardAddsUpOverRows) {
  const std::vector<float> x = RandomFloats(2 * 16, 2, 1);
  const std::vector<float> dy = RandomFloats(2 * 16, 2, 2);
  const std::vector<float> ones(16, 1.0f), zeros(16, 0.0f);
  std::vector<float> y(32), dx(32), dscale(16, 0), dshift(16, 0);
  float mean[2], rstd[2];
  LayerNorm(x.data(), 2, 16, ones.data(), zeros.data(), 1e-5f, y.data(), mean,
            rstd);
  LayerNormBackward(x.data(), dy.data(), 2, 16, ones.data(), mean, rstd,
                    dx.data(), dscale.data(), dshift.data());
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(dshift[i], dy[i] + dy[16 + i]);
    EXPECT_NEAR(dscale[i], dy[i] * y[i] + dy[16 + i] * y[16 + i], 1e-5);
  }
}

// Every float16 value, its neighbours in float and what lies half-way.
TEST(NonlinearTest, Float16RoundingIsThatOfTheSoftware) {
  std::vector<float> x;
  for (int half = 0; half < 0x7c00; ++half) {
    const float value = FloatFromFloat16(half);
    const float middle =
        0.5f * (value + FloatFromFloat16(static_cast<uint16_t>(half + 1)));
    for (const float v : {value, middle, std::nextafter(middle, 0.0f),
                          std::nextafter(middle, 1e9f)}) {
      if (std::isfinite(v)) x.insert(x.end(), {v, -v});
    }
  }
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    std::vector<float> rounded = x;
    RoundAllToFloat16(rounded.data(), rounded.size());
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(rounded[i], RoundToFloat16(x[i])) << x[i];
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(NonlinearTest, Int8CodesMatchTheirDefinition) {
  for (const int64_t n : kWidths) {
    std::vector<float> x = RandomFloats(n, 3, n);
    x[n / 2] = -3.5f;
    std::vector<int8_t> codes(n);
    // A clip above the largest value changes nothing.
    for (const float clip : {0.0f, 1.0f, 3.5f, 10.0f}) {
      const float scale = QuantizeToInt8(x.data(), n, clip, codes.data());
      EXPECT_EQ(scale, (clip == 1 ? 1.0f : 3.5f) / 127.0f);
      for (int64_t i = 0; i < n; ++i) {
        const float code = std::nearbyint(x[i] / scale);
        EXPECT_EQ(codes[i], std::min(127.0f, std::max(-127.0f, code)));
      }
    }
  }
  std::vector<int8_t> codes(5, 9);
  const std::vector<float> zeros(5, 0.0f);
  EXPECT_EQ(QuantizeToInt8(zeros.data(), 5, 0, codes.data()), 0);
  EXPECT_EQ(codes, std::vector<int8_t>(5, 0));
}

// An overflow must stay visible: neither a clip nor the bounds of e^x hide it.
TEST(NonlinearTest, InfinitiesAndNansAreNeverMadeFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t n : {1, 5, 16, 33}) {
    for (const float bad : {kInfinity, kNan}) {
      for (const int64_t place : {int64_t{0}, n / 2, n - 1}) {
        std::vector<float> x = RandomFloats(n, 3, n);
        x[place] = bad;
        std::vector<int8_t> codes(n);
        for (const float clip : {0.0f, 1.0f}) {
          EXPECT_TRUE(
              std::isnan(QuantizeToInt8(x.data(), n, clip, codes.data())));
        }
        EXPECT_FALSE(std::isfinite(LogSumExp(x.data(), n)));
        std::vector<float> gelu(n), silu(n);
        Gelu(x.data(), n, gelu.data());
        EXPECT_FALSE(std::isfinite(gelu[place]));
        Silu(x.data(), n, silu.data());
        EXPECT_FALSE(std::isfinite(silu[place]));
        Softmax(x.data(), n);
        EXPECT_TRUE(std::isnan(x[place]));
      }
    }
  }
}

// Everything that reduces or approximates, on one target's instructions.
std::vector<float> AllResults(int64_t n) {
  std::vector<float> x = RandomFloats(n, 4, 7);
  const std::vector<float> dy = RandomFloats(n, 1, 8);
  std::vector<float> y(n), dx(n), dscale(n, 0.5f), dshift(n, 0.25f);
  float mean, rstd;
  std::vector<float> all;
  const auto keep = [&](const std::vector<float>& v) {
    all.insert(all.end(), v.begin(), v.end());
  };
  Exp(x.data(), n, y.data()), keep(y);
  Gelu(x.data(), n, y.data()), keep(y);
  GeluBackward(x.data(), dy.data(), n, dx.data()), keep(dx);
  LayerNorm(x.data(), 1, n, dy.data(), dy.data(), 1e-5f, y.data(), &mean,
            &rstd);
  keep(y), keep({mean, rstd});
  Silu(x.data(), n, dx.data()), keep(dx);
  RmsNorm(x.data(), 1, n, dy.data(), 1e-5f, dx.data()), keep(dx);
  std::vector<float> turned = dx;
  Rotate(x.data(), dy.data(), 1, n / 2 * 2, turned.data()), keep(turned);
  LayerNormBackward(x.data(), dy.data(), 1, n, y.data(), &mean, &rstd,
                    dx.data(), dscale.data(), dshift.data());
  keep(dx), keep(dscale), keep(dshift);
  keep({static_cast<float>(LogSumExp(x.data(), n))});
  std::vector<int8_t> codes(n);
  keep({QuantizeToInt8(x.data(), n, 0, codes.data())});
  keep(std::vector<float>(codes.begin(), codes.end()));
  Softmax(x.data(), n), keep(x);
  return all;
}

TEST(NonlinearTest, EveryTargetGivesTheSameBits) {
  for (const int64_t n : kWidths) {
    std::vector<std::vector<float>> results;
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      results.push_back(AllResults(n));
    }
    hwy::SetSupportedTargetsForTest(0);
    for (const auto& result : results) EXPECT_EQ(result, results[0]) << n;
  }
}

}  // namespace
}  // namespace quant_curve
