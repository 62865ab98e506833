#include "tools/import/llama2c_tokenizer.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/sentencepiece.h"

namespace quant_curve {
namespace {

constexpr int64_t kMaxFileSizeBytes = int64_t{16} << 20;
constexpr uint32_t kFirstByteId = 3;
constexpr uint32_t kFirstNormalId = kFirstByteId + 256;

template <typename... Parts>
absl::Status Refuse(const std::string& path, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", parts...));
}

// Takes a number from the front of `bytes`, which has as many.
template <typename Number>
Number Take(absl::string_view& bytes) {
  Number number;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

TokenType TypeOf(uint32_t id) {
  if (id < kFirstByteId) return TOKEN_UNUSED;
  return id < kFirstNormalId ? TOKEN_BYTE : TOKEN_NORMAL;
}

// The character of that number, in UTF-8.
std::string Latin1Spelling(uint32_t byte) {
  if (byte < 0x80) return std::string(1, static_cast<char>(byte));
  return {static_cast<char>(0xc0 | (byte >> 6)),
          static_cast<char>(0x80 | (byte & 0x3f))};
}

bool SpellsByte(absl::string_view token, uint32_t byte) {
  return token == ByteTokenSpelling(static_cast<uint8_t>(byte)) ||
         token == Latin1Spelling(byte);
}

absl::Status AddToken(const std::string& path, absl::string_view token,
                      float score, BpeTokenizer& tokenizer) {
  const uint32_t id = tokenizer.tokens_size();
  const TokenType type = TypeOf(id);
  const uint32_t byte = id - kFirstByteId;
  if (type == TOKEN_BYTE && !SpellsByte(token, byte)) {
    return Refuse(path, "token ", id, " is ", Excerpt(token), ", expected ",
                  Excerpt(ByteTokenSpelling(static_cast<uint8_t>(byte))));
  }
  tokenizer.add_tokens(type == TOKEN_BYTE
                           ? std::string(1, static_cast<char>(byte))
                           : std::string(token));
  tokenizer.add_types(type);
  tokenizer.add_scores(score);
  return absl::OkStatus();
}

absl::Status ReadTokens(const std::string& path, absl::string_view bytes,
                        uint32_t vocab_size, BpeTokenizer& tokenizer) {
  if (bytes.size() < sizeof(uint32_t)) {
    return Refuse(path, "too short for a tokenizer of llama2.c");
  }
  const uint32_t max_length = Take<uint32_t>(bytes);
  for (uint32_t id = 0; id < vocab_size; ++id) {
    if (bytes.size() < sizeof(float) + sizeof(uint32_t)) {
      return Refuse(path, "ends after ", id, " of ", vocab_size, " tokens");
    }
    const float score = Take<float>(bytes);
    const uint32_t length = Take<uint32_t>(bytes);
    if (length > max_length || length > bytes.size()) {
      return Refuse(path, "token ", id, " has ", length,
                    " bytes: the longest has ", max_length, ", the file ",
                    bytes.size(), " more");
    }
    RETURN_IF_ERROR(AddToken(path, bytes.substr(0, length), score, tokenizer));
    bytes.remove_prefix(length);
  }
  if (bytes.empty()) return absl::OkStatus();
  return Refuse(path, bytes.size(), " bytes follow the model's ", vocab_size,
                " tokens");
}

}  // namespace

absl::StatusOr<BpeTokenizer> ReadLlama2cTokenizer(const std::string& path,
                                                  uint32_t vocab_size) {
  if (vocab_size < kFirstNormalId) {
    return Refuse(path, "a vocabulary of ", vocab_size,
                  " tokens: llama2.c's has at least ", kFirstNormalId);
  }
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileSizeBytes));
  BpeTokenizer tokenizer;
  tokenizer.set_kind(SENTENCEPIECE_SCORES);
  tokenizer.set_prefix_space(PREFIX_EACH);
  tokenizer.set_unknown_id(0);
  tokenizer.set_bos_id(1);
  tokenizer.set_eos_id(2);
  RETURN_IF_ERROR(ReadTokens(path, bytes, vocab_size, tokenizer));
  const absl::Status valid = ValidateBpeTokenizer(tokenizer);
  if (!valid.ok()) return Refuse(path, valid.message());
  return tokenizer;
}

}  // namespace quant_curve
