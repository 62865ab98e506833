#include "lib/statistics/groups.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace quant_curve {
namespace {

using Group = std::vector<int64_t>;

// The losses of scheme b minus those of scheme a for each a < b, in order.
PairedLosses PairDifferences(const PairedLosses& losses) {
  PairedLosses pairs;
  pairs.tokens = losses.tokens;
  const size_t schemes = losses.differences_nats.size();
  for (size_t a = 0; a < schemes; ++a) {
    for (size_t b = a + 1; b < schemes; ++b) {
      std::vector<double> row;
      for (size_t d = 0; d < losses.tokens.size(); ++d) {
        row.push_back(losses.differences_nats[b][d] -
                      losses.differences_nats[a][d]);
      }
      pairs.differences_nats.push_back(std::move(row));
    }
  }
  return pairs;
}

// How many errors a difference must exceed.
double CriticalValue(const std::vector<std::vector<double>>& replicates) {
  std::vector<double> largest;
  for (const std::vector<double>& replicate : replicates) {
    double most = 0;
    for (const double t : replicate) most = std::max(most, std::abs(t));
    largest.push_back(most);
  }
  return SampleQuantile(std::move(largest), 0.95);
}

void DropContained(std::vector<Group>& groups) {
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  std::vector<Group> kept;
  for (const Group& group : groups) {
    const auto holds_group = [&](const Group& other) {
      return other.size() > group.size() &&
             std::includes(other.begin(), other.end(), group.begin(),
                           group.end());
    };
    if (std::none_of(groups.begin(), groups.end(), holds_group)) {
      kept.push_back(group);
    }
  }
  groups = std::move(kept);
}

Group Without(const Group& group, int64_t scheme) {
  Group rest;
  for (const int64_t member : group) {
    if (member != scheme) rest.push_back(member);
  }
  return rest;
}

// Replaces each group that has both by one without a and one without b.
void Separate(int64_t a, int64_t b, std::vector<Group>& groups) {
  std::vector<Group> result;
  for (Group& group : groups) {
    if (std::binary_search(group.begin(), group.end(), a) &&
        std::binary_search(group.begin(), group.end(), b)) {
      result.push_back(Without(group, a));
      result.push_back(Without(group, b));
    } else {
      result.push_back(std::move(group));
    }
  }
  groups = std::move(result);
  DropContained(groups);
}

}  // namespace

std::vector<std::vector<bool>> DistinguishablePairs(
    const PairedLosses& losses, const BootstrapOptions& options) {
  const size_t schemes = losses.differences_nats.size();
  std::vector<std::vector<bool>> result(schemes, std::vector<bool>(schemes));
  const PairedLosses pairs = PairDifferences(losses);
  const std::vector<Estimate> estimates = LossesPerToken(pairs);
  const double critical = CriticalValue(BootstrapStudentized(pairs, options));
  size_t pair = 0;
  for (size_t a = 0; a < schemes; ++a) {
    for (size_t b = a + 1; b < schemes; ++b) {
      const Estimate& e = estimates[pair++];
      const bool differ = std::abs(e.value) > critical * e.standard_error;
      result[a][b] = differ;
      result[b][a] = differ;
    }
  }
  return result;
}

std::vector<std::vector<int64_t>> Groups(
    const std::vector<std::vector<bool>>& distinguishable) {
  const int64_t schemes = static_cast<int64_t>(distinguishable.size());
  if (schemes == 0) return {};
  Group all(schemes);
  std::iota(all.begin(), all.end(), 0);
  std::vector<Group> groups = {all};
  for (int64_t a = 0; a < schemes; ++a) {
    for (int64_t b = a + 1; b < schemes; ++b) {
      if (distinguishable[a][b]) Separate(a, b, groups);
    }
  }
  return groups;
}

}  // namespace quant_curve
