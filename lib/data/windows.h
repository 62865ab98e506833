// How a split is cut for calibration and evaluation.
#ifndef QUANT_CURVE_LIB_DATA_WINDOWS_H_
#define QUANT_CURVE_LIB_DATA_WINDOWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// Non-overlapping windows of `window_tokens`, in order. Of the verb corpus's
// stream what is left at the end is not used; documents start a window each and
// every token of theirs is in one: their last windows may be shorter. `name`
// ("evaluation") is used only in messages. InvalidArgument when window_tokens
// is 0, when a used token is not below `vocab_size`, or when a stream has too
// few tokens for one window.
absl::StatusOr<std::vector<std::vector<uint32_t>>> CutWindows(
    absl::string_view name, const Split& split, uint64_t window_tokens,
    uint64_t vocab_size);

// Sequences of `length` tokens, each from the start of a document (of a
// sentence in the verb corpus): `start_id`, the document, and as long as there
// is room `start_id` and the next document. A model without a begin token has
// no `start_id`; its documents follow one another. What the last one has beyond
// `length` is not used: the next sequence begins with the next document.
// Refuses what CutWindows refuses.
absl::StatusOr<std::vector<std::vector<uint32_t>>> CutFromDocumentStarts(
    absl::string_view name, const Split& split,
    absl::optional<uint32_t> start_id, uint64_t length, uint64_t vocab_size);

// The split as one stream for calibration, where all sequences have one length:
// documents one after another, `start_id`, if any, between them.
Split PackDocuments(const Split& split, absl::optional<uint32_t> start_id);

// Next-token prediction over one window w of N tokens, with the separator (the
// begin token, or the token before the window) as the token before it:
// input = [separator, w0 … w(N-2)], targets = [w0 … w(N-1)]. Every token of the
// window is scored once, and no context is longer than N.
struct ScoredWindow {
  std::vector<uint32_t> input;    // N
  std::vector<uint32_t> targets;  // N
};
ScoredWindow MakeScoredWindow(absl::Span<const uint32_t> window,
                              uint32_t start_id);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_WINDOWS_H_
