#include "tools/import/rotary_layout.h"

#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(RotaryLayoutTest, EvenRowsComeBeforeOddRowsInEveryHead) {
  // Two heads of four rows; an element is its row, twice.
  const std::vector<float> weight = {0, 0, 1, 1, 2, 2, 3, 3,
                                     4, 4, 5, 5, 6, 6, 7, 7};
  EXPECT_THAT(HalvesFromInterleaved(weight, 2, 4, 2),
              ElementsAre(0, 0, 2, 2, 1, 1, 3, 3, 4, 4, 6, 6, 5, 5, 7, 7));
}

// Turns the pair (x[a], x[b]) by `angle`.
void Turn(double angle, size_t a, size_t b, std::vector<double>& x) {
  const double turned = x[a] * std::cos(angle) - x[b] * std::sin(angle);
  x[b] = x[a] * std::sin(angle) + x[b] * std::cos(angle);
  x[a] = turned;
}

TEST(RotaryLayoutTest, ScoresOfTurnedQueriesAndKeysStay) {
  // A head of size 6 and inputs of one number: the columns are q and k.
  const std::vector<float> q = {1, 2, 3, 4, 5, 6}, k = {2, -1, 0, 3, 1, 4};
  const auto q_halves = HalvesFromInterleaved(q, 1, 6, 1);
  const auto k_halves = HalvesFromInterleaved(k, 1, 6, 1);
  std::vector<double> qa(q.begin(), q.end()), ka(k.begin(), k.end());
  std::vector<double> qb(q_halves.begin(), q_halves.end());
  std::vector<double> kb(k_halves.begin(), k_halves.end());
  const double frequency[] = {1, 0.1, 0.01};
  for (size_t i = 0; i < 3; ++i) {  // q at position 5, k at position 2
    Turn(5 * frequency[i], 2 * i, 2 * i + 1, qa);
    Turn(2 * frequency[i], 2 * i, 2 * i + 1, ka);
    Turn(5 * frequency[i], i, i + 3, qb);
    Turn(2 * frequency[i], i, i + 3, kb);
  }
  double a = 0, b = 0;
  for (size_t i = 0; i < 6; ++i) {
    a += qa[i] * ka[i];
    b += qb[i] * kb[i];
  }
  EXPECT_NEAR(a, b, 1e-12);
}

}  // namespace
}  // namespace quant_curve
