#include "lib/data/windows.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

using Windows = std::vector<std::vector<uint32_t>>;

// Documents in windows; the last of each holds what is left. Every document
// ends within the split's tokens (ValidateCorpus).
Windows CutDocuments(const Split& split, uint64_t window_tokens) {
  Windows windows;
  auto token = split.tokens().begin();
  for (const Document& document : split.documents()) {
    for (uint64_t left = document.num_tokens(); left > 0;) {
      const uint64_t length = std::min(left, window_tokens);
      windows.emplace_back(token, token + length);
      token += length;
      left -= length;
    }
  }
  return windows;
}

Windows CutStream(const Split& split, uint64_t window_tokens) {
  Windows windows(split.tokens_size() / window_tokens);
  auto token = split.tokens().begin();
  for (std::vector<uint32_t>& window : windows) {
    window.assign(token, token + window_tokens);
    token += window_tokens;
  }
  return windows;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<uint32_t>>> CutWindows(
    absl::string_view name, const Split& split, uint64_t window_tokens,
    uint64_t vocab_size) {
  const uint64_t tokens = split.tokens_size();
  if (window_tokens == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " split: window_tokens=0: must be >= 1"));
  }
  const bool is_stream = split.documents().empty();
  if (is_stream && tokens < window_tokens) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " split: ", tokens, " tokens: one window needs ", window_tokens));
  }
  Windows windows = is_stream ? CutStream(split, window_tokens)
                              : CutDocuments(split, window_tokens);
  for (const std::vector<uint32_t>& window : windows) {
    for (const uint32_t id : window) {
      if (id < vocab_size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " split: token ", id,
                       ": must be less than vocab_size=", vocab_size));
    }
  }
  return windows;
}

Split PackDocuments(const Split& split, uint32_t start_id) {
  if (split.documents().empty()) return split;
  Split stream;
  auto token = split.tokens().begin();
  for (const Document& document : split.documents()) {
    if (!stream.tokens().empty()) stream.add_tokens(start_id);
    stream.mutable_tokens()->Add(token, token + document.num_tokens());
    token += document.num_tokens();
  }
  return stream;
}

ScoredWindow MakeScoredWindow(absl::Span<const uint32_t> window,
                              uint32_t start_id) {
  ScoredWindow scored;
  scored.targets.assign(window.begin(), window.end());
  scored.input.assign(window.begin(), window.end());
  if (scored.input.empty()) return scored;
  scored.input.pop_back();
  scored.input.insert(scored.input.begin(), start_id);
  return scored;
}

}  // namespace quant_curve
