#include "lib/statistics/synthetic_losses.h"

#include <cmath>

#include "lib/numerics/normal.h"

namespace quant_curve {

PairedLosses MakeSyntheticLosses(Random& random, int64_t documents,
                                 const std::vector<double>& means,
                                 double deviation) {
  PairedLosses losses;
  losses.differences_nats.resize(means.size());
  const double half = deviation * std::sqrt(0.5);
  for (int64_t d = 0; d < documents; ++d) {
    const double tokens = 50 + static_cast<double>(random.Below(400));
    losses.tokens.push_back(tokens);
    const double shared = half * Normal(random);
    for (size_t s = 0; s < means.size(); ++s) {
      losses.differences_nats[s].push_back(
          tokens * (means[s] + shared + half * Normal(random)));
    }
  }
  return losses;
}

}  // namespace quant_curve
