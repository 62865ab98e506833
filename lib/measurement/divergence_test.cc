#include "lib/measurement/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/numerics/kl_divergence.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using Row = std::vector<float>;

TokenDivergence DivergenceOfRows(const Row& reference, const Row& logits,
                                 uint32_t target) {
  const int64_t vocab = static_cast<int64_t>(logits.size());
  return DivergenceOf({reference.data(), LogSumExp(reference.data(), vocab)},
                      {logits.data(), LogSumExp(logits.data(), vocab)}, vocab,
                      target);
}

// Logits 0, log 3 against 0, 0: p = (1/4, 3/4), q = (1/2, 1/2);
// KL = 1/4 log(1/2) + 3/4 log(3/2) = 0.13081203594113694.
TEST(DivergenceTest, TwoTokensByHand) {
  const TokenDivergence token =
      DivergenceOfRows({0.f, std::log(3.f)}, {0.f, 0.f}, 1);
  EXPECT_NEAR(token.kl_nats, 0.13081203594113694, 1e-7);
  EXPECT_NEAR(token.probability_change, 0.5 - 0.75, 1e-7);
  EXPECT_FALSE(token.top1_agrees);
}

TEST(DivergenceTest, EqualLogitsHaveExactlyNone) {
  Random random(1);
  Row logits;
  for (int i = 0; i < 5000; ++i) {
    logits.push_back(static_cast<float>(10 * Normal(random)));
  }
  const TokenDivergence token = DivergenceOfRows(logits, logits, 7);
  EXPECT_EQ(token.kl_nats, 0);
  EXPECT_EQ(token.probability_change, 0);
  EXPECT_TRUE(token.top1_agrees);
}

// The definition with the library's exp and log in long double.
TEST(DivergenceTest, SmallDivergencesKeepTheirDigits) {
  Random random(2);
  for (const double noise : {1e-4, 1e-2, 1.0}) {
    Row a;
    Row b;
    for (int i = 0; i < 1000; ++i) {
      a.push_back(static_cast<float>(4 * Normal(random)));
      b.push_back(static_cast<float>(a.back() + noise * Normal(random)));
    }
    long double sum_a = 0;
    long double sum_b = 0;
    for (int i = 0; i < 1000; ++i) {
      sum_a += std::exp(static_cast<long double>(a[i]));
      sum_b += std::exp(static_cast<long double>(b[i]));
    }
    long double expected = 0;
    for (int i = 0; i < 1000; ++i) {
      const long double p = std::exp(static_cast<long double>(a[i])) / sum_a;
      const long double q = std::exp(static_cast<long double>(b[i])) / sum_b;
      expected += p * std::log(p / q);
    }
    const double kl = DivergenceOfRows(a, b, 0).kl_nats;
    // The bound of KlDivergence.
    EXPECT_NEAR(kl, static_cast<double>(expected),
                4e-6 * static_cast<double>(expected) + 1e-12)
        << noise;
  }
}

TEST(DivergenceTest, LargeLogitsStayFinite) {
  // p is (1, 0); log q_0 = -1 - log(1 + exp(-1)).
  EXPECT_NEAR(DivergenceOfRows({3000.f, -3000.f}, {2999.f, 3000.f}, 0).kl_nats,
              1 + std::log1p(std::exp(-1.0)), 1e-6);
}

TEST(DivergenceTest, LogitsThatAreNotFiniteGiveNoNumber) {
  const Row good = {0.f, 1.f};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    EXPECT_TRUE(std::isnan(DivergenceOfRows({0.f, bad}, good, 0).kl_nats));
    EXPECT_TRUE(std::isnan(DivergenceOfRows(good, {0.f, bad}, 0).kl_nats));
  }
}

TEST(DivergenceTest, QuantilesAreWithinAPercentOfTheSortedValues) {
  Random random(3);
  std::vector<double> values;
  DivergenceHistogram histogram;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(std::exp(3 * Normal(random) - 5));
    ++histogram[DivergenceBin(values.back())];
  }
  std::sort(values.begin(), values.end());
  for (const double p : {0.001, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = values[static_cast<int>(std::lround(p * 1000)) - 1];
    EXPECT_NEAR(DivergenceQuantile(histogram, p) / exact, 1, 0.008) << p;
  }
}

TEST(DivergenceTest, TokensWithoutDivergenceHaveAQuantileOfZero) {
  EXPECT_EQ(DivergenceQuantile({{DivergenceBin(0), 10}}, 0.99), 0);
}

TEST(DivergenceTest, AHistogramSurvivesItsFields) {
  const DivergenceHistogram histogram = {{3, 1}, {70, 5}};
  Divergence divergence;
  SetHistogram(histogram, divergence);
  EXPECT_EQ(HistogramOf(divergence), histogram);
}

// Three windows of 2, 2 and 4 tokens in two documents.
Measurement SmallMeasurement() {
  Measurement m;
  const double nll[] = {2, 4, 10};
  const double kl[] = {0.2, 0.4, 0.2};
  for (int i = 0; i < 3; ++i) {
    m.add_window_nll_nats(nll[i]);
    m.add_window_tokens(i == 2 ? 4 : 2);
    Divergence& d = *m.mutable_divergence();
    d.add_window_kl_nats(kl[i]);
    d.add_window_max_kl_nats(kl[i] / 2);
    d.add_window_top1_agreements(2);
    d.add_window_probability_changes(-0.2);
    d.add_window_squared_probability_changes(0.02);
    m.add_window_documents(i == 2 ? 1 : 0);
  }
  SetHistogram({{DivergenceBin(0.1), 6}, {DivergenceBin(0.2), 2}},
               *m.mutable_divergence());
  return m;
}

const Metric& Find(const Measurement& m, const std::string& name) {
  for (const Metric& metric : m.metrics()) {
    if (metric.name() == name) return metric;
  }
  ADD_FAILURE() << "no metric " << name;
  return Metric::default_instance();
}

// Documents of 4 tokens each: KL 0.6 and 0.2, mean 0.1, residuals 0.2 and
// -0.2: sqrt(2 * 0.08) / 8 = 0.05. NLL 6 and 10: 2, residuals -2 and 2:
// sqrt(2 * 8) / 8 = 0.5.
TEST(DivergenceTest, MetricsAreOverDocuments) {
  Measurement m = SmallMeasurement();
  ASSERT_THAT(FillMetrics(m), IsOk());
  EXPECT_EQ(m.metrics_size(), 9);
  const Metric& kl = Find(m, "kl_divergence_mean_nats");
  EXPECT_NEAR(kl.value(), 0.1, 1e-15);
  EXPECT_NEAR(kl.standard_error(), 0.05, 1e-15);
  EXPECT_EQ(kl.unit(), "nats");
  EXPECT_EQ(kl.documents(), 2);
  EXPECT_NEAR(Find(m, "perplexity").value(), std::exp(2.0), 1e-12);
  EXPECT_NEAR(Find(m, "perplexity").standard_error(), std::exp(2.0) / 2, 1e-12);
  EXPECT_NEAR(Find(m, "kl_divergence_median_nats").value(), 0.1, 0.001);
  EXPECT_FALSE(Find(m, "kl_divergence_median_nats").has_standard_error());
  EXPECT_NEAR(Find(m, "kl_divergence_p90_nats").value(), 0.2, 0.002);
  EXPECT_EQ(Find(m, "kl_divergence_max_nats").value(), 0.2);
  EXPECT_EQ(Find(m, "top1_agreement").value(), 0.75);
  EXPECT_NEAR(Find(m, "probability_change_mean").value(), -0.075, 1e-15);
  EXPECT_NEAR(Find(m, "probability_change_rms").value(), std::sqrt(0.0075),
              1e-15);
}

TEST(DivergenceTest, WithoutADivergenceThereIsOnlyPerplexity) {
  Measurement m = SmallMeasurement();
  m.clear_divergence();
  ASSERT_THAT(FillMetrics(m), IsOk());
  ASSERT_EQ(m.metrics_size(), 1);
  EXPECT_EQ(m.metrics(0).name(), "perplexity");
}

TEST(DivergenceTest, RefusesDivergencesThatCannotBe) {
  Measurement m = SmallMeasurement();
  m.mutable_divergence()->add_window_kl_nats(1);
  EXPECT_THAT(FillMetrics(m), FailsSaying("4 values for 3 windows"));
  m = SmallMeasurement();
  m.mutable_divergence()->set_window_kl_nats(1, -1);
  EXPECT_THAT(FillMetrics(m), FailsSaying("divergence of window 1: -1 nats"));
  m = SmallMeasurement();
  m.mutable_divergence()->set_kl_bin_tokens(0, 7);
  EXPECT_THAT(FillMetrics(m), FailsSaying("histogram"));
  m = SmallMeasurement();
  m.set_window_documents(0, 5);
  EXPECT_THAT(FillMetrics(m), FailsSaying("window_documents has 3"));
}

}  // namespace
}  // namespace quant_curve
