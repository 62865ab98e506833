#include "tools/benchmark/turns.h"

#include <algorithm>

#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

absl::Status RunRound(int64_t count, Round round,
                      absl::FunctionRef<absl::Status(int64_t, Round)> turn) {
  for (int64_t i = 0; i < count; ++i) RETURN_IF_ERROR(turn(i, round));
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeTurns(int64_t count, const TurnLimits& limits,
                       absl::FunctionRef<double()> now_seconds,
                       absl::FunctionRef<void(int64_t percent)> progress,
                       absl::FunctionRef<absl::Status(int64_t, Round)> turn) {
  const double start = now_seconds();
  RETURN_IF_ERROR(RunRound(count, Round::kWarmUp, turn));
  for (int64_t done = 1; done <= limits.max_rounds; ++done) {
    RETURN_IF_ERROR(RunRound(count, Round::kTimed, turn));
    const double elapsed = now_seconds() - start;
    const bool over = elapsed >= limits.seconds;
    const double share_of_rounds =
        static_cast<double>(done) / static_cast<double>(limits.max_rounds);
    // Before the least number of rounds is done, time says nothing.
    const double share_of_time =
        over ? static_cast<double>(done) /
                   static_cast<double>(std::max(done, limits.min_rounds))
             : elapsed / limits.seconds;
    progress(static_cast<int64_t>(
        100 * std::min(1.0, std::max(share_of_rounds, share_of_time))));
    if (over && done >= limits.min_rounds) break;
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
