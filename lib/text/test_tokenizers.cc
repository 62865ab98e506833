#include "lib/text/test_tokenizers.h"

#include <string>

#include "lib/text/text_splitter.h"

namespace quant_curve {
namespace {

void AddToken(const std::string& bytes, TokenType type,
              BpeTokenizer& tokenizer) {
  tokenizer.add_tokens(bytes);
  tokenizer.add_types(type);
}

void AddMerge(uint32_t left, uint32_t right, BpeTokenizer& tokenizer) {
  tokenizer.add_merge_left(left);
  tokenizer.add_merge_right(right);
}

BpeTokenizer SentencePieceVocabulary() {
  BpeTokenizer tokenizer;
  AddToken("<unk>", TOKEN_UNUSED, tokenizer);
  AddToken("<s>", TOKEN_CONTROL, tokenizer);
  AddToken("</s>", TOKEN_CONTROL, tokenizer);
  for (int byte = 0; byte < 256; ++byte) {
    AddToken(std::string(1, static_cast<char>(byte)), TOKEN_BYTE, tokenizer);
  }
  for (const char* text : {" ", "t", "h", "e", "e ", "th", "the", " the"}) {
    AddToken(text, TOKEN_NORMAL, tokenizer);
  }
  tokenizer.set_prefix_space(PREFIX_EACH);
  tokenizer.set_unknown_id(0);
  tokenizer.set_bos_id(1);
  tokenizer.set_eos_id(2);
  return tokenizer;
}

}  // namespace

BpeTokenizer ByteLevelTestTokenizer() {
  BpeTokenizer tokenizer;
  tokenizer.set_kind(BYTE_LEVEL);
  for (int byte = 0; byte < 256; ++byte) {
    AddToken(std::string(1, static_cast<char>(byte)), TOKEN_NORMAL, tokenizer);
  }
  for (const char* text : {"he", "ll", "hell", "hello"}) {
    AddToken(text, TOKEN_NORMAL, tokenizer);
  }
  AddToken("<|endoftext|>", TOKEN_CONTROL, tokenizer);
  AddMerge('h', 'e', tokenizer);
  AddMerge('l', 'l', tokenizer);
  AddMerge(256, 257, tokenizer);
  AddMerge(258, 'o', tokenizer);
  tokenizer.set_prefix_space(PREFIX_NONE);
  tokenizer.add_split_patterns(std::string(kGpt2Pattern));
  tokenizer.set_bos_id(260);
  tokenizer.set_eos_id(260);
  return tokenizer;
}

BpeTokenizer Llama3TestTokenizer() {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_split_patterns(
      0, R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
         R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  tokenizer.set_ignore_merges(true);
  return tokenizer;
}

BpeTokenizer SentencePieceTestTokenizer() {
  BpeTokenizer tokenizer = SentencePieceVocabulary();
  tokenizer.set_kind(SENTENCEPIECE_MERGES);
  AddToken("<user>", TOKEN_ADDED, tokenizer);
  AddMerge(262, 259, tokenizer);
  AddMerge(260, 261, tokenizer);
  AddMerge(264, 262, tokenizer);
  AddMerge(259, 265, tokenizer);
  return tokenizer;
}

BpeTokenizer NormalizedTestTokenizer() {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.set_tokens(2, " </s>");
  tokenizer.add_normalized_ids(2);
  tokenizer.set_prefix_space(PREFIX_NORMALIZED);
  return tokenizer;
}

BpeTokenizer ScoreTestTokenizer() {
  BpeTokenizer tokenizer = SentencePieceVocabulary();
  tokenizer.set_kind(SENTENCEPIECE_SCORES);
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    tokenizer.add_scores(-5);
  }
  tokenizer.set_scores(263, -2);
  tokenizer.set_scores(264, -1);
  tokenizer.set_scores(265, -3);
  tokenizer.set_scores(266, -4);
  return tokenizer;
}

}  // namespace quant_curve
