// Texts, separators and token ids: BuildTextCorpus. The input is a folder of
// "separator", "calibration", "evaluation" and "pairs"; with a file "tokens"
// the texts are token ids.

#include <string>
#include <vector>

#include "lib/data/text_corpus.h"
#include "lib/fuzzing/folder_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "tools/text/text_corpus_builder.h"

namespace quant_curve {
namespace {

TextSources SourcesOf(absl::string_view input) {
  TextSources sources;
  sources.calibration.path = "calibration";
  sources.evaluation.path = "evaluation";
  for (const FolderFile& file : FolderFromInput(input)) {
    if (file.name == "separator") sources.document_separator = file.contents;
    if (file.name == "calibration") {
      sources.calibration.contents = file.contents;
    }
    if (file.name == "evaluation") sources.evaluation.contents = file.contents;
    if (file.name == "pairs") sources.pairs = {"pairs", file.contents};
    if (file.name == "tokens") sources.are_tokens = true;
  }
  return sources;
}

// "ab " in six tokens. Few, as each input makes a codec of them.
BpeTokenizer SmallTokenizer(BpeKind kind) {
  BpeTokenizer tokenizer;
  tokenizer.set_kind(kind);
  tokenizer.set_prefix_space(kind == BYTE_LEVEL ? PREFIX_NONE : PREFIX_EACH);
  for (const char* token : {"<s>", "a", "b", " ", "ab", "?"}) {
    tokenizer.add_tokens(token);
    tokenizer.add_types(token[0] == '<' ? TOKEN_CONTROL : TOKEN_NORMAL);
  }
  tokenizer.add_merge_left(1);
  tokenizer.add_merge_right(2);
  tokenizer.set_bos_id(0);
  // Byte level has no unknown token: its text may fail to be spelled.
  if (kind != BYTE_LEVEL) tokenizer.set_unknown_id(5);
  return tokenizer;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {FolderToInput({{"separator", "--"},
                         {"calibration", "abba--\xc3\xa9 a"},
                         {"evaluation", "a\n--\n--\n<s>b\n"},
                         {"pairs",
                          "{\"sentence_good\": \"ab\", \"sentence_bad\": "
                          "\"b\"}"}}),
          FolderToInput({{"tokens", ""},
                         {"separator", ";"},
                         {"calibration", "1 2 3;4"},
                         {"evaluation", "5 0"}})};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  static const auto* const tokenizers = new std::vector<BpeTokenizer>{
      SmallTokenizer(BYTE_LEVEL), SmallTokenizer(SENTENCEPIECE_MERGES)};
  const TextSources sources = SourcesOf(InputView(data, size));
  for (const BpeTokenizer& tokenizer : *tokenizers) {
    const absl::StatusOr<Corpus> corpus = BuildTextCorpus(tokenizer, sources);
    if (!Accepts(corpus)) continue;
    Require(ValidateTextCorpus(*corpus).ok(),
            "a corpus that was built is valid");
  }
  return 0;
}
