#include "lib/data/corpus_reader.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/text_corpus.h"
#include "lib/data/tokenizer.h"

namespace quant_curve {
namespace {

using TokenIds = google::protobuf::RepeatedField<uint32_t>;

absl::Status CheckIds(absl::string_view owner, const TokenIds& ids,
                      uint32_t vocab_size) {
  for (const uint32_t id : ids) {
    if (id < vocab_size) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": token ", id,
                     ": must be less than the vocabulary size ", vocab_size));
  }
  return absl::OkStatus();
}

absl::Status CheckSplit(absl::string_view name, const Split& split,
                        const Tokenizer& tokenizer) {
  const std::string owner = absl::StrCat(name, " split");
  if (split.tokens().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("empty corpus: the ", owner, " has no tokens"));
  }
  RETURN_IF_ERROR(CheckIds(owner, split.tokens(), tokenizer.tokens_size()));
  const uint32_t separator = tokenizer.separator_id();
  if (*split.tokens().rbegin() != separator) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": the last sentence has no separator"));
  }
  const uint64_t separators =
      std::count(split.tokens().begin(), split.tokens().end(), separator);
  if (separators != split.num_sentences()) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": num_sentences=", split.num_sentences(),
                     ": the tokens hold ", separators));
  }
  return absl::OkStatus();
}

// Prefix, suffix or candidate of an item.
absl::Status CheckPart(absl::string_view owner, const TokenIds& ids,
                       const Tokenizer& tokenizer) {
  RETURN_IF_ERROR(CheckIds(owner, ids, tokenizer.tokens_size()));
  if (std::count(ids.begin(), ids.end(), tokenizer.separator_id()) > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": a separator inside the sentence"));
  }
  return absl::OkStatus();
}

absl::Status CheckItem(absl::string_view owner, const ClozeItem& item,
                       int num_candidates, const Tokenizer& tokenizer) {
  if (item.stratum() == STRATUM_UNSPECIFIED || item.stratum() == MINIMAL_PAIR ||
      !Stratum_IsValid(item.stratum()) || item.tense() == TENSE_UNSPECIFIED ||
      !Tense_IsValid(item.tense())) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": stratum ", item.stratum(), ", tense ",
                     item.tense(), ": unspecified or unknown"));
  }
  if (item.candidates_size() < 2 || item.candidates_size() != num_candidates) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": ", item.candidates_size(),
                     " candidates: at least 2, and as many as item 0 has (",
                     num_candidates, ")"));
  }
  if (item.answer() >= static_cast<uint32_t>(item.candidates_size())) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, ": answer ", item.answer(), ": must be less than ",
                     item.candidates_size()));
  }
  RETURN_IF_ERROR(CheckPart(owner, item.prefix(), tokenizer));
  RETURN_IF_ERROR(CheckPart(owner, item.suffix(), tokenizer));
  for (const ClozeItem::Candidate& candidate : item.candidates()) {
    if (candidate.tokens().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(owner, ": a candidate is empty"));
    }
    RETURN_IF_ERROR(CheckPart(owner, candidate.tokens(), tokenizer));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateCorpus(const Corpus& corpus) {
  if (corpus.has_bpe_tokenizer()) return ValidateTextCorpus(corpus);
  const Tokenizer& tokenizer = corpus.tokenizer();
  RETURN_IF_ERROR(ValidateTokenizer(tokenizer));
  RETURN_IF_ERROR(CheckSplit("train", corpus.train(), tokenizer));
  RETURN_IF_ERROR(CheckSplit("calibration", corpus.calibration(), tokenizer));
  RETURN_IF_ERROR(CheckSplit("evaluation", corpus.evaluation(), tokenizer));
  if (corpus.items().empty()) {
    return absl::InvalidArgumentError("empty corpus: it has no cloze items");
  }
  for (int i = 0; i < corpus.items_size(); ++i) {
    RETURN_IF_ERROR(CheckItem(absl::StrCat("item ", i), corpus.items(i),
                              corpus.items(0).candidates_size(), tokenizer));
  }
  return absl::OkStatus();
}

absl::StatusOr<Artifact<Corpus>> ReadCorpus(const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<Corpus> corpus, ReadArtifact<Corpus>(path));
  const absl::Status valid = ValidateCorpus(corpus.message);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", valid.message()));
  }
  return corpus;
}

}  // namespace quant_curve
