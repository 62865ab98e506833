// Schemes that a text cannot tell apart.
#ifndef QUANT_CURVE_LIB_STATISTICS_GROUPS_H_
#define QUANT_CURVE_LIB_STATISTICS_GROUPS_H_

#include <cstdint>
#include <vector>

#include "lib/statistics/bootstrap.h"
#include "lib/statistics/paired_losses.h"

namespace quant_curve {

// [a][b]: whether the losses of schemes a and b differ. All pairs are tested at
// once: with probability 95 % no two equal ones are declared different. The
// bound is the 95 % quantile of the largest |difference| / error over the
// bootstrap's replicates (max-t over all pairs). Symmetric, false on the
// diagonal.
std::vector<std::vector<bool>> DistinguishablePairs(
    const PairedLosses& losses, const BootstrapOptions& options);

// Groups of schemes (indices, rising), none within another, such that two
// schemes share a group exactly when they are not distinguishable: the letters
// of a compact letter display (insert and absorb; Piepho,
// doi:10.1198/1061860043515). Groups are in lexicographic order.
//
//   0 and 2 differ, 1 lies between: {0, 1} and {1, 2}
std::vector<std::vector<int64_t>> Groups(
    const std::vector<std::vector<bool>>& distinguishable);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_GROUPS_H_
