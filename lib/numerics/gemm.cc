#include "lib/numerics/gemm.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/gemm.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Registers hold a tile of kRows x kVectors sums; AVX2 has 16 of them, AVX-512
// and NEON 32.
constexpr int kTileRows = 6;
#if HWY_TARGET == HWY_AVX2
constexpr int kTileVectors = 2;
#else
constexpr int kTileVectors = 4;
#endif

// Terms summed before the tile goes back to C: keeps B's panel in the cache.
constexpr int64_t kBlockTerms = 256;

// C[kRows, kVectors * lanes] += A B, or -= with kSubtract, where C counts as
// zero with `from_zero`. With kPartial only the first `lanes` of the last
// vector exist.
template <int kRows, int kVectors, bool kPartial, bool kSubtract, class T>
void Tile(int64_t k, StridedMatrix<T> a, const T* HWY_RESTRICT b,
          int64_t b_stride, T* HWY_RESTRICT c, int64_t c_stride, bool from_zero,
          size_t lanes) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  const auto mask = hn::FirstN(d, lanes);
  const auto load = [&](const T* from, int vector) HWY_ATTR {
    const T* p = from + vector * width;
    if (kPartial && vector == kVectors - 1) return hn::MaskedLoad(mask, d, p);
    return hn::LoadU(d, p);
  };
  V sums[kRows][kVectors];
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      sums[row][v] = from_zero ? hn::Zero(d) : load(c + row * c_stride, v);
    }
  }
  for (int64_t term = 0; term < k; ++term) {
    V right[kVectors];
    for (int v = 0; v < kVectors; ++v) right[v] = load(b + term * b_stride, v);
    for (int row = 0; row < kRows; ++row) {
      const V left =
          hn::Set(d, a.data[row * a.row_stride + term * a.column_stride]);
      for (int v = 0; v < kVectors; ++v) {
        sums[row][v] = kSubtract ? hn::NegMulAdd(left, right[v], sums[row][v])
                                 : hn::MulAdd(left, right[v], sums[row][v]);
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      T* p = c + row * c_stride + v * width;
      if (kPartial && v == kVectors - 1) {
        hn::BlendedStore(sums[row][v], mask, d, p);
      } else {
        hn::StoreU(sums[row][v], d, p);
      }
    }
  }
}

// All rows of C for one panel of columns.
template <int kVectors, bool kPartial, bool kSubtract, class T>
void Panel(int64_t m, int64_t k, StridedMatrix<T> a, const T* b,
           int64_t b_stride, T* c, int64_t c_stride, bool from_zero,
           size_t lanes) {
  int64_t row = 0;
  const auto tile = [&](auto rows) HWY_ATTR {
    const StridedMatrix<T> rest = {a.data + row * a.row_stride, a.row_stride,
                                   a.column_stride};
    Tile<decltype(rows)::value, kVectors, kPartial, kSubtract>(
        k, rest, b, b_stride, c + row * c_stride, c_stride, from_zero, lanes);
  };
  for (; row + kTileRows <= m; row += kTileRows) {
    tile(std::integral_constant<int, kTileRows>());
  }
  switch (m - row) {
    case 1:
      return tile(std::integral_constant<int, 1>());
    case 2:
      return tile(std::integral_constant<int, 2>());
    case 3:
      return tile(std::integral_constant<int, 3>());
    case 4:
      return tile(std::integral_constant<int, 4>());
    case 5:
      return tile(std::integral_constant<int, 5>());
  }
}

// One block of terms.
template <bool kSubtract, class T>
void Block(int64_t m, int64_t n, int64_t k, StridedMatrix<T> a, const T* b,
           int64_t b_stride, T* c, int64_t c_stride, bool from_zero) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  int64_t column = 0;
  for (; column + kTileVectors * width <= n; column += kTileVectors * width) {
    Panel<kTileVectors, false, kSubtract>(
        m, k, a, b + column, b_stride, c + column, c_stride, from_zero, width);
  }
  for (; column + width <= n; column += width) {
    Panel<1, false, kSubtract>(m, k, a, b + column, b_stride, c + column,
                               c_stride, from_zero, width);
  }
  if (column < n) {
    Panel<1, true, kSubtract>(m, k, a, b + column, b_stride, c + column,
                              c_stride, from_zero, n - column);
  }
}

template <bool kSubtract, class T>
void Product(int64_t m, int64_t n, int64_t k, StridedMatrix<T> a, const T* b,
             int64_t b_stride, T* c, int64_t c_stride, bool from_zero) {
  for (int64_t first = 0; first < k || first == 0; first += kBlockTerms) {
    const int64_t terms = std::min(kBlockTerms, k - first);
    const StridedMatrix<T> block = {a.data + first * a.column_stride,
                                    a.row_stride, a.column_stride};
    Block<kSubtract>(m, n, terms, block, b + first * b_stride, b_stride, c,
                     c_stride, from_zero && first == 0);
  }
}

void GemmKernel(int64_t m, int64_t n, int64_t k, LeftMatrix a, const float* b,
                int64_t b_stride, float* c, int64_t c_stride, bool accumulate) {
  Product<false>(m, n, k, a, b, b_stride, c, c_stride, !accumulate);
}

void SubtractProductKernel(int64_t m, int64_t n, int64_t k,
                           StridedMatrix<double> a, const double* b,
                           int64_t b_stride, double* c, int64_t c_stride) {
  Product<true>(m, n, k, a, b, b_stride, c, c_stride, false);
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(GemmKernel);
HWY_EXPORT(SubtractProductKernel);

void Gemm(int64_t m, int64_t n, int64_t k, LeftMatrix a, const float* b,
          int64_t b_stride, float* c, int64_t c_stride, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(GemmKernel)
  (m, n, k, a, b, b_stride, c, c_stride, accumulate);
}

void SubtractProduct(int64_t m, int64_t n, int64_t k, StridedMatrix<double> a,
                     const double* b, int64_t b_stride, double* c,
                     int64_t c_stride) {
  HWY_DYNAMIC_DISPATCH(SubtractProductKernel)
  (m, n, k, a, b, b_stride, c, c_stride);
}

void Transpose(const float* in, int64_t rows, int64_t columns,
               int64_t row_stride, float* out) {
  constexpr int64_t kTile = 16;
  for (int64_t i0 = 0; i0 < rows; i0 += kTile) {
    for (int64_t j0 = 0; j0 < columns; j0 += kTile) {
      const int64_t i1 = std::min(i0 + kTile, rows);
      const int64_t j1 = std::min(j0 + kTile, columns);
      for (int64_t j = j0; j < j1; ++j) {
        for (int64_t i = i0; i < i1; ++i) {
          out[j * rows + i] = in[i * row_stride + j];
        }
      }
    }
  }
}

}  // namespace quant_curve
#endif  // HWY_ONCE
