// The begin and the end token: several files of a Hugging Face folder name
// them, and must agree.
#ifndef QUANT_CURVE_TOOLS_IMPORT_SPECIAL_TOKENS_H_
#define QUANT_CURVE_TOOLS_IMPORT_SPECIAL_TOKENS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "tools/import/tokenizer_vocabulary.h"

namespace quant_curve {

// The claim of one file: ids (an end token may have several), or else a text.
struct TokenClaim {
  std::string where;  // "/models/x/config.json: bos_token_id"
  std::vector<uint32_t> ids;
  std::string text;
  // It need not be an added token: the caller checks that text is not encoded
  // to it.
  bool may_be_ordinary = false;
};

// In order of precedence: which of several ids is taken, the first claim says.
struct SpecialTokens {
  std::vector<TokenClaim> begin;
  std::vector<TokenClaim> end;
  // tokenizer_config.json's bos_token is there and null: Qwen's, whose
  // config.json has a bos_token_id all the same. Nothing puts that before a
  // text.
  bool has_null_begin = false;
  // tokenizer_config.json's add_prefix_space, and where it is.
  absl::optional<bool> add_prefix_space;
  std::string add_prefix_space_where;
};

// Adds what `path`, a generation_config.json, says by ids. Returns false when
// there is no such file.
absl::StatusOr<bool> ReadGenerationConfig(const std::string& path,
                                          SpecialTokens& tokens);

// Adds what `path`, a tokenizer_config.json or special_tokens_map.json, says by
// text, alike.
absl::StatusOr<bool> ReadTokenizerConfig(const std::string& path,
                                         SpecialTokens& tokens);

// The id on which all claims agree; nothing when there are none. With a
// vocabulary, it must be one of its added tokens unless the first claim says
// otherwise: an ordinary token is almost always a wrong id. Without one (texts
// that come as ids), claims by text play no part. InvalidArgument, naming the
// claims that differ, or the claim and the ordinary token.
absl::StatusOr<absl::optional<uint32_t>> AgreedToken(
    absl::Span<const TokenClaim> claims, const TokenizerVocabulary* vocabulary);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_SPECIAL_TOKENS_H_
