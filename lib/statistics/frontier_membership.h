// How sure a scheme's place on the frontier of bytes and loss is.
#ifndef QUANT_CURVE_LIB_STATISTICS_FRONTIER_MEMBERSHIP_H_
#define QUANT_CURVE_LIB_STATISTICS_FRONTIER_MEMBERSHIP_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace quant_curve {

struct FrontierMembership {
  // Share of the replicates in which no scheme of at most as many bytes loses
  // less, and none of fewer bytes loses as little.
  double probability;
  // 95 % interval of the scheme's rank by loss, 1 the lowest loss: the 2.5 %
  // and 97.5 % quantiles over the replicates. Equal losses share the best rank.
  int64_t lowest_rank;
  int64_t highest_rank;
};

// `losses` are BootstrapLosses, [replicate][scheme]; `bytes` of each scheme. At
// least one replicate. A frequency over other texts of this kind, with these
// schemes; for two equal schemes it is as likely to be small as large.
std::vector<FrontierMembership> FrontierMemberships(
    const std::vector<std::vector<double>>& losses,
    absl::Span<const double> bytes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_FRONTIER_MEMBERSHIP_H_
