#include "lib/numerics/cross_products.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "lib/numerics/outer_products.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

std::vector<float> RandomFloats(int64_t size, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(size);
  for (float& value : values)
    value = static_cast<float>(random.Uniform() - 0.5);
  return values;
}

// Sizes around a tile of rows and a block of terms.
TEST(CrossProductsTest, EveryElementIsItsOrderedSum) {
  for (const int64_t n : {1, 31, 33, 70}) {
    for (const int64_t rows : {1, 63, 64, 65, 130}) {
      const std::vector<float> x = RandomFloats(rows * n, n);
      const std::vector<float> y = RandomFloats(rows * n, rows + 100);
      std::vector<double> sums(n * n, 0.25);
      AddCrossProducts(x.data(), y.data(), rows, n, sums.data());
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double expected = 0.25;
          for (int64_t block = 0; block < rows; block += 64) {
            float sum = 0;
            for (int64_t t = block; t < std::min(rows, block + 64); ++t) {
              sum = std::fma(x[t * n + i], y[t * n + j], sum);
            }
            expected += sum;
          }
          ASSERT_EQ(sums[i * n + j], expected) << n << " " << rows;
        }
      }
    }
  }
}

TEST(CrossProductsTest, OfAMatrixWithItselfTheyAreItsOuterProducts) {
  constexpr int64_t kRows = 200, kN = 37;
  const std::vector<float> x = RandomFloats(kRows * kN, 3);
  std::vector<double> square(kN * kN), triangle(TriangleSize(kN));
  AddCrossProducts(x.data(), x.data(), kRows, kN, square.data());
  AddOuterProducts(x.data(), kRows, kN, triangle.data());
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t j = i; j < kN; ++j) {
      EXPECT_EQ(square[i * kN + j], triangle[TriangleRow(i, kN) + j - i]);
    }
  }
}

}  // namespace
}  // namespace quant_curve
