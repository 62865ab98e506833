#include "tools/quantize/cholesky.h"

#include <cmath>

#include "Eigen/Dense"
#include "gtest/gtest.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

// Around the strips of 12 rows, the panels of 96 and the tasks of 192 columns;
// the last has several of each, tasks of 48 rows and tiles of 256 columns, too.
constexpr uint64_t kSizes[] = {1, 12, 13, 95, 96, 97, 192, 193, 400};

Matrix WellConditioned(uint64_t size) {
  Matrix a = RandomHessian(size, 7);
  for (uint64_t i = 0; i < size; ++i) a.Row(i)[i] += 0.1;
  return a;
}

// A = [[5, 6], [6, 9]]: L = [[1, 0], [2, 3]] since L^T L =
// [[1 + 4, 6], [6, 9]]. (L^T)^-1 = [[1, 2], [0, 3]]^-1 = [[1, -2/3], [0, 1/3]].
TEST(CholeskyTest, FactorsTwoByTwoByHand) {
  ThreadPool pool(1);
  Matrix a(2, 2);
  a.values = {5, 6, 6, 9};
  ASSERT_TRUE(FactorFromTheEnd(a, pool));
  EXPECT_EQ(a.Row(1)[1], 3);
  EXPECT_EQ(a.Row(1)[0], 2);
  EXPECT_EQ(a.Row(0)[0], 1);
  const Matrix upper = InvertTransposed(a, pool);
  EXPECT_EQ(upper.Row(0)[0], 1);
  EXPECT_DOUBLE_EQ(upper.Row(0)[1], -2.0 / 3);
  EXPECT_EQ(upper.Row(1)[0], 0);
  EXPECT_DOUBLE_EQ(upper.Row(1)[1], 1.0 / 3);
}

// A B, or A B^T.
Matrix Product(const Matrix& a, const Matrix& b, bool transpose_b) {
  Matrix product(a.rows, transpose_b ? b.rows : b.columns);
  for (uint64_t i = 0; i < product.rows; ++i) {
    for (uint64_t j = 0; j < product.columns; ++j) {
      for (uint64_t k = 0; k < a.columns; ++k) {
        product.Row(i)[j] +=
            a.Row(i)[k] * (transpose_b ? b.Row(j)[k] : b.Row(k)[j]);
      }
    }
  }
  return product;
}

// A power of two scales every step exactly: L(c^2 A) = c L(A) to the bit. What
// is a pivot and what is rounding does not depend on the matrix's unit.
TEST(CholeskyTest, ASmallMatrixIsFactoredLikeALargeOne) {
  ThreadPool pool(1);
  const Matrix a = WellConditioned(13);
  Matrix lower = a;
  ASSERT_TRUE(FactorFromTheEnd(lower, pool));
  for (const double root : {0x1p-40, 0x1p40}) {
    Matrix scaled = a;
    for (double& value : scaled.values) value *= root * root;
    ASSERT_TRUE(FactorFromTheEnd(scaled, pool)) << root;
    for (uint64_t i = 0; i < 13; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        EXPECT_EQ(scaled.Row(i)[j], root * lower.Row(i)[j]);
      }
    }
  }
}

// [[1, 1], [1, 1 + e]]: the last pivot is e / (1 + e) of its diagonal element.
TEST(CholeskyTest, APivotOfRoundingIsRefusedAtEveryScale) {
  ThreadPool pool(1);
  for (const double scale : {0x1p-80, 1.0, 0x1p80}) {
    Matrix rounding(2, 2);
    rounding.values = {scale, scale, scale, scale * (1 + 0x1p-42)};
    EXPECT_FALSE(FactorFromTheEnd(rounding, pool)) << scale;
    Matrix pivot(2, 2);
    pivot.values = {scale, scale, scale, scale * (1 + 0x1p-38)};
    EXPECT_TRUE(FactorFromTheEnd(pivot, pool)) << scale;
  }
}

// U A U^T = U L^T L U^T = I.
TEST(CholeskyTest, TheFactorWhitensTheMatrix) {
  ThreadPool pool(2);
  for (const uint64_t size : kSizes) {
    const Matrix a = WellConditioned(size);
    Matrix lower = a;
    ASSERT_TRUE(FactorFromTheEnd(lower, pool));
    const Matrix upper = InvertTransposed(lower, pool);
    const Matrix identity =
        Product(Product(upper, a, false), upper, /*transpose_b=*/true);
    for (uint64_t i = 0; i < size; ++i) {
      for (uint64_t j = 0; j < size; ++j) {
        ASSERT_NEAR(identity.Row(i)[j], i == j ? 1 : 0, 1e-10)
            << size << ": " << i << ", " << j;
        ASSERT_TRUE(j >= i || upper.Row(i)[j] == 0);
      }
    }
  }
}

// The definition, by another library: Eigen's factor of Eigen's inverse.
TEST(CholeskyTest, TheFactorIsThatOfTheInverse) {
  ThreadPool pool(2);
  for (const uint64_t size : {64, 172}) {
    const Matrix a = WellConditioned(size);
    const Eigen::MatrixXd inverse =
        Eigen::Map<const Eigen::MatrixXd>(a.values.data(), size, size)
            .inverse();
    const Eigen::MatrixXd expected = inverse.llt().matrixU();
    Matrix lower = a;
    ASSERT_TRUE(FactorFromTheEnd(lower, pool));
    const Matrix upper = InvertTransposed(lower, pool);
    for (uint64_t i = 0; i < size; ++i) {
      for (uint64_t j = 0; j < size; ++j) {
        ASSERT_NEAR(upper.Row(i)[j], expected(i, j), 1e-9);
      }
    }
  }
}

TEST(CholeskyTest, AnIndefiniteMatrixIsRefused) {
  ThreadPool pool(1);
  Matrix a(2, 2);
  a.values = {1, 2, 2, 1};
  EXPECT_FALSE(FactorFromTheEnd(a, pool));
  a.values = {1, 1, 1, 1};
  EXPECT_FALSE(FactorFromTheEnd(a, pool));
  a.values = {1, 0, 0, NAN};
  EXPECT_FALSE(FactorFromTheEnd(a, pool));
}

TEST(CholeskyTest, ThreadsDoNotChangeTheBits) {
  const Matrix a = WellConditioned(300);
  Matrix first;
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    Matrix lower = a;
    ASSERT_TRUE(FactorFromTheEnd(lower, pool));
    const Matrix upper = InvertTransposed(lower, pool);
    if (threads == 1) first = upper;
    EXPECT_EQ(upper.values, first.values) << threads;
  }
}

// Unblocked, row after row: L of A = L^T L, zero above the diagonal.
Matrix PlainFactor(const Matrix& a) {
  const uint64_t size = a.rows;
  Matrix rest = a;
  Matrix lower(size, size);
  for (uint64_t k = size; k-- > 0;) {
    const double pivot = std::sqrt(rest.Row(k)[k]);
    lower.Row(k)[k] = pivot;
    for (uint64_t j = 0; j < k; ++j) lower.Row(k)[j] = rest.Row(k)[j] / pivot;
    for (uint64_t i = 0; i < k; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        rest.Row(i)[j] =
            std::fma(-lower.Row(k)[i], lower.Row(k)[j], rest.Row(i)[j]);
      }
    }
  }
  return lower;
}

// Unblocked, element after element: back substitution in L^T U = I, that is
// U_ij = (delta_ij - sum_k L_ki U_kj) / L_ii over k = j, ..., i + 1.
Matrix PlainInverseTransposed(const Matrix& lower) {
  Matrix upper(lower.rows, lower.rows);
  for (uint64_t j = 0; j < lower.rows; ++j) {
    for (uint64_t i = j + 1; i-- > 0;) {
      double sum = i == j ? 1 : 0;
      for (uint64_t k = j; k > i; --k) {
        sum = std::fma(-lower.Row(k)[i], upper.Row(k)[j], sum);
      }
      upper.Row(i)[j] = sum / lower.Row(i)[i];
    }
  }
  return upper;
}

// The blocks are a matter of speed: term after term, unblocked, gives the bits.
TEST(CholeskyTest, TheBitsAreThoseOfTheUnblockedAlgorithm) {
  ThreadPool pool(2);
  for (const uint64_t size : kSizes) {
    SCOPED_TRACE(size);
    const Matrix a = WellConditioned(size);
    const Matrix expected = PlainFactor(a);
    Matrix lower = a;
    ASSERT_TRUE(FactorFromTheEnd(lower, pool));
    for (uint64_t i = 0; i < size; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        ASSERT_EQ(lower.Row(i)[j], expected.Row(i)[j]) << i << ", " << j;
      }
    }
    EXPECT_EQ(InvertTransposed(lower, pool).values,
              PlainInverseTransposed(expected).values);
  }
}

}  // namespace
}  // namespace quant_curve
