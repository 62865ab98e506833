// Documents of known truth, for simulation tests.
#ifndef QUANT_CURVE_LIB_STATISTICS_SYNTHETIC_LOSSES_H_
#define QUANT_CURVE_LIB_STATISTICS_SYNTHETIC_LOSSES_H_

#include <cstdint>
#include <vector>

#include "lib/numerics/random.h"
#include "lib/statistics/paired_losses.h"

namespace quant_curve {

// Documents of 50 to 449 tokens. The loss per token of scheme s in a document
// is normal with mean `means[s]` and standard deviation `deviation`; the
// correlation between any two schemes in a document is 1/2.
PairedLosses MakeSyntheticLosses(Random& random, int64_t documents,
                                 const std::vector<double>& means,
                                 double deviation);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_SYNTHETIC_LOSSES_H_
