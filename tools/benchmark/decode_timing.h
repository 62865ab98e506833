// Times decoding at batch 1 from the packed weights.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_DECODE_TIMING_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_DECODE_TIMING_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/timing.pb.h"
#include "tools/benchmark/memory_reader.h"
#include "tools/benchmark/model_group.h"
#include "tools/benchmark/turns.h"

namespace quant_curve {

// One timing for each scheme and reader, schemes outermost: decoding with the
// reader's threads. A model that uses no threads (decoder.h) is
// timed only with the first reader. `readers` is not empty.
//
// A turn takes the model (not timed), feeds the sequence's first tokens, which
// brings weights into whatever cache holds them (not timed), and times the
// rest: one value of seconds. Right after, it times the reading of as many
// bytes, at least 64 MiB, from a set of a step's size (one pass before brings
// it into whatever cache holds it): the ceiling of that repeat. The schemes
// take turns; within its turn a scheme runs with each reader. All sequences are
// the same random tokens. Fails when logits are not finite: such a speed means
// nothing.
absl::StatusOr<std::vector<DecodeTiming>> TimeDecoding(
    const ModelGroup& group,
    const std::vector<std::unique_ptr<MemoryReader>>& readers,
    const TurnLimits& limits, absl::FunctionRef<double()> now_seconds,
    absl::FunctionRef<void(int64_t percent)> progress);

// Feeds the tokens to step(token), which returns the logits after it; the
// seconds of those from index `first` on. Fails when the last logits are not
// finite.
absl::StatusOr<double> TimeSteps(
    absl::Span<const uint32_t> tokens, size_t first,
    absl::FunctionRef<absl::Span<const float>(uint32_t token)> step,
    absl::FunctionRef<double()> now_seconds);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_DECODE_TIMING_H_
