// How a split is cut for calibration and evaluation.
#ifndef QUANT_CURVE_LIB_DATA_WINDOWS_H_
#define QUANT_CURVE_LIB_DATA_WINDOWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// The split's stream in non-overlapping windows of `window_tokens`, in order;
// what is left at the end is not used. `name` ("evaluation") is for messages
// alone. InvalidArgument when window_tokens is 0, when a used token is not
// below `vocab_size`, or when there are too few tokens for one window.
absl::StatusOr<std::vector<std::vector<uint32_t>>> CutWindows(
    absl::string_view name, const Split& split, uint64_t window_tokens,
    uint64_t vocab_size);

// Next-token prediction over one window w of N tokens, with the separator as
// the token before it: input = [separator, w0 … w(N-2)], targets = [w0 …
// w(N-1)]. Every token of the window is scored once, and no context is longer
// than N.
struct ScoredWindow {
  std::vector<uint32_t> input;    // N
  std::vector<uint32_t> targets;  // N
};
ScoredWindow MakeScoredWindow(absl::Span<const uint32_t> window,
                              uint32_t separator_id);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_WINDOWS_H_
