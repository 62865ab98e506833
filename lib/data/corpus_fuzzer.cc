// A corpus behind the frame: ReadCorpus, and the windows cut from it.

#include <string>
#include <vector>

#include "lib/data/calibration_sequences.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/data/windows.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {
namespace {

// Vocabulary: . he w alk; one sentence a split, one item.
Corpus VerbCorpus() {
  Corpus corpus;
  Tokenizer& tokenizer = *corpus.mutable_tokenizer();
  for (const char* token : {".", "he", "w", "alk"}) tokenizer.add_tokens(token);
  tokenizer.set_num_function_tokens(2);
  tokenizer.set_num_onsets(1);
  tokenizer.set_num_rimes(1);
  for (Split* split : {corpus.mutable_train(), corpus.mutable_calibration(),
                       corpus.mutable_evaluation()}) {
    for (const uint32_t id : {1, 2, 3, 0}) split->add_tokens(id);
    split->set_num_sentences(1);
  }
  ClozeItem& item = *corpus.add_items();
  item.set_stratum(SEEN);
  item.set_tense(PAST);
  item.add_prefix(1);
  item.add_suffix(3);
  for (const uint32_t id : {1, 2}) item.add_candidates()->add_tokens(id);
  item.set_answer(1);
  return corpus;
}

// Byte-level, "a" and "b" and the begin token; two documents a split, one pair.
Corpus TextCorpus() {
  Corpus corpus;
  BpeTokenizer& tokenizer = *corpus.mutable_bpe_tokenizer();
  tokenizer.set_kind(BYTE_LEVEL);
  tokenizer.set_prefix_space(PREFIX_NONE);
  for (const char* token : {"a", "b", "<s>"}) {
    tokenizer.add_tokens(token);
    tokenizer.add_types(token[0] == '<' ? TOKEN_CONTROL : TOKEN_NORMAL);
  }
  tokenizer.set_bos_id(2);
  for (Split* split :
       {corpus.mutable_calibration(), corpus.mutable_evaluation()}) {
    for (const uint32_t id : {0, 1, 1}) split->add_tokens(id);
    split->add_documents()->set_num_tokens(2);
    split->add_documents()->set_num_tokens(1);
  }
  ClozeItem& item = *corpus.add_items();
  item.set_stratum(MINIMAL_PAIR);
  for (const uint32_t id : {0, 1}) item.add_candidates()->add_tokens(id);
  return corpus;
}

void TestWindows(const Corpus& corpus) {
  constexpr uint64_t kWindow = 2;
  const uint64_t vocabulary = corpus.has_tokenizer()
                                  ? corpus.tokenizer().tokens_size()
                                  : corpus.bpe_tokenizer().tokens_size();
  Require(EndsOf(corpus).start.value_or(0) < vocabulary,
          "the begin token is a token");
  const auto windows =
      CutWindows("evaluation", corpus.evaluation(), kWindow, vocabulary);
  for (const std::vector<uint32_t>& window :
       windows.value_or(std::vector<std::vector<uint32_t>>())) {
    Require(!window.empty() && window.size() <= kWindow,
            "a window has 1 to window_tokens tokens");
  }
  const auto sequences =
      CalibrationSequences(corpus, "input", {1, kWindow, false}, vocabulary);
  if (!sequences.ok()) return;
  Require(sequences->size() == 1 && (*sequences)[0].size() == kWindow,
          "as many sequences of that length as asked for");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  Corpus without_begin = TextCorpus();
  without_begin.mutable_bpe_tokenizer()->clear_bos_id();
  return {PayloadOf(VerbCorpus()), PayloadOf(TextCorpus()),
          PayloadOf(without_begin)};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto corpus =
      ReadCorpus(ArtifactInputPath<Corpus>(InputView(data, size)));
  if (!Accepts(corpus)) return 0;
  RequireRoundTrip<Corpus>(*corpus, ReadCorpus);
  TestWindows(corpus->message);
  return 0;
}
