#include "lib/numerics/outer_products.h"

#include <algorithm>
#include <memory>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/outer_products.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

// x is packed in panels of this many columns, [panel][row][kPanel]: a panel is
// the left factor and the right factor alike, and one stretch of memory.
constexpr int64_t kPanel = 48;

// Registers hold a tile of kTileRows x kTileVectors sums; AVX2 has 16 of them,
// AVX-512 and NEON 32. Both sizes divide a panel.
constexpr int kTileVectors = 3;
#if HWY_TARGET == HWY_AVX2
constexpr int kTileRows = 4;
#else
constexpr int kTileRows = 8;
#endif

// Rows of x between two visits to an element of the triangle, which fits in no
// cache when n is large.
constexpr int64_t kRowsPerPass = 1024;

// Panels that stay in the second-level cache while the left factor's panels
// pass by.
constexpr int64_t kPanelsPerGroup = 4;

// sums[kTileRows, kVectors * lanes] += the products of `terms` rows of x, in
// float32; rows of `sums` are kPanel apart, as those of both factors.
template <int kVectors>
HWY_INLINE void AddTile(int64_t terms, const float* HWY_RESTRICT left,
                        const float* HWY_RESTRICT right,
                        double* HWY_RESTRICT sums) {
  const D d;
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  V tile[kTileRows][kVectors];
  for (auto& row : tile) {
    for (V& sum : row) sum = hn::Zero(d);
  }
  for (int64_t term = 0; term < terms; ++term) {
    // What this tile reads of the next block, or of the next panel: the left
    // factor comes from beyond the second-level cache.
    constexpr int kSecondLevel = 2;
    __builtin_prefetch(left + (terms + term) * kPanel, /*rw=*/0, kSecondLevel);
    V factor[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      factor[v] = hn::Load(d, right + term * kPanel + v * width);
    }
    for (int i = 0; i < kTileRows; ++i) {
      const V x = hn::Set(d, left[term * kPanel + i]);
      for (int v = 0; v < kVectors; ++v) {
        tile[i][v] = hn::MulAdd(x, factor[v], tile[i][v]);
      }
    }
  }
  const hn::Half<D> half;
  const hn::Rebind<double, decltype(half)> wide;
  const auto add = [&](hn::Vec<decltype(half)> sum, double* to) HWY_ATTR {
    hn::Store(hn::Add(hn::Load(wide, to), hn::PromoteTo(wide, sum)), wide, to);
  };
  for (int i = 0; i < kTileRows; ++i) {
    for (int v = 0; v < kVectors; ++v) {
      double* to = sums + i * kPanel + v * width;
      add(hn::LowerHalf(half, tile[i][v]), to);
      add(hn::UpperHalf(half, tile[i][v]), to + width / 2);
    }
  }
}

// Columns [first, end) of kTileRows rows, whole vectors.
HWY_INLINE void AddTiles(int64_t terms, const float* left, const float* right,
                         int64_t first, int64_t end, double* sums) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(D()));
  while (first < end) {
    const int64_t vectors =
        std::min<int64_t>(kTileVectors, (end - first) / width);
    if (vectors == 3) {
      AddTile<3>(terms, left, right + first, sums + first);
    } else if (vectors == 2) {
      AddTile<2>(terms, left, right + first, sums + first);
    } else {
      AddTile<1>(terms, left, right + first, sums + first);
    }
    first += vectors * width;
  }
}

// x in panels, zeros behind column n.
struct Panels {
  const float* data;
  int64_t rows, n;

  const float* Row(int64_t panel, int64_t row) const {
    return data + (panel * rows + row) * kPanel;
  }
};

// Calls copy(elements of the triangle, elements of `square`, count) for each
// row of the square of two panels: what lies above the diagonal and before n.
template <typename Copy>
HWY_INLINE void ForEachRow(int64_t left, int64_t right, int64_t n,
                           double* triangle, double* square, const Copy& copy) {
  const int64_t end = std::min(n, (right + 1) * kPanel);
  for (int64_t i = left * kPanel; i < std::min(n, (left + 1) * kPanel); ++i) {
    const int64_t first = std::max(i, right * kPanel);
    copy(triangle + TriangleRow(i, n) + first - i,
         square + (i - left * kPanel) * kPanel + first - right * kPanel,
         end - first);
  }
}

// The elements of the triangle whose row is in panel `left` and whose column is
// in panel `right`.
void AddPair(const Panels& x, int64_t left, int64_t right, double* triangle) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(D()));
  HWY_ALIGN double square[kPanel * kPanel] = {};
  ForEachRow(left, right, x.n, triangle, square,
             [](const double* from, double* to, int64_t count) {
               std::copy_n(from, count, to);
             });
  const int64_t rows = std::min(kPanel, x.n - left * kPanel);
  const int64_t columns = std::min(kPanel, x.n - right * kPanel);
  const int64_t end = (columns + width - 1) / width * width;
  for (int64_t block = 0; block < x.rows; block += kOuterProductBlock) {
    const int64_t terms = std::min(kOuterProductBlock, x.rows - block);
    for (int64_t row = 0; row < rows; row += kTileRows) {
      // Vectors that are all below the diagonal are left out.
      const int64_t first = left == right ? row / width * width : 0;
      AddTiles(terms, x.Row(left, block) + row, x.Row(right, block), first, end,
               square + row * kPanel);
    }
  }
  ForEachRow(left, right, x.n, triangle, square,
             [](double* to, const double* from, int64_t count) {
               std::copy_n(from, count, to);
             });
}

// Some rows at a time: a row of x and a row of a panel are each in a page of
// memory of their own.
void PackPanels(const float* x, int64_t rows, int64_t n, float* panels) {
  constexpr int64_t kRowsAtOnce = 16;
  for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
    const int64_t end = std::min(rows, first + kRowsAtOnce);
    for (int64_t column = 0; column < n; column += kPanel) {
      const int64_t count = std::min(kPanel, n - column);
      for (int64_t row = first; row < end; ++row) {
        float* to = panels + column * rows + row * kPanel;
        std::copy_n(x + row * n + column, count, to);
        std::fill(to + count, to + kPanel, 0.0f);
      }
    }
  }
}

void AddPass(const Panels& x, double* sums) {
  const int64_t panels = (x.n + kPanel - 1) / kPanel;
  for (int64_t group = 0; group < panels; group += kPanelsPerGroup) {
    const int64_t end = std::min(panels, group + kPanelsPerGroup);
    for (int64_t left = 0; left < end; ++left) {
      for (int64_t right = std::max(left, group); right < end; ++right) {
        AddPair(x, left, right, sums);
      }
    }
  }
}

void AddOuterProductsKernel(const float* x, int64_t rows, int64_t n,
                            double* sums) {
  static_assert(kRowsPerPass % kOuterProductBlock == 0, "blocks stay whole");
  constexpr size_t kLine = 64;
  size_t bytes = (n + kPanel - 1) / kPanel * kPanel *
                     std::min(rows, kRowsPerPass) * sizeof(float) +
                 kLine;
  const std::unique_ptr<char[]> memory(new char[bytes]);
  void* aligned = memory.get();
  float* panels =
      static_cast<float*>(std::align(kLine, bytes - kLine, aligned, bytes));
  for (int64_t first = 0; first < rows; first += kRowsPerPass) {
    const int64_t count = std::min(kRowsPerPass, rows - first);
    PackPanels(x + first * n, count, n, panels);
    AddPass({panels, count, n}, sums);
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
