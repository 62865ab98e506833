// Finds tokens that stand whole in a text: begin, end, <user>.
#ifndef QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_
#define QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace quant_curve {

// A stretch of text: a token's, or what stands between tokens.
struct TextPart {
  absl::string_view text;
  absl::optional<uint32_t> id;
};

// Thread-safe once filled.
class AddedTokens {
 public:
  // `bytes`, not empty, must outlive this object.
  void Add(absl::string_view bytes, uint32_t id);

  // The parts of `text` in order, none of them empty: the leftmost token first,
  // of those that start at the same place the longest. Views into `text`.
  std::vector<TextPart> Split(absl::string_view text) const;

 private:
  using Token = std::pair<absl::string_view, uint32_t>;
  // The token that `text` starts with.
  const Token* At(absl::string_view text) const;

  std::array<std::vector<Token>, 256> by_first_byte_;  // longer ones first
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_
