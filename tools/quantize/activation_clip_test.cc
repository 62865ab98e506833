#include "tools/quantize/activation_clip.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

// |x| < 0.5: 10; to 0.5 * sqrt 2: 20; to 1: 30; to sqrt 2: 40; open: 0.
MagnitudeHistogram Histogram() {
  MagnitudeHistogram histogram;
  for (const uint64_t count : {10, 20, 30, 40, 0}) histogram.add_counts(count);
  histogram.set_smallest(0.5);
  histogram.set_bins_per_octave(2);
  histogram.set_max_magnitude(1.25);
  return histogram;
}

float Clip(double percentile) {
  return ActivationClip(Histogram(), percentile).value();
}

TEST(ActivationClipTest, TheBinThatReachesThePercentileDecides) {
  EXPECT_EQ(Clip(10), 0.5f);
  EXPECT_FLOAT_EQ(Clip(10.5), 0.70710678f);
  EXPECT_EQ(Clip(60), 1.0f);
}

TEST(ActivationClipTest, NoClipIsAboveTheLargestMagnitude) {
  EXPECT_EQ(Clip(61), 1.25f);
  EXPECT_EQ(Clip(100), 1.25f);
}

TEST(ActivationClipTest, TheOpenBinEndsAtTheLargestMagnitude) {
  MagnitudeHistogram histogram = Histogram();
  histogram.set_counts(4, 5);
  histogram.set_max_magnitude(9);
  ASSERT_OK_AND_ASSIGN(const float clip, ActivationClip(histogram, 100));
  EXPECT_EQ(clip, 9.0f);
}

TEST(ActivationClipTest, InputsOfZeroHaveNoClip) {
  MagnitudeHistogram histogram;
  histogram.add_counts(100);
  histogram.add_counts(0);
  histogram.set_smallest(0.5);
  histogram.set_bins_per_octave(2);
  ASSERT_OK_AND_ASSIGN(const float clip, ActivationClip(histogram, 99));
  EXPECT_EQ(clip, 0);
}

TEST(ActivationClipTest, AnEmptyOrMalformedHistogramIsRefused) {
  EXPECT_THAT(ActivationClip(MagnitudeHistogram(), 99),
              FailsSaying("histogram of 0 magnitudes"));
  MagnitudeHistogram histogram = Histogram();
  histogram.set_smallest(0);
  EXPECT_THAT(ActivationClip(histogram, 99), FailsSaying("smallest 0"));
  histogram = Histogram();
  histogram.set_bins_per_octave(0);
  EXPECT_THAT(ActivationClip(histogram, 99), FailsSaying("0 bins an octave"));
}

}  // namespace
}  // namespace quant_curve
