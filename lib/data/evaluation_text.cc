#include "lib/data/evaluation_text.h"

#include <algorithm>

#include "lib/artifact/status_macros.h"
#include "lib/data/windows.h"

namespace quant_curve {
namespace {

constexpr size_t kLeastWindows = 2;

// How many of `windows` are within `max_tokens`.
size_t WindowsWithin(uint64_t max_tokens,
                     const std::vector<std::vector<uint32_t>>& windows) {
  if (max_tokens == 0) return windows.size();
  uint64_t left = max_tokens;
  size_t count = 0;
  while (count < windows.size() && windows[count].size() <= left) {
    left -= windows[count++].size();
  }
  return std::max(count, std::min(kLeastWindows, windows.size()));
}

}  // namespace

absl::StatusOr<EvaluationText> CutEvaluationText(const Split& split,
                                                 const EvaluationChoice& choice,
                                                 uint64_t vocab_size) {
  EvaluationText text;
  ASSIGN_OR_RETURN(text.windows, CutWindows("evaluation", split,
                                            choice.window_tokens, vocab_size));
  const size_t within = WindowsWithin(choice.max_tokens, text.windows);
  size_t whole = 0;  // windows of whole documents
  EvaluationText documents;
  for (const Document& document : split.documents()) {
    const uint64_t windows =
        (document.num_tokens() + choice.window_tokens - 1) /
        choice.window_tokens;
    if (whole + windows > within) break;
    whole += windows;
    documents.num_bytes += document.num_bytes();
    documents.num_words += document.num_words();
  }
  if (whole < std::min(kLeastWindows, within)) {
    text.windows.resize(within);
    return text;
  }
  text.windows.resize(whole);
  text.num_bytes = documents.num_bytes;
  text.num_words = documents.num_words;
  return text;
}

}  // namespace quant_curve
