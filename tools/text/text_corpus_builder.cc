#include "tools/text/text_corpus_builder.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/foreign_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/text_corpus.h"
#include "lib/json/json.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/text/documents.h"
#include "tools/text/minimal_pairs.h"

namespace quant_curve {
namespace {

using Ids = std::vector<uint32_t>;

struct EncodedText {
  Ids ids;
  absl::string_view text;  // that they spell
};

// Text or written ids to ids, without a begin token.
class Encoder {
 public:
  Encoder(const BpeCodec& codec, bool are_tokens)
      : codec_(codec), are_tokens_(are_tokens) {}

  bool are_tokens() const { return are_tokens_; }

  // `where` begins the message. At least one token.
  absl::StatusOr<EncodedText> Encode(absl::string_view text,
                                     absl::string_view where) const {
    auto ids = are_tokens_ ? ParseIds(text) : codec_.Encode(text);
    if (ids.ok() && ids->empty()) {
      ids = absl::InvalidArgumentError("has no tokens");
    }
    if (!ids.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": ", ids.status().message()));
    }
    const Ids first = {ids->front()};
    if (ids->size() > 1 && DropBegin(codec_.tokenizer(), *ids) &&
        !are_tokens_) {
      ASSIGN_OR_RETURN(const std::string begin, codec_.Decode(first));
      text.remove_prefix(begin.size());
    }
    return EncodedText{*std::move(ids), text};
  }

 private:
  absl::StatusOr<Ids> ParseIds(absl::string_view text) const {
    const uint32_t vocab_size = codec_.tokenizer().tokens_size();
    Ids ids;
    for (const absl::string_view word : absl::StrSplit(
             text, absl::ByAnyChar(" \t\n\v\f\r"), absl::SkipEmpty())) {
      uint32_t id = 0;
      if (!absl::SimpleAtoi(word, &id) || id >= vocab_size) {
        return absl::InvalidArgumentError(
            absl::StrCat("token ", ids.size(), " is ", Excerpt(word),
                         ": must be an id in [0, ", vocab_size - 1, "]"));
      }
      ids.push_back(id);
    }
    return ids;
  }

  const BpeCodec& codec_;
  const bool are_tokens_;
};

absl::string_view ContentsOf(const TextFile& file) {
  return WithoutByteOrderMark(file.contents);
}

// Files that would be taken for text and are none.
absl::Status CheckIsText(const TextFile& file) {
  std::string why = ForeignFormat(file.contents);
  if (absl::StartsWith(file.contents, "\xff\xfe") ||
      absl::StartsWith(file.contents, "\xfe\xff")) {
    why = "is UTF-16: convert it to UTF-8";
  }
  if (why.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file.path, ": ", why));
}

// One that occurs nowhere is a mistake: all documents would be one.
absl::Status CheckSeparator(const TextSources& sources) {
  const std::string& separator = sources.document_separator;
  if (separator.empty() ||
      absl::StrContains(sources.calibration.contents, separator) ||
      absl::StrContains(sources.evaluation.contents, separator)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--document_separator=", Excerpt(separator), ": occurs neither in ",
      sources.calibration.path, " nor in ", sources.evaluation.path,
      ": correct it, or leave it out if each file is one document"));
}

absl::Status FillSplit(const Encoder& encoder, const TextFile& file,
                       absl::string_view separator, Split& split) {
  for (const absl::string_view text :
       SplitDocuments(ContentsOf(file), separator)) {
    ASSIGN_OR_RETURN(
        const EncodedText encoded,
        encoder.Encode(text, absl::StrCat(file.path, ": document ",
                                          split.documents_size() + 1)));
    split.mutable_tokens()->Add(encoded.ids.begin(), encoded.ids.end());
    Document& document = *split.add_documents();
    document.set_num_tokens(encoded.ids.size());
    if (encoder.are_tokens()) continue;
    document.set_num_bytes(encoded.text.size());
    document.set_num_words(CountWords(encoded.text));
  }
  if (!split.documents().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file.path, ": holds no text"));
}

absl::Status AddPairs(const Encoder& encoder, const TextFile& file,
                      Corpus& corpus) {
  ASSIGN_OR_RETURN(const std::vector<MinimalPair> pairs,
                   ParseMinimalPairs(ContentsOf(file), file.path));
  for (size_t i = 0; i < pairs.size(); ++i) {
    ClozeItem& item = *corpus.add_items();
    item.set_stratum(MINIMAL_PAIR);
    item.set_category(pairs[i].category);
    item.set_answer(1);
    for (const std::string& sentence : {pairs[i].bad, pairs[i].good}) {
      ASSIGN_OR_RETURN(
          const EncodedText encoded,
          encoder.Encode(sentence, absl::StrCat(file.path, ": pair ", i + 1)));
      item.add_candidates()->mutable_tokens()->Add(encoded.ids.begin(),
                                                   encoded.ids.end());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Corpus> BuildTextCorpus(const BpeTokenizer& tokenizer,
                                       const TextSources& sources) {
  ASSIGN_OR_RETURN(const BpeCodec codec, BpeCodec::Create(tokenizer));
  const Encoder encoder(codec, sources.are_tokens);
  for (const TextFile* file :
       {&sources.calibration, &sources.evaluation, &sources.pairs}) {
    RETURN_IF_ERROR(CheckIsText(*file));
  }
  RETURN_IF_ERROR(CheckSeparator(sources));
  Corpus corpus;
  *corpus.mutable_bpe_tokenizer() = tokenizer;
  RETURN_IF_ERROR(FillSplit(encoder, sources.calibration,
                            sources.document_separator,
                            *corpus.mutable_calibration()));
  RETURN_IF_ERROR(FillSplit(encoder, sources.evaluation,
                            sources.document_separator,
                            *corpus.mutable_evaluation()));
  if (!sources.pairs.path.empty()) {
    RETURN_IF_ERROR(AddPairs(encoder, sources.pairs, corpus));
  }
  RETURN_IF_ERROR(ValidateTextCorpus(corpus));
  return corpus;
}

}  // namespace quant_curve
