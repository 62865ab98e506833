#include "lib/data/windows.h"

#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::StatusOr<std::vector<std::vector<uint32_t>>> CutWindows(
    absl::string_view name, const Split& split, uint64_t window_tokens,
    uint64_t vocab_size) {
  const uint64_t tokens = split.tokens_size();
  if (window_tokens == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " split: window_tokens=0: must be >= 1"));
  }
  if (tokens < window_tokens) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " split: ", tokens, " tokens: one window needs ", window_tokens));
  }
  std::vector<std::vector<uint32_t>> windows(tokens / window_tokens);
  auto token = split.tokens().begin();
  for (std::vector<uint32_t>& window : windows) {
    window.assign(token, token + window_tokens);
    token += window_tokens;
    for (const uint32_t id : window) {
      if (id < vocab_size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " split: token ", id,
                       ": must be less than vocab_size=", vocab_size));
    }
  }
  return windows;
}

ScoredWindow MakeScoredWindow(absl::Span<const uint32_t> window,
                              uint32_t separator_id) {
  ScoredWindow scored;
  scored.targets.assign(window.begin(), window.end());
  scored.input.assign(window.begin(), window.end());
  if (scored.input.empty()) return scored;
  scored.input.pop_back();
  scored.input.insert(scored.input.begin(), separator_id);
  return scored;
}

}  // namespace quant_curve
