#include "lib/calibration/histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(HistogramTest, ValuesFallBetweenTheEdgesOfTheirBin) {
  MagnitudeCounter counter;
  const float x[] = {-1.0f, 1.04f, 1.05f, 0.0f, 5000.0f};
  counter.Add(x, 5);
  const MagnitudeHistogram histogram = counter.ToProto();
  // Bin 1 + 16 * 20 starts at 2^0; the next edge is 2^(1/16) = 1.0443.
  EXPECT_EQ(histogram.counts(321), 2);
  EXPECT_EQ(histogram.counts(322), 1);
  EXPECT_EQ(histogram.counts(0), 1);                            // below 2^-20
  EXPECT_EQ(histogram.counts(histogram.counts_size() - 1), 1);  // above 2^12
  EXPECT_EQ(histogram.max_magnitude(), 5000);
}

// Each edge, its neighbours and what lies between, against the definition.
TEST(HistogramTest, EveryBinBeginsAtItsEdge) {
  std::vector<float> edges;
  for (int i = 0; i <= 512; ++i) {
    edges.push_back(static_cast<float>(0x1p-20 * std::exp2(i / 16.0)));
  }
  std::vector<float> x = {0.0f, 1e-45f, 1e38f, INFINITY, NAN};
  for (const float edge : edges) {
    x.push_back(-edge);
    x.push_back(std::nextafter(edge, 0.0f));
    x.push_back(std::nextafter(edge, INFINITY));
    x.push_back(1.02f * edge);
  }
  std::vector<uint64_t> expected(514);
  for (const float value : x) {
    ++expected[std::upper_bound(edges.begin(), edges.end(), std::abs(value)) -
               edges.begin()];
  }
  MagnitudeCounter counter;
  counter.Add(x.data(), static_cast<int64_t>(x.size()));
  const MagnitudeHistogram histogram = counter.ToProto();
  EXPECT_THAT(histogram.counts(), ::testing::ElementsAreArray(expected));
}

}  // namespace
}  // namespace quant_curve
