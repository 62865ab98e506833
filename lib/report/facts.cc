#include "lib/report/facts.h"

#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/results.h"

namespace quant_curve {
namespace {

// What an RTN scheme has in common with the GPTQ scheme on its grid.
Scheme GridOf(const Scheme& scheme) {
  Scheme grid = scheme;
  grid.clear_name();
  grid.clear_method();
  grid.clear_damping();
  grid.clear_block_size();
  grid.clear_activation_order();
  grid.clear_sequential();
  return grid;
}

bool Equal(const Scheme& a, const Scheme& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

bool DifferInGroupSizeAlone(Scheme a, Scheme b) {
  if (a.granularity() != PER_GROUP || a.group_size() >= b.group_size()) {
    return false;
  }
  a.clear_name();
  b.clear_name();
  b.set_group_size(a.group_size());
  return Equal(a, b);
}

int RtnTwin(const Sweep& sweep, const Scheme& gptq) {
  for (size_t i = 0; i < sweep.measurements.size(); ++i) {
    const Scheme& scheme = sweep.measurements[i].scheme();
    if (scheme.method() == RTN && Equal(GridOf(scheme), GridOf(gptq))) return i;
  }
  return -1;
}

}  // namespace

Estimate GapOf(const SchemeResult& scheme) {
  const Metric* gap = FindMetric(scheme, kPerplexityGap);
  if (gap == nullptr) return {0, 0};
  return {gap->value(), gap->standard_error()};
}

ProxyLosses ProxyLossesOf(const Measurement& measurement) {
  ProxyLosses result;
  for (const LinearQuality& linear : measurement.linears()) {
    if (!linear.has_proxy_losses()) continue;
    ++result.linears;
    result.gptq_worse += linear.gptq_proxy_loss() > linear.rtn_proxy_loss();
    result.mean_rtn += linear.rtn_proxy_loss();
    result.mean_gptq += linear.gptq_proxy_loss();
    if (linear.damping_used() > result.max_damping) {
      result.max_damping = linear.damping_used();
    }
    if (linear.gptq_proxy_loss() >= result.worst_gptq) {
      result.worst_gptq = linear.gptq_proxy_loss();
      result.worst_linear = linear.name();
    }
  }
  if (result.linears > 0) {
    result.mean_rtn /= result.linears;
    result.mean_gptq /= result.linears;
  }
  return result;
}

absl::StatusOr<std::vector<GptqFact>> GptqFacts(const Sweep& sweep) {
  std::vector<GptqFact> facts;
  for (size_t i = 0; i < sweep.measurements.size(); ++i) {
    const Measurement& measurement = sweep.measurements[i];
    if (measurement.scheme().method() != GPTQ) continue;
    GptqFact fact;
    fact.scheme = i;
    fact.rtn = RtnTwin(sweep, measurement.scheme());
    fact.losses = ProxyLossesOf(measurement);
    if (fact.rtn >= 0) {
      ASSIGN_OR_RETURN(
          fact.gap_to_rtn_percent,
          ComparePerplexity(measurement, sweep.measurements[fact.rtn]));
    }
    facts.push_back(fact);
  }
  return facts;
}

std::vector<GroupFact> GroupFacts(const Sweep& sweep) {
  std::vector<GroupFact> facts;
  const int schemes = sweep.measurements.size();
  for (int i = 0; i < schemes; ++i) {
    for (int j = 0; j < schemes; ++j) {
      const Measurement& a = sweep.measurements[i];
      const Measurement& b = sweep.measurements[j];
      if (!DifferInGroupSizeAlone(a.scheme(), b.scheme()) ||
          a.linears_size() != b.linears_size()) {
        continue;
      }
      GroupFact fact = {i, j, {}, {}};
      for (int k = 0; k < a.linears_size(); ++k) {
        const bool same =
            a.linears(k).num_scales() == b.linears(k).num_scales();
        (same ? fact.same_grid : fact.other_grid)
            .push_back(a.linears(k).name());
      }
      facts.push_back(fact);
    }
  }
  return facts;
}

Below IsBelow(const Estimate& gap, double percent) {
  const double half_width = kNormal95 * gap.standard_error;
  if (gap.value + half_width <= percent) return Below::kYes;
  return gap.value - half_width > percent ? Below::kNo : Below::kCannotTell;
}

double DecodeFlops(const Measurement& measurement) {
  return 2 * (static_cast<double>(measurement.num_linear_weights()) +
              static_cast<double>(measurement.num_lm_head_weights()));
}

}  // namespace quant_curve
