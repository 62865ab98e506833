#include "lib/measurement/sampling.h"

#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Windows of `tokens`, in the given documents.
Measurement MakeMeasurement(const std::vector<uint32_t>& tokens,
                            const std::vector<uint32_t>& documents) {
  Measurement m;
  m.mutable_window_tokens()->Add(tokens.begin(), tokens.end());
  m.mutable_window_documents()->Add(documents.begin(), documents.end());
  return m;
}

// Documents of 4 and 4 tokens with sums 6 and 10: 2 per token, residuals -2 and
// 2: sqrt(2 * 8) / 8 = 0.5.
TEST(SamplingTest, ErrorsAreOverDocuments) {
  const WindowSums sums(MakeMeasurement({2, 2, 4}, {0, 0, 1}));
  EXPECT_EQ(sums.units(), 2);
  const Estimate estimate = sums.PerToken(std::vector<double>{2, 4, 10});
  EXPECT_EQ(estimate.value, 2);
  EXPECT_NEAR(estimate.standard_error, 0.5, 1e-15);
}

TEST(SamplingTest, OneDocumentIsAStreamOfWindows) {
  const WindowSums one(MakeMeasurement({2, 2, 4}, {7, 7, 7}));
  const WindowSums stream(MakeMeasurement({2, 2, 4}, {}));
  EXPECT_EQ(one.units(), 3);
  const std::vector<double> values = {2, 4, 10};
  EXPECT_EQ(one.PerToken(values).standard_error,
            stream.PerToken(values).standard_error);
  EXPECT_GT(one.PerToken(values).standard_error, 0);
}

TEST(SamplingTest, DocumentsOutOfOrderAreRefused) {
  EXPECT_THAT(CheckWindowDocuments(MakeMeasurement({2, 2}, {})), IsOk());
  EXPECT_THAT(CheckWindowDocuments(MakeMeasurement({2, 2}, {1, 0})),
              FailsSaying("rising order"));
  EXPECT_THAT(CheckWindowDocuments(MakeMeasurement({2, 2}, {0})),
              FailsSaying("1 numbers for 2 windows"));
}

TEST(SamplingTest, DocumentsAreTheUnitsIfThereAreSome) {
  const SamplingUnits units =
      MakeSamplingUnits(MakeMeasurement({2, 2, 4}, {0, 0, 1}), {{1, 2, 3}});
  EXPECT_THAT(units.unit_of_window, ElementsAre(0, 0, 1));
  EXPECT_EQ(units.block_windows, 0);
}

// Of three series one does not depend on its neighbours, one does over many
// windows, and one is 0: the median of the first two is the longer one.
TEST(SamplingTest, BlocksAreAsLongAsTheMedianOfTheSeries) {
  constexpr int kWindows = 400;
  Random random(1);
  std::vector<double> independent, dependent;
  double state = 0;
  for (int i = 0; i < kWindows; ++i) {
    independent.push_back(Normal(random));
    state = 0.9 * state + Normal(random);
    dependent.push_back(state);
  }
  const Measurement m =
      MakeMeasurement(std::vector<uint32_t>(kWindows, 10), {});
  const std::vector<double> zero(kWindows);
  EXPECT_EQ(MakeSamplingUnits(m, {zero, independent}).block_windows, 1);
  const SamplingUnits units =
      MakeSamplingUnits(m, {zero, independent, dependent});
  EXPECT_GE(units.block_windows, 8);
  EXPECT_EQ(units.unit_of_window.back(), (kWindows - 1) / units.block_windows);
  EXPECT_EQ(
      MakeSamplingUnits(m, {independent, dependent, independent}).block_windows,
      1);
  EXPECT_EQ(MakeSamplingUnits(m, {zero}).block_windows, 1);
}

}  // namespace
}  // namespace quant_curve
