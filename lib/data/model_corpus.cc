#include "lib/data/model_corpus.h"

#include "absl/strings/str_cat.h"
#include "lib/data/tokenizer.h"
#include "lib/text/bpe_tokenizer.h"

namespace quant_curve {

TextEnds EndsOf(const Corpus& corpus) {
  if (corpus.has_bpe_tokenizer()) {
    const BpeTokenizer& tokenizer = corpus.bpe_tokenizer();
    if (!tokenizer.has_bos_id()) return {absl::nullopt, absl::nullopt};
    return {tokenizer.bos_id(), absl::nullopt};
  }
  const uint32_t separator = corpus.tokenizer().separator_id();
  return {separator, separator};
}

absl::Status CheckBelongTogether(const Artifact<Corpus>& corpus,
                                 absl::string_view corpus_path,
                                 absl::string_view model_tokenizer_sha256,
                                 absl::string_view model_corpus_sha256,
                                 absl::string_view model_path) {
  const std::string tokenizer_sha256 =
      corpus.message.has_bpe_tokenizer()
          ? BpeTokenizerSha256(corpus.message.bpe_tokenizer())
          : TokenizerSha256(corpus.message.tokenizer());
  if (tokenizer_sha256 != model_tokenizer_sha256) {
    return absl::InvalidArgumentError(absl::StrCat(
        corpus_path, " and ", model_path,
        ": their tokenizers differ (other digests); use the corpus that the "
        "model was trained on, or text that its own tokenizer has cut"));
  }
  if (!model_corpus_sha256.empty() && model_corpus_sha256 != corpus.sha256) {
    return absl::InvalidArgumentError(absl::StrCat(
        corpus_path, " and ", model_path,
        ": the model was trained on another corpus, they come from different "
        "runs; use the corpus that it was trained on"));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
