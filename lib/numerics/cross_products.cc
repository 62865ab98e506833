#include "lib/numerics/cross_products.h"

#include <algorithm>
#include <vector>

#include "lib/numerics/gemm.h"
#include "lib/numerics/outer_products.h"

namespace quant_curve {
namespace {

// Rows of `sums` that stay in the second-level cache while x and y pass by;
// affects only speed.
constexpr int64_t kTileRows = 32;

}  // namespace

void AddCrossProducts(const float* x, const float* y, int64_t rows, int64_t n,
                      double* sums) {
  std::vector<float> tile(std::min(kTileRows, n) * n);
  for (int64_t first = 0; first < n; first += kTileRows) {
    const int64_t count = std::min(kTileRows, n - first);
    for (int64_t block = 0; block < rows; block += kOuterProductBlock) {
      const int64_t terms = std::min(kOuterProductBlock, rows - block);
      Gemm(count, n, terms, {x + block * n + first, 1, n}, y + block * n, n,
           tile.data(), n, /*accumulate=*/false);
      double* const to = sums + first * n;
      for (int64_t i = 0; i < count * n; ++i) to[i] += tile[i];
    }
  }
}

}  // namespace quant_curve
