// The standard error of a loss per token over one long document, whose windows
// depend on their neighbours.
#ifndef QUANT_CURVE_LIB_STATISTICS_BLOCK_BOOTSTRAP_H_
#define QUANT_CURVE_LIB_STATISTICS_BLOCK_BOOTSTRAP_H_

#include <cstdint>

#include "absl/types/span.h"
#include "lib/statistics/bootstrap.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {

// Windows per block for a series whose neighbours are correlated, from the
// series' own autocorrelation (Politis and White, doi:10.1081/ETC-120028836,
// section 3.2, as corrected by Patton, Politis and White,
// doi:10.1080/07474930802459016): 1 where no lag is significant, at most
// min(3 sqrt(n), n / 3), rounded up; at least 1.
int64_t BlockLength(absl::Span<const double> series);

struct BlockEstimate {
  Estimate ratio;
  int64_t block_windows;
};

// RatioOf(values, weights) with the standard error of the moving-block
// bootstrap (Künsch, doi:10.1214/aos/1176347265): blocks of BlockLength of the
// residuals value - ratio * weight, drawn with replacement from all positions
// until there are as many windows as before. Expects what RatioOf expects.
BlockEstimate BlockRatioOf(absl::Span<const double> values,
                           absl::Span<const double> weights,
                           const BootstrapOptions& options);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_BLOCK_BOOTSTRAP_H_
