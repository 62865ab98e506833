#include "lib/calibration/histogram.h"

#include <cmath>

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

}  // namespace
}  // namespace quant_curve
