// Interleaving: whatever drifts during a benchmark hits all contestants alike.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_TURNS_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_TURNS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace quant_curve {

struct TurnLimits {
  int64_t min_rounds = 1;  // at least 1
  int64_t max_rounds = 1;  // at least min_rounds
  double seconds = 0;      // no further round is started after this long
};

enum class Round { kWarmUp, kTimed };

// Round robin: contestants 0, …, count - 1 take a turn each, once to warm up,
// then timed, round after round, until max_rounds are done, or `seconds` are
// over (the warm-up included) and min_rounds are done. So each contestant has
// the same number of timed turns. `progress` hears after each timed round how
// many percent of the work are done. The first error of a turn ends it.
absl::Status TakeTurns(int64_t count, const TurnLimits& limits,
                       absl::FunctionRef<double()> now_seconds,
                       absl::FunctionRef<void(int64_t percent)> progress,
                       absl::FunctionRef<absl::Status(int64_t, Round)> turn);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_TURNS_H_
