// Whether a timing was taken on a machine that did nothing else.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_QUIET_H_
#define QUANT_CURVE_LIB_MEASUREMENT_QUIET_H_

#include <string>
#include <vector>

#include "proto/timing.pb.h"

namespace quant_curve {

// The benchmark's threads may wait for a core this share of the time that they
// have one; other processes, and the hypervisor, may take these shares of all
// cores.
inline constexpr double kMaxWaitShare = 0.02;
inline constexpr double kMaxOtherShare = 0.05;
inline constexpr double kMaxStealShare = 0.01;
// A slower level of memory may be measured this much faster than a faster one,
// and a decode step may be this much faster than its ceiling.
inline constexpr double kMaxCeilingRatio = 1.1;

// One sentence for each sign that it was not: threads that waited, other
// processes, a hypervisor that took time away, a slower level of memory that
// was measured faster than a faster one, decode steps above their ceiling.
// Empty for a quiet machine. Expects what CheckTiming accepts (timing.h).
std::vector<std::string> BusySigns(const Timing& timing);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_QUIET_H_
