#include "tools/export/gguf_tokenizer.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/gguf_pre_tokenizer.h"
#include "tools/export/token_spelling.h"

namespace quant_curve {
namespace {

// llama.cpp's numbers of token types.
constexpr int32_t kNormal = 1;
constexpr int32_t kUnknown = 2;
constexpr int32_t kControl = 3;
constexpr int32_t kUserDefined = 4;
constexpr int32_t kUnused = 5;
constexpr int32_t kByte = 6;

int32_t GgufTokenType(const BpeTokenizer& tokenizer, int id) {
  if (IsUnknownToken(tokenizer, static_cast<uint32_t>(id))) return kUnknown;
  switch (tokenizer.types(id)) {
    case TOKEN_NORMAL:
      return kNormal;
    case TOKEN_BYTE:
      return kByte;
    case TOKEN_ADDED:
      return kUserDefined;
    case TOKEN_CONTROL:
      return kControl;
    default:
      return kUnused;
  }
}

// One a token; tokens that no merge makes come last.
std::vector<float> Scores(const BpeTokenizer& tokenizer) {
  if (tokenizer.kind() == SENTENCEPIECE_SCORES) {
    return {tokenizer.scores().begin(), tokenizer.scores().end()};
  }
  const int merges = tokenizer.merge_left_size();
  std::vector<float> scores(tokenizer.tokens_size(),
                            -static_cast<float>(merges));
  const std::vector<uint32_t> made = MergedTokens(tokenizer);
  for (int i = merges; i > 0; --i) {
    scores[made[i - 1]] = -static_cast<float>(i - 1);
  }
  return scores;
}

// Tokens and types, one for each row of the model's embedding.
absl::Status AddTokens(std::vector<std::string> spellings,
                       std::vector<int32_t> types, uint32_t vocab_size,
                       GgufMetadata& metadata) {
  if (spellings.size() > vocab_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer: ", spellings.size(),
                     " tokens, but the model's vocab_size is ", vocab_size));
  }
  for (uint32_t id = spellings.size(); id < vocab_size; ++id) {
    spellings.push_back(UnusedSpelling(id));
  }
  types.resize(vocab_size, kUnused);
  metadata.Add("tokenizer.ggml.tokens",
               absl::Span<const std::string>(spellings));
  metadata.Add("tokenizer.ggml.token_type", absl::Span<const int32_t>(types));
  return absl::OkStatus();
}

void AddIds(const BpeTokenizer& tokenizer, GgufMetadata& metadata) {
  if (tokenizer.has_bos_id()) {
    metadata.Add("tokenizer.ggml.bos_token_id", tokenizer.bos_id());
  }
  if (tokenizer.has_eos_id()) {
    metadata.Add("tokenizer.ggml.eos_token_id", tokenizer.eos_id());
  }
  if (tokenizer.has_unknown_id()) {
    metadata.Add("tokenizer.ggml.unknown_token_id", tokenizer.unknown_id());
  }
  metadata.AddBool("tokenizer.ggml.add_bos_token", tokenizer.has_bos_id());
  metadata.AddBool("tokenizer.ggml.add_eos_token", false);
}

}  // namespace

absl::Status AddBpeTokenizer(const BpeTokenizer& tokenizer, uint32_t vocab_size,
                             GgufMetadata& metadata) {
  const bool byte_level = tokenizer.kind() == BYTE_LEVEL;
  metadata.Add("tokenizer.ggml.model",
               absl::string_view(byte_level ? "gpt2" : "llama"));
  std::string pre = "default";
  if (byte_level) {
    ASSIGN_OR_RETURN(pre, GgufPreTokenizer(tokenizer));
  }
  metadata.Add("tokenizer.ggml.pre", absl::string_view(pre));
  const std::vector<std::string> spellings = TokenSpellings(tokenizer);
  std::vector<int32_t> types;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    types.push_back(GgufTokenType(tokenizer, id));
  }
  RETURN_IF_ERROR(AddTokens(spellings, types, vocab_size, metadata));
  if (byte_level) {
    const std::vector<std::string> merges = MergeSpellings(tokenizer);
    metadata.Add("tokenizer.ggml.merges",
                 absl::Span<const std::string>(merges));
  } else {
    std::vector<float> scores = Scores(tokenizer);
    scores.resize(vocab_size);
    metadata.Add("tokenizer.ggml.scores", absl::Span<const float>(scores));
    metadata.AddBool("tokenizer.ggml.add_space_prefix",
                     tokenizer.prefix_space() != PREFIX_NONE);
  }
  AddIds(tokenizer, metadata);
  return absl::OkStatus();
}

absl::Status AddClosedVocabulary(const Tokenizer& tokenizer,
                                 uint32_t vocab_size, GgufMetadata& metadata) {
  metadata.Add("tokenizer.ggml.model", absl::string_view("t5"));
  const std::vector<std::string> spellings = TokenSpellings(tokenizer);
  RETURN_IF_ERROR(AddTokens(spellings,
                            std::vector<int32_t>(spellings.size(), kNormal),
                            vocab_size, metadata));
  const std::vector<float> scores(vocab_size, -1);
  metadata.Add("tokenizer.ggml.scores", absl::Span<const float>(scores));
  metadata.AddBool("tokenizer.ggml.add_space_prefix", true);
  metadata.AddBool("tokenizer.ggml.remove_extra_whitespaces", true);
  for (const char* role : {"bos", "eos", "unknown"}) {
    metadata.Add(absl::StrCat("tokenizer.ggml.", role, "_token_id"),
                 tokenizer.separator_id());
  }
  metadata.AddBool("tokenizer.ggml.add_bos_token", true);
  metadata.AddBool("tokenizer.ggml.add_eos_token", false);
  return absl::OkStatus();
}

void AddNoTokenizer(GgufMetadata& metadata) {
  metadata.Add("tokenizer.ggml.model", absl::string_view("no_vocab"));
}

}  // namespace quant_curve
