#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/calibration/hessian.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/calibration/outer_products.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

// Registers hold a tile of sums, as in lib/numerics/gemm.cc.
constexpr int kTileRows = 6;
#if HWY_TARGET == HWY_AVX2
constexpr int kTileVectors = 2;
#else
constexpr int kTileVectors = 4;
#endif

// Rows of x between two visits to a tile: the triangle of a wide input fits in
// no cache.
constexpr int64_t kBlockTerms = 128;

int64_t TileColumns() {
  return kTileVectors * static_cast<int64_t>(hn::Lanes(D()));
}

// Adds the products of `terms` rows of x to kTileRows rows of sums, each of
// TileColumns(). left is [kTileRows, terms], right [terms, TileColumns()].
//
// A product of two floats is exact in double: fused or not, a term rounds once.
void AddTile(int64_t terms, const double* HWY_RESTRICT left,
             const double* HWY_RESTRICT right, double* const* sums) {
  const D d;
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  V tile[kTileRows][kTileVectors];
  for (int i = 0; i < kTileRows; ++i) {
    for (int v = 0; v < kTileVectors; ++v) {
      tile[i][v] = hn::LoadU(d, sums[i] + v * width);
    }
  }
  for (int64_t term = 0; term < terms; ++term) {
    V factor[kTileVectors];
    for (int v = 0; v < kTileVectors; ++v) {
      factor[v] = hn::LoadU(d, right + (term * kTileVectors + v) * width);
    }
    for (int i = 0; i < kTileRows; ++i) {
      const V x = hn::Set(d, left[i * terms + term]);
      for (int v = 0; v < kTileVectors; ++v) {
        tile[i][v] = hn::MulAdd(x, factor[v], tile[i][v]);
      }
    }
  }
  for (int i = 0; i < kTileRows; ++i) {
    for (int v = 0; v < kTileVectors; ++v) {
      hn::StoreU(tile[i][v], d, sums[i] + v * width);
    }
  }
}

// The triangle's rows [first_row, + kTileRows), columns [first_column, +
// TileColumns()). What of them does not exist, below the diagonal or beyond n,
// is computed aside and forgotten.
void AddAt(int64_t first_row, int64_t first_column, int64_t n, int64_t terms,
           const double* left, const double* right, double* sums) {
  const int64_t columns = TileColumns();
  double* rows[kTileRows];
  if (first_row + kTileRows <= first_column + 1 &&
      first_column + columns <= n) {
    for (int64_t i = 0; i < kTileRows; ++i) {
      const int64_t row = first_row + i;
      rows[i] = sums + TriangleRow(row, n) + first_column - row;
    }
    AddTile(terms, left, right, rows);
    return;
  }
  double aside[kTileRows * kTileVectors * hn::MaxLanes(D())] = {};
  for (int64_t i = 0; i < kTileRows; ++i) rows[i] = aside + i * columns;
  // f(element of the triangle, element aside) for all that exist in both.
  const auto for_each = [&](auto f) {
    const int64_t end = std::min(n, first_column + columns);
    for (int64_t i = first_row; i < std::min(n, first_row + kTileRows); ++i) {
      double* row = sums + TriangleRow(i, n) - i;
      for (int64_t j = std::max(i, first_column); j < end; ++j) {
        f(row[j], rows[i - first_row][j - first_column]);
      }
    }
  };
  for_each([](double sum, double& copy) { copy = sum; });
  AddTile(terms, left, right, rows);
  for_each([](double& sum, double copy) { sum = copy; });
}

// Adds rows [0, terms) of x.
void AddBlock(const float* x, int64_t terms, int64_t n, double* sums) {
  const int64_t columns = TileColumns();
  // x transposed, and a panel of it as it is; zeros where it ends.
  std::vector<double> left((n + kTileRows - 1) / kTileRows * kTileRows * terms);
  std::vector<double> right(terms * columns);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t term = 0; term < terms; ++term) {
      left[i * terms + term] = x[term * n + i];
    }
  }
  for (int64_t column = 0; column < n; column += columns) {
    for (int64_t term = 0; term < terms; ++term) {
      for (int64_t j = 0; j < columns; ++j) {
        right[term * columns + j] =
            column + j < n ? x[term * n + column + j] : 0;
      }
    }
    const int64_t end = std::min(n, column + columns);
    for (int64_t row = 0; row < end; row += kTileRows) {
      AddAt(row, column, n, terms, &left[row * terms], right.data(), sums);
    }
  }
}

void AddOuterProductsKernel(const float* x, int64_t rows, int64_t n,
                            double* sums) {
  for (int64_t first = 0; first < rows; first += kBlockTerms) {
    AddBlock(x + first * n, std::min(kBlockTerms, rows - first), n, sums);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(AddOuterProductsKernel);

void AddOuterProducts(const float* x, int64_t rows, int64_t n, double* sums) {
  HWY_DYNAMIC_DISPATCH(AddOuterProductsKernel)(x, rows, n, sums);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
