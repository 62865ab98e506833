#include "lib/numerics/gemm.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

template <class T>
std::vector<T> RandomValues(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<T> values(n);
  for (T& value : values) value = random.Uniform() * 2 - 1;
  return values;
}

// The order that the header promises, one scalar at a time.
void Reference(int64_t m, int64_t n, int64_t k, LeftMatrix a, const float* b,
               int64_t b_stride, float* c, int64_t c_stride, bool accumulate) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      float sum = accumulate ? c[i * c_stride + j] : 0.0f;
      for (int64_t t = 0; t < k; ++t) {
        sum = std::fma(a.data[i * a.row_stride + t * a.column_stride],
                       b[t * b_stride + j], sum);
      }
      c[i * c_stride + j] = sum;
    }
  }
}

struct Size {
  int64_t m, n, k;
};

class GemmTest : public ::testing::TestWithParam<Size> {
 protected:
  void ExpectTheReferencesBits(bool transposed, bool accumulate) {
    const auto [m, n, k] = GetParam();
    const int64_t stride = n + 3;
    const std::vector<float> a = RandomValues<float>(m * k, 1);
    const std::vector<float> b = RandomValues<float>(k * stride + n, 2);
    std::vector<float> c = RandomValues<float>(m * stride, 3);
    std::vector<float> expected = c;
    const LeftMatrix left =
        transposed ? LeftMatrix{a.data(), 1, m} : LeftMatrix{a.data(), k, 1};
    Reference(m, n, k, left, b.data(), stride, expected.data(), stride,
              accumulate);
    Gemm(m, n, k, left, b.data(), stride, c.data(), stride, accumulate);
    EXPECT_EQ(c, expected);  // what lies between the rows is untouched, too
  }
};

TEST_P(GemmTest, EveryTargetGivesTheBitsOfTheDocumentedOrder) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    ExpectTheReferencesBits(/*transposed=*/false, /*accumulate=*/false);
    ExpectTheReferencesBits(/*transposed=*/true, /*accumulate=*/false);
    ExpectTheReferencesBits(/*transposed=*/false, /*accumulate=*/true);
  }
  hwy::SetSupportedTargetsForTest(0);
}

// Rows beyond whole tiles: 0 to 5; no terms, and more than a block; columns
// next to whole vectors.
const auto kSizes = ::testing::Values(
    Size{1, 1, 1}, Size{5, 7, 3}, Size{6, 64, 64}, Size{64, 16, 64},
    Size{13, 83, 300}, Size{2, 172, 96}, Size{3, 5, 0});
INSTANTIATE_TEST_SUITE_P(Sizes, GemmTest, kSizes);

class SubtractProductTest : public ::testing::TestWithParam<Size> {};

// Rows of B and the terms of A walked backwards, as a factorization from the
// end does.
TEST_P(SubtractProductTest, EveryTargetGivesTheBitsOfTheDocumentedOrder) {
  const auto [m, n, k] = GetParam();
  const int64_t stride = n + 7;
  // The last term's; with no terms nothing is read.
  const int64_t last = std::max<int64_t>(k - 1, 0);
  const std::vector<double> a = RandomValues<double>((last + 1) * m, 5);
  const std::vector<double> b = RandomValues<double>((last + 1) * stride, 6);
  const std::vector<double> c = RandomValues<double>(m * stride, 7);
  std::vector<double> expected = c;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double& sum = expected[i * stride + j];
      for (int64_t t = k; t-- > 0;) {
        sum = std::fma(-a[t * m + i], b[t * stride + j], sum);
      }
    }
  }
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    std::vector<double> out = c;
    SubtractProduct(m, n, k, {a.data() + last * m, 1, -m},
                    b.data() + last * stride, -stride, out.data(), stride);
    EXPECT_EQ(out, expected);  // what lies between the rows is untouched, too
  }
  hwy::SetSupportedTargetsForTest(0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SubtractProductTest, kSizes);

TEST(TransposeTest, RowsBecomeColumns) {
  const std::vector<float> in = RandomValues<float>(37 * 21, 4);
  std::vector<float> out(37 * 20);
  Transpose(in.data(), 37, 20, 21, out.data());
  for (int i = 0; i < 37; ++i) {
    for (int j = 0; j < 20; ++j) EXPECT_EQ(out[j * 37 + i], in[i * 21 + j]);
  }
}

}  // namespace
}  // namespace quant_curve
