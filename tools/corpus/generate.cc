#include "tools/corpus/generate.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/tokenizer.h"
#include "lib/numerics/random.h"
#include "tools/corpus/grammar.h"
#include "tools/corpus/lexicon.h"
#include "tools/corpus/partition.h"
#include "tools/corpus/vocabulary.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMaxTrainSentences = 10'000'000;
constexpr uint64_t kMaxSequences = 100'000;
constexpr uint64_t kMaxSequenceLength = 4096;
constexpr uint64_t kMaxItems = 100'000;
constexpr uint64_t kMaxSplitTokens = uint64_t{1} << 25;

absl::Status CheckSize(absl::string_view flag, uint64_t value, uint64_t max) {
  if (1 <= value && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, "=", value, ": must be in [1, ", max, "]"));
}

// Each flag may be at its bound, but not all at once.
absl::Status CheckTokens(absl::string_view flag, uint64_t sequences,
                         uint64_t length) {
  if (sequences <= kMaxSplitTokens / length) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, "=", sequences, " of --sequence_length=", length,
                   " tokens: at most ", kMaxSplitTokens, " tokens in all"));
}

// Appends sentences of `part` until the split has at least that many sentences
// and tokens.
absl::Status FillSplit(const Lexicon& lexicon, const Tokenizer& tokenizer,
                       Part part, uint64_t min_sentences, uint64_t min_tokens,
                       Random random, Split& split) {
  uint64_t sentences = 0;
  while (sentences < min_sentences ||
         static_cast<uint64_t>(split.tokens_size()) < min_tokens) {
    const Clause clause = SampleTrainedClause(lexicon, random);
    ASSIGN_OR_RETURN(const std::vector<uint32_t> tokens,
                     Encode(tokenizer, SentenceText(lexicon, clause)));
    if (PartOf(tokens) != part) continue;
    split.mutable_tokens()->Add(tokens.begin(), tokens.end());
    split.add_tokens(tokenizer.separator_id());
    ++sentences;
  }
  split.set_num_sentences(sentences);
  return absl::OkStatus();
}

absl::Status FillSplits(const CorpusOptions& options, const Lexicon& lexicon,
                        Corpus& corpus) {
  const Tokenizer& tokenizer = corpus.tokenizer();
  const uint64_t length = options.sequence_length;
  RETURN_IF_ERROR(FillSplit(
      lexicon, tokenizer, Part::kTrain, options.train_sentences, 0,
      StreamRandom(options.seed, Stream::kTrain), *corpus.mutable_train()));
  RETURN_IF_ERROR(FillSplit(lexicon, tokenizer, Part::kCalibration, 0,
                            options.calibration_sequences * length,
                            StreamRandom(options.seed, Stream::kCalibration),
                            *corpus.mutable_calibration()));
  return FillSplit(lexicon, tokenizer, Part::kEvaluation, 0,
                   options.evaluation_windows * length,
                   StreamRandom(options.seed, Stream::kEvaluation),
                   *corpus.mutable_evaluation());
}

// A word's tokens: [onset, rime] or [onset, rime, suffix], or one function
// token.
using Word = std::vector<uint32_t>;

bool IsContent(const Tokenizer& tokenizer, uint32_t id) {
  return id >= tokenizer.num_function_tokens();
}

bool IsOnset(const Tokenizer& tokenizer, uint32_t id) {
  return IsContent(tokenizer, id) &&
         id < tokenizer.num_function_tokens() + tokenizer.num_onsets();
}

// The words of spelled text.
std::vector<Word> Words(const Tokenizer& tokenizer,
                        absl::Span<const uint32_t> tokens) {
  std::vector<Word> words;
  for (const uint32_t id : tokens) {
    const bool starts = !IsContent(tokenizer, id) || IsOnset(tokenizer, id);
    if (starts || words.empty()) words.emplace_back();
    words.back().push_back(id);
  }
  return words;
}

Word StemOf(Word word) {
  if (word.size() > 2) word.resize(2);
  return word;
}

absl::Status CheckItemStratum(const Tokenizer& tokenizer, const ClozeItem& item,
                              const absl::flat_hash_set<Word>& trained_words,
                              const absl::flat_hash_set<Word>& trained_stems) {
  const Word tested =
      Words(tokenizer, item.candidates(item.answer()).tokens()).back();
  const bool word_trained = trained_words.contains(tested);
  const bool stem_trained = trained_stems.contains(StemOf(tested));
  const bool want_word = item.stratum() == SEEN;
  const bool want_stem = item.stratum() != UNSEEN_STEM;
  if (word_trained == want_word && stem_trained == want_stem) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, Decode(tokenizer, tested));
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' of a ", Stratum_Name(item.stratum()),
      " item: the training split ", word_trained ? "holds" : "lacks",
      " the word and ", stem_trained ? "holds" : "lacks",
      " its stem; with few sentences, raise --train_sentences"));
}

}  // namespace

absl::Status ValidateOptions(const CorpusOptions& options) {
  RETURN_IF_ERROR(CheckSize("train_sentences", options.train_sentences,
                            kMaxTrainSentences));
  RETURN_IF_ERROR(CheckSize("calibration_sequences",
                            options.calibration_sequences, kMaxSequences));
  RETURN_IF_ERROR(CheckSize("evaluation_windows", options.evaluation_windows,
                            kMaxSequences));
  RETURN_IF_ERROR(CheckSize("sequence_length", options.sequence_length,
                            kMaxSequenceLength));
  RETURN_IF_ERROR(CheckTokens("calibration_sequences",
                              options.calibration_sequences,
                              options.sequence_length));
  RETURN_IF_ERROR(CheckTokens("evaluation_windows", options.evaluation_windows,
                              options.sequence_length));
  RETURN_IF_ERROR(CheckSize("seen_items", options.items.seen, kMaxItems));
  RETURN_IF_ERROR(
      CheckSize("held_out_items", options.items.held_out_form, kMaxItems));
  return CheckSize("unseen_items", options.items.unseen_stem, kMaxItems);
}

absl::StatusOr<Corpus> GenerateCorpus(const CorpusOptions& options) {
  RETURN_IF_ERROR(ValidateOptions(options));
  const Lexicon lexicon = BuildLexicon(options.seed);
  Corpus corpus;
  corpus.set_seed(options.seed);
  *corpus.mutable_tokenizer() = VerbTokenizer();
  RETURN_IF_ERROR(FillSplits(options, lexicon, corpus));
  ASSIGN_OR_RETURN(
      const std::vector<ClozeItem> items,
      GenerateItems(lexicon, corpus.tokenizer(), options.items, options.seed));
  corpus.mutable_items()->Add(items.begin(), items.end());
  RETURN_IF_ERROR(ValidateCorpus(corpus));
  RETURN_IF_ERROR(CheckStrata(corpus));
  return corpus;
}

absl::Status CheckStrata(const Corpus& corpus) {
  const Tokenizer& tokenizer = corpus.tokenizer();
  absl::flat_hash_set<Word> words;
  absl::flat_hash_set<Word> stems;
  for (const Word& word : Words(tokenizer, corpus.train().tokens())) {
    words.insert(word);
    stems.insert(StemOf(word));
  }
  for (const ClozeItem& item : corpus.items()) {
    RETURN_IF_ERROR(CheckItemStratum(tokenizer, item, words, stems));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
