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

// The documents from their second token on.
Split WithoutFirstTokens(const Split& split) {
  Split rest;
  auto token = split.tokens().begin();
  for (const Document& document : split.documents()) {
    const uint64_t tokens = document.num_tokens();
    if (tokens > 1) {
      rest.mutable_tokens()->Add(token + 1, token + tokens);
      *rest.add_documents() = document;
      rest.mutable_documents()->rbegin()->set_num_tokens(tokens - 1);
    }
    token += tokens;
  }
  return rest;
}

// The token before each window of WithoutFirstTokens(split).
std::vector<uint32_t> TokensBeforeWindows(const Split& split,
                                          uint64_t window_tokens) {
  std::vector<uint32_t> starts;
  auto token = split.tokens().begin();
  for (const Document& document : split.documents()) {
    for (uint64_t i = 0; i + 1 < document.num_tokens(); i += window_tokens) {
      starts.push_back(*(token + i));
    }
    token += document.num_tokens();
  }
  return starts;
}

// Of what is scored of a split, without starts.
absl::StatusOr<EvaluationText> CutScored(const Split& split,
                                         const EvaluationChoice& choice,
                                         uint64_t vocab_size) {
  EvaluationText text;
  ASSIGN_OR_RETURN(text.windows, CutWindows("evaluation", split,
                                            choice.window_tokens, vocab_size));
  for (int i = 0; i < split.documents_size(); ++i) {
    const uint64_t tokens = split.documents(i).num_tokens();
    const uint64_t windows =
        (tokens + choice.window_tokens - 1) / choice.window_tokens;
    text.documents.insert(text.documents.end(), windows, i);
  }
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
    if (!text.documents.empty()) text.documents.resize(within);
    return text;
  }
  text.windows.resize(whole);
  text.documents.resize(whole);
  text.num_bytes = documents.num_bytes;
  text.num_words = documents.num_words;
  return text;
}

}  // namespace

absl::StatusOr<EvaluationText> CutEvaluationText(
    const Split& split, const EvaluationChoice& choice, uint64_t vocab_size,
    absl::optional<uint32_t> start_id) {
  if (start_id.has_value()) {
    ASSIGN_OR_RETURN(EvaluationText text, CutScored(split, choice, vocab_size));
    text.starts.assign(text.windows.size(), *start_id);
    return text;
  }
  const Split scored = WithoutFirstTokens(split);
  if (scored.documents().empty()) {
    return absl::InvalidArgumentError(
        "evaluation split: no document has a second token, and without a begin "
        "token the first has no context to be scored in");
  }
  ASSIGN_OR_RETURN(EvaluationText text, CutScored(scored, choice, vocab_size));
  text.starts = TokensBeforeWindows(split, choice.window_tokens);
  text.starts.resize(text.windows.size());
  return text;
}

}  // namespace quant_curve
