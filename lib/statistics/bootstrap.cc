#include "lib/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/numerics/random.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {
namespace {

// Sums over the documents of a replicate, with the residuals
// e = difference - loss * tokens: small numbers, so that the variance does not
// cancel.
struct ResidualSums {
  double residual = 0;
  double squared = 0;
  double times_tokens = 0;
};

// [document][scheme]: a replicate reads all schemes of a document together.
std::vector<double> ResidualRows(const PairedLosses& losses) {
  const size_t documents = losses.tokens.size();
  const size_t schemes = losses.differences_nats.size();
  const std::vector<Estimate> estimates = LossesPerToken(losses);
  std::vector<double> rows(documents * schemes);
  for (size_t s = 0; s < schemes; ++s) {
    for (size_t d = 0; d < documents; ++d) {
      rows[d * schemes + s] =
          losses.differences_nats[s][d] - estimates[s].value * losses.tokens[d];
    }
  }
  return rows;
}

// sum (e - shift tokens)^2 gives the error of the shift, as in RatioOf.
double Studentized(const ResidualSums& sums, double tokens,
                   double squared_tokens, double documents) {
  const double shift = sums.residual / tokens;
  const double squares = sums.squared - 2 * shift * sums.times_tokens +
                         shift * shift * squared_tokens;
  if (!(squares > 0)) return 0;
  return shift / (std::sqrt(documents / (documents - 1) * squares) / tokens);
}

}  // namespace

std::vector<std::vector<double>> BootstrapLosses(
    const PairedLosses& losses, const BootstrapOptions& options) {
  Random random(options.seed);
  const size_t documents = losses.tokens.size();
  const size_t schemes = losses.differences_nats.size();
  std::vector<std::vector<double>> replicates;
  for (int64_t b = 0; b < options.replicates; ++b) {
    double tokens = 0;
    std::vector<double> sums(schemes);
    for (size_t i = 0; i < documents; ++i) {
      const uint64_t d = random.Below(documents);
      tokens += losses.tokens[d];
      for (size_t s = 0; s < schemes; ++s) {
        sums[s] += losses.differences_nats[s][d];
      }
    }
    for (double& sum : sums) sum /= tokens;
    replicates.push_back(std::move(sums));
  }
  return replicates;
}

std::vector<std::vector<double>> BootstrapStudentized(
    const PairedLosses& losses, const BootstrapOptions& options) {
  const size_t documents = losses.tokens.size();
  const size_t schemes = losses.differences_nats.size();
  const std::vector<double> residuals = ResidualRows(losses);
  Random random(options.seed);
  std::vector<std::vector<double>> replicates;
  for (int64_t b = 0; b < options.replicates; ++b) {
    double all_tokens = 0;
    double squared_tokens = 0;
    std::vector<ResidualSums> sums(schemes);
    for (size_t i = 0; i < documents; ++i) {
      const uint64_t d = random.Below(documents);
      const double tokens = losses.tokens[d];
      all_tokens += tokens;
      squared_tokens += tokens * tokens;
      const double* row = residuals.data() + d * schemes;
      for (size_t s = 0; s < schemes; ++s) {
        const double residual = row[s];
        sums[s].residual += residual;
        sums[s].squared += residual * residual;
        sums[s].times_tokens += residual * tokens;
      }
    }
    std::vector<double> replicate;
    for (const ResidualSums& scheme : sums) {
      replicate.push_back(Studentized(scheme, all_tokens, squared_tokens,
                                      static_cast<double>(documents)));
    }
    replicates.push_back(std::move(replicate));
  }
  return replicates;
}

double SampleQuantile(std::vector<double> samples, double probability) {
  const double n = static_cast<double>(samples.size());
  // The product may be a hair above a whole number that it should be.
  const double rank = std::ceil(probability * n - 1e-9);
  const int64_t index = std::max<int64_t>(static_cast<int64_t>(rank) - 1, 0);
  std::nth_element(samples.begin(), samples.begin() + index, samples.end());
  return samples[index];
}

}  // namespace quant_curve
