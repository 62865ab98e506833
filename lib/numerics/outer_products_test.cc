#include "lib/numerics/outer_products.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::vector<float> RandomRows(int64_t rows, int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<float> x(rows * n);
  for (float& value : x) value = static_cast<float>(Normal(random));
  return x;
}

TEST(OuterProductsTest, SumsAreTheUpperTriangleOfOuterProducts) {
  std::vector<double> sums(TriangleSize(3));
  const float x[] = {1, 2, 3, 4, -5, 6};
  AddOuterProducts(x, 2, 3, sums.data());
  // 1 + 16, 2 - 20, 3 + 24; 4 + 25, 6 - 30; 9 + 36.
  EXPECT_THAT(sums, ElementsAre(17, -18, 27, 29, -24, 45));
}

TEST(OuterProductsTest, RowsOfTheTriangleStartAtTheDiagonal) {
  // (0, 0) … (0, 3), (1, 1) … (1, 3), (2, 2), (2, 3), (3, 3).
  EXPECT_EQ(TriangleSize(4), 10);
  EXPECT_EQ(TriangleRow(0, 4), 0);
  EXPECT_EQ(TriangleRow(1, 4), 4);
  EXPECT_EQ(TriangleRow(2, 4), 7);
  EXPECT_EQ(TriangleRow(3, 4), 9);
}

// The order that the header promises, one scalar at a time.
void AddInDocumentedOrder(const std::vector<float>& x, int64_t rows, int64_t n,
                          std::vector<double>& sums) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      double& sum = sums[TriangleRow(i, n) + j - i];
      for (int64_t first = 0; first < rows; first += 64) {
        float block = 0;
        for (int64_t k = first; k < std::min(first + 64, rows); ++k) {
          block = std::fma(x[k * n + i], x[k * n + j], block);
        }
        sum += block;
      }
    }
  }
}

// Around the edges of the kernel's tiles, panels, groups of panels, blocks and
// passes.
TEST(OuterProductsTest, EveryShapeAndInstructionSetGivesTheDocumentedBits) {
  struct Shape {
    std::vector<int64_t> widths, rows;
  };
  const Shape shapes[] = {{{1, 3, 8, 15, 16, 17, 33, 47, 48, 49, 64, 95, 100},
                           {1, 63, 64, 65, 200}},
                          {{191, 192, 193, 250}, {70}},
                          {{20, 50}, {1023, 1024, 1100, 2050}}};
  for (const Shape& shape : shapes) {
    for (const int64_t n : shape.widths) {
      for (const int64_t rows : shape.rows) {
        const std::vector<float> x = RandomRows(rows, n, 5);
        std::vector<double> expected(TriangleSize(n), 0.1);
        AddInDocumentedOrder(x, rows, n, expected);
        for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
          hwy::SetSupportedTargetsForTest(target);
          std::vector<double> sums(TriangleSize(n), 0.1);
          AddOuterProducts(x.data(), rows, n, sums.data());
          EXPECT_EQ(sums, expected) << n << " columns, " << rows << " rows, "
                                    << hwy::TargetName(target);
        }
        hwy::SetSupportedTargetsForTest(0);
      }
    }
  }
}

TEST(OuterProductsTest, NothingIsAddedWithoutRows) {
  std::vector<double> sums(TriangleSize(50), 0.1);
  AddOuterProducts(nullptr, 0, 50, sums.data());
  EXPECT_EQ(sums, std::vector<double>(TriangleSize(50), 0.1));
}

// 4096^2 = 2^24, above which float32 has no odd numbers: the ones of the same
// block are lost, the next block starts from 0 again.
TEST(OuterProductsTest, ABlockOf64RowsIsSummedInFloat32) {
  std::vector<float> x(128, 1.0f);
  x[0] = 4096;
  double sum = 0;
  AddOuterProducts(x.data(), 128, 1, &sum);
  EXPECT_EQ(sum, 0x1p24 + 64);
}

TEST(OuterProductsTest, OnlyACutBetweenBlocksKeepsTheBits) {
  constexpr int64_t kRows = 200, kColumns = 30;
  const std::vector<float> x = RandomRows(kRows, kColumns, 6);
  const auto cut_at = [&](int64_t row) {
    std::vector<double> sums(TriangleSize(kColumns));
    AddOuterProducts(x.data(), row, kColumns, sums.data());
    AddOuterProducts(&x[row * kColumns], kRows - row, kColumns, sums.data());
    return sums;
  };
  EXPECT_EQ(cut_at(64), cut_at(0));
  EXPECT_EQ(cut_at(128), cut_at(0));
  EXPECT_NE(cut_at(100), cut_at(0));
}

// Sums of x_i x_j and of |x_i x_j| in double, element (i, j) at i * n + j.
struct DoubleSums {
  std::vector<double> products, magnitudes;
};

DoubleSums SumInDouble(const std::vector<float>& x, int64_t rows, int64_t n) {
  DoubleSums sums = {std::vector<double>(n * n), std::vector<double>(n * n)};
  for (int64_t k = 0; k < rows; ++k) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        const double product = double{x[k * n + i]} * x[k * n + j];
        sums.products[i * n + j] += product;
        sums.magnitudes[i * n + j] += std::abs(product);
      }
    }
  }
  return sums;
}

// Largest |element - double| / sum of |x_i x_j| over the triangle.
double LargestError(const std::vector<float>& x, int64_t rows, int64_t n) {
  std::vector<double> sums(TriangleSize(n));
  AddOuterProducts(x.data(), rows, n, sums.data());
  const DoubleSums expected = SumInDouble(x, rows, n);
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      const double error =
          sums[TriangleRow(i, n) + j - i] - expected.products[i * n + j];
      largest =
          std::max(largest, std::abs(error) / expected.magnitudes[i * n + j]);
    }
  }
  return largest;
}

// Step k of a block rounds the sum of k products, which is at most the sum m of
// the block's magnitudes, by a relative 2^-24 at most. 64 steps: 64 u m, and as
// the rounded sums are what is rounded, 64 u / (1 - 64 u) m (Higham, Accuracy
// and Stability of Numerical Algorithms, lemma 3.1). The double additions here
// and in the expected sums stay below 2^-40 for these few terms.
constexpr double kUnit = 0x1p-24;
constexpr double kErrorBound = 64 * kUnit / (1 - 64 * kUnit) + 0x1p-40;

TEST(OuterProductsTest, ErrorsStayWithinTheDerivedBound) {
  const int64_t rows = 1000, n = 40;
  EXPECT_LT(LargestError(RandomRows(rows, n, 7), rows, n), kErrorBound);
  // The worst kind: one large product that the rest of its block vanishes
  // under, and always to the same side.
  std::vector<float> x(rows, 1.0f);
  for (int64_t k = 0; k < rows; k += 64) x[k] = 4096;
  const double error = LargestError(x, rows, 1);
  EXPECT_LT(error, kErrorBound);
  EXPECT_GT(error, 0.9 * kErrorBound);
}

// What the blocks cost where errors are as chance has them. Sums of squares
// grow evenly, S_k = k S / 64; each rounding's error is spread over at most
// +-2^-24 S_k, a standard deviation of 2^-24 S_k / sqrt(3). Together:
//   2^-24 / sqrt(3) * sqrt(sum_k S_k^2) = 2^-24 / sqrt(3) * S sqrt(64 / 3),
// and relative to the sum of b blocks that err apart
//   2^-24 * sqrt(64) / (3 sqrt(b)).
// A sequence of 1024 tokens has 16 blocks: 4.0e-8. That is less than what
// rounding x to float32 may change in a single square, 2^-24 = 6.0e-8; 128 such
// sequences have 2048 blocks: 3.5e-9.
TEST(OuterProductsTest, ASequenceLosesLessThanTheRoundingOfOneSquare) {
  constexpr int64_t kRows = 1024, kColumns = 200;
  const std::vector<float> x = RandomRows(kRows, kColumns, 8);
  std::vector<double> sums(TriangleSize(kColumns));
  AddOuterProducts(x.data(), kRows, kColumns, sums.data());
  const DoubleSums expected = SumInDouble(x, kRows, kColumns);
  double diagonal = 0, others = 0;
  for (int64_t i = 0; i < kColumns; ++i) {
    const double square = expected.products[i * kColumns + i];
    for (int64_t j = i; j < kColumns; ++j) {
      const double error = sums[TriangleRow(i, kColumns) + j - i] -
                           expected.products[i * kColumns + j];
      const double scale =
          std::sqrt(square * expected.products[j * kColumns + j]);
      (i == j ? diagonal : others) += error * error / (scale * scale);
    }
  }
  const double pairs = kColumns * (kColumns - 1) / 2;
  const double blocks = kRows / 64.0;
  const double predicted = kUnit * std::sqrt(64.0) / (3 * std::sqrt(blocks));
  EXPECT_LT(std::sqrt(diagonal / kColumns), predicted);
  EXPECT_GT(std::sqrt(diagonal / kColumns), predicted / 4);
  // Sums of products of either sign stay small, and so do their errors.
  EXPECT_LT(std::sqrt(others / pairs), predicted / 4);
}

}  // namespace
}  // namespace quant_curve
