// The findings of a sweep: the comparisons that the report puts into words.
#ifndef QUANT_CURVE_LIB_REPORT_FACTS_H_
#define QUANT_CURVE_LIB_REPORT_FACTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/measurement/statistics.h"
#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// The bar of the lab that the main sweep repeats, for int4_per_group_64_gptq: a
// gap to fp32 of at most 15 %, hoped for 5 %. A scheme within 1 % is shipped
// without a second thought.
inline constexpr char kBarScheme[] = "int4_per_group_64_gptq";
inline constexpr double kBarPercent = 15;
inline constexpr double kHopedPercent = 5;
inline constexpr double kClosePercent = 1;

// The gap to the reference with its standard error, in percent.
Estimate GapOf(const SchemeResult& scheme);

// Sums over the Linears that carry proxy losses.
struct ProxyLosses {
  int linears = 0;
  int gptq_worse = 0;  // Linears where GPTQ's loss is above RTN's
  double mean_rtn = 0;
  double mean_gptq = 0;
  double max_damping = 0;
  std::string worst_linear;  // largest GPTQ loss
  double worst_gptq = 0;
};
ProxyLosses ProxyLossesOf(const Measurement& measurement);

// A GPTQ scheme, and the RTN scheme on the same grid with the same activation
// format, if it was measured.
struct GptqFact {
  int scheme;
  int rtn = -1;
  Estimate gap_to_rtn_percent = {0, 0};  // below zero: GPTQ is better
  ProxyLosses losses;
};
absl::StatusOr<std::vector<GptqFact>> GptqFacts(const Sweep& sweep);

// Neighbours on the frontier: what the larger scheme's extra bytes buy.
struct NeighbourFact {
  int smaller;
  int larger;
  Estimate gap_percent;  // of the smaller to the larger
};
absl::StatusOr<std::vector<NeighbourFact>> NeighbourFacts(
    const Sweep& sweep, const Results& results);

// Two schemes that differ only in group size.
struct GroupFact {
  int scheme;
  int other;                            // the larger groups
  std::vector<std::string> same_grid;   // Linears with equal scale counts
  std::vector<std::string> other_grid;  // the other Linears
};
std::vector<GroupFact> GroupFacts(const Sweep& sweep);

// Whether the gap is below `percent`, at the upper and at the lower end of its
// 95 % interval.
enum class Below { kYes, kNo, kCannotTell };
Below IsBelow(const Estimate& gap, double percent);

// The smallest scheme on the frontier that is smaller than the reference and
// within 1 % of its perplexity at the upper end of the gap's 95 % interval;
// else within 5 %; else within 15 %.
struct Recommendation {
  int scheme = -1;  // -1: none; ship the reference
  double tolerance_percent = kBarPercent;
  int rejected = -1;  // the next smaller one on the frontier, if any
  int larger = -1;    // the next larger one, if smaller than the reference
};
Recommendation Recommend(const Results& results);

// Floating-point operations of one decode step: a multiplication and an
// addition for each weight of the Linears and the LM head.
double DecodeFlops(const Measurement& measurement);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_FACTS_H_
