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
// gap to fp32 of at most 15 %, hoped for 5 %.
inline constexpr char kBarScheme[] = "int4_per_group_64_gptq";
inline constexpr double kBarPercent = 15;
inline constexpr double kHopedPercent = 5;

// The gap in perplexity to the reference, in percent, with its standard error
// over the text's independent units.
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

// Floating-point operations of one decode step: a multiplication and an
// addition for each weight of the Linears and the LM head.
double DecodeFlops(const Measurement& measurement);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_FACTS_H_
