#include "lib/data/text_corpus.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"

namespace quant_curve {
namespace {

using TokenIds = google::protobuf::RepeatedField<uint32_t>;

absl::Status CheckIds(absl::string_view owner, const TokenIds& ids,
                      uint32_t vocab_size) {
  if (ids.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(owner, ": has no tokens"));
  }
  for (const uint32_t id : ids) {
    if (id < vocab_size) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": token ", id,
                     ": must be less than the vocabulary size ", vocab_size));
  }
  return absl::OkStatus();
}

absl::Status CheckSplit(absl::string_view name, const Split& split,
                        uint32_t vocab_size) {
  const std::string owner = absl::StrCat(name, " split");
  RETURN_IF_ERROR(CheckIds(owner, split.tokens(), vocab_size));
  uint64_t left = split.tokens_size();
  for (int i = 0; i < split.documents_size(); ++i) {
    const uint64_t tokens = split.documents(i).num_tokens();
    if (tokens == 0 || tokens > left) {
      return absl::InvalidArgumentError(
          absl::StrCat(owner, ": document ", i, ": num_tokens=", tokens,
                       ": must be in [1, ", left, "]"));
    }
    left -= tokens;
  }
  if (left == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(owner, ": ", left, " tokens belong to no document"));
}

absl::Status CheckPair(absl::string_view owner, const ClozeItem& item,
                       uint32_t vocab_size) {
  if (item.stratum() != MINIMAL_PAIR || item.tense() != TENSE_UNSPECIFIED ||
      !item.prefix().empty() || !item.suffix().empty() ||
      item.candidates_size() != 2 || item.answer() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        owner,
        ": is not a minimal pair (two candidates, nothing around them, "
        "answer 0 or 1)"));
  }
  for (const ClozeItem::Candidate& candidate : item.candidates()) {
    RETURN_IF_ERROR(CheckIds(owner, candidate.tokens(), vocab_size));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateTextCorpus(const Corpus& corpus) {
  const BpeTokenizer& tokenizer = corpus.bpe_tokenizer();
  RETURN_IF_ERROR(ValidateBpeTokenizer(tokenizer));
  const uint32_t vocab_size = tokenizer.tokens_size();
  RETURN_IF_ERROR(CheckSplit("calibration", corpus.calibration(), vocab_size));
  RETURN_IF_ERROR(CheckSplit("evaluation", corpus.evaluation(), vocab_size));
  for (int i = 0; i < corpus.items_size(); ++i) {
    RETURN_IF_ERROR(
        CheckPair(absl::StrCat("item ", i), corpus.items(i), vocab_size));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
