#include "lib/data/windows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

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

absl::Status CheckWindowTokens(absl::string_view name, uint64_t tokens) {
  if (tokens >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " split: window_tokens=0: must be >= 1"));
}

absl::Status CheckVocabulary(absl::string_view name, const Windows& windows,
                             uint64_t vocab_size) {
  for (const std::vector<uint32_t>& window : windows) {
    for (const uint32_t id : window) {
      if (id < vocab_size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " split: token ", id,
                       ": must be less than vocab_size=", vocab_size));
    }
  }
  return absl::OkStatus();
}

// The documents, or the sentences without the `start_id` that ends each.
Windows DocumentsOf(const Split& split, absl::optional<uint32_t> start_id) {
  if (!split.documents().empty()) {
    return CutDocuments(split, split.tokens_size());
  }
  Windows sentences(1);
  for (const uint32_t token : split.tokens()) {
    if (start_id == token) {
      sentences.emplace_back();
    } else {
      sentences.back().push_back(token);
    }
  }
  sentences.pop_back();  // what follows the last separator
  return sentences;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<uint32_t>>> CutWindows(
    absl::string_view name, const Split& split, uint64_t window_tokens,
    uint64_t vocab_size) {
  const uint64_t tokens = split.tokens_size();
  RETURN_IF_ERROR(CheckWindowTokens(name, window_tokens));
  const bool is_stream = split.documents().empty();
  if (is_stream && tokens < window_tokens) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " split: ", tokens, " tokens: one window needs ", window_tokens));
  }
  Windows windows = is_stream ? CutStream(split, window_tokens)
                              : CutDocuments(split, window_tokens);
  RETURN_IF_ERROR(CheckVocabulary(name, windows, vocab_size));
  return windows;
}

absl::StatusOr<std::vector<std::vector<uint32_t>>> CutFromDocumentStarts(
    absl::string_view name, const Split& split,
    absl::optional<uint32_t> start_id, uint64_t length, uint64_t vocab_size) {
  RETURN_IF_ERROR(CheckWindowTokens(name, length));
  Windows sequences;
  std::vector<uint32_t> next;
  for (const std::vector<uint32_t>& document : DocumentsOf(split, start_id)) {
    if (start_id.has_value()) next.push_back(*start_id);
    next.insert(next.end(), document.begin(), document.end());
    if (next.size() < length) continue;
    next.resize(length);
    sequences.push_back(std::move(next));
    next.clear();
  }
  RETURN_IF_ERROR(CheckVocabulary(name, sequences, vocab_size));
  return sequences;
}

Split PackDocuments(const Split& split, absl::optional<uint32_t> start_id) {
  if (split.documents().empty()) return split;
  Split stream;
  auto token = split.tokens().begin();
  for (const Document& document : split.documents()) {
    if (start_id.has_value() && !stream.tokens().empty()) {
      stream.add_tokens(*start_id);
    }
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
