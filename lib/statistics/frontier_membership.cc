#include "lib/statistics/frontier_membership.h"

#include <utility>

#include "lib/statistics/bootstrap.h"

namespace quant_curve {
namespace {

bool IsDominated(size_t scheme, const std::vector<double>& losses,
                 absl::Span<const double> bytes) {
  for (size_t other = 0; other < losses.size(); ++other) {
    if (bytes[other] > bytes[scheme] || losses[other] > losses[scheme]) {
      continue;
    }
    if (bytes[other] < bytes[scheme] || losses[other] < losses[scheme]) {
      return true;
    }
  }
  return false;
}

double RankOf(size_t scheme, const std::vector<double>& losses) {
  double rank = 1;
  for (const double loss : losses) rank += loss < losses[scheme] ? 1 : 0;
  return rank;
}

}  // namespace

std::vector<FrontierMembership> FrontierMemberships(
    const std::vector<std::vector<double>>& losses,
    absl::Span<const double> bytes) {
  std::vector<FrontierMembership> result;
  for (size_t scheme = 0; scheme < bytes.size(); ++scheme) {
    double members = 0;
    std::vector<double> ranks;
    for (const std::vector<double>& replicate : losses) {
      members += IsDominated(scheme, replicate, bytes) ? 0 : 1;
      ranks.push_back(RankOf(scheme, replicate));
    }
    const double count = static_cast<double>(losses.size());
    result.push_back(
        {members / count, static_cast<int64_t>(SampleQuantile(ranks, 0.025)),
         static_cast<int64_t>(SampleQuantile(std::move(ranks), 0.975))});
  }
  return result;
}

}  // namespace quant_curve
