#include "tools/corpus/vocabulary.h"

namespace quant_curve {
namespace {

constexpr const char* kFunctionTokens[] = {
    ".",  "the", "a",  "he",  "they", "i",    "will",  "is",   "are",
    "am", "to",  "in", "now", "last", "next", "every", "week", "she"};
constexpr const char* kOnsets[] = {"b", "c", "d", "f",  "g",  "h", "j",
                                   "k", "l", "m", "n",  "p",  "r", "s",
                                   "t", "v", "w", "st", "ch", "sh"};
constexpr const char* kRimes[] = {"ack", "ill", "ook",  "all", "alk", "ump",
                                  "ick", "ock", "ash",  "ain", "ail", "end",
                                  "ark", "oil", "oast", "and", "ent", "est",
                                  "ay",  "ell", "ake",  "old"};
constexpr const char* kSuffixes[] = {"+s", "+es", "+ed", "+ing"};

template <size_t kSize>
uint32_t AddTokens(const char* const (&spellings)[kSize],
                   Tokenizer& tokenizer) {
  for (const char* spelling : spellings) tokenizer.add_tokens(spelling);
  return kSize;
}

}  // namespace

Tokenizer VerbTokenizer() {
  Tokenizer tokenizer;
  tokenizer.set_num_function_tokens(AddTokens(kFunctionTokens, tokenizer));
  tokenizer.set_num_onsets(AddTokens(kOnsets, tokenizer));
  tokenizer.set_num_rimes(AddTokens(kRimes, tokenizer));
  tokenizer.set_num_suffixes(AddTokens(kSuffixes, tokenizer));
  tokenizer.set_separator_id(0);
  return tokenizer;
}

std::vector<std::string> Syllables() {
  std::vector<std::string> syllables;
  for (const std::string onset : kOnsets) {
    for (const char* rime : kRimes) syllables.push_back(onset + rime);
  }
  return syllables;
}

}  // namespace quant_curve
