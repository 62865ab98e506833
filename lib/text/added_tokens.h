// Finds tokens that occur whole in a text: begin, end, <user>.
//
// Aho and Corasick's automaton (doi:10.1145/360825.360855) over the tokens read
// backwards. The text is scanned backwards, too: the state at a byte then tells
// the longest token that starts there, and the time is linear in the text and
// in the tokens, whatever they have in common.
#ifndef QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_
#define QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace quant_curve {

// A stretch of text: a token's, or the text between tokens.
struct TextPart {
  absl::string_view text;
  absl::optional<uint32_t> id;
};

// Thread-safe once filled.
class AddedTokens {
 public:
  struct Token {
    absl::string_view bytes;  // UTF-8, not empty; not kept
    uint32_t id;
    bool lstrip = false;       // takes the white space before it with it,
    bool rstrip = false;       // and after it
    bool single_word = false;  // only found between no word characters
  };

  // Two tokens must not have the same bytes.
  explicit AddedTokens(const std::vector<Token>& tokens);

  // Calls `visit` with the parts of `text` (UTF-8) in order, none of them
  // empty: the leftmost token first, of those that start at the same place the
  // longest. A token that starts in white space that one before it has taken is
  // a part again, as in Hugging Face's tokenizers. Views into `text`. Stops at
  // the first error and returns it. Takes 8 bytes of memory for each byte of
  // the text where a token starts.
  absl::Status ForEachPart(
      absl::string_view text,
      absl::FunctionRef<absl::Status(const TextPart&)> visit) const;

 private:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNoToken = ~uint32_t{0};

  // A sequence of bytes that ends a token.
  struct Node {
    uint32_t parent;
    uint32_t fallback;  // the node of the longest proper prefix of it
    uint32_t token;     // the longest one that starts it, in tokens_, or none
    uint8_t byte;       // that the parent lacks, in front of the others
  };
  struct Found {
    uint32_t size_bytes;
    uint32_t id;
    bool lstrip;
    bool rstrip;
    bool single_word;
  };
  // Where a token starts in the text; the longest of that place.
  struct Match {
    uint32_t start;
    uint32_t token;
  };

  void Insert(const Token& token);
  void SetFallbacks();
  // The node of `node`'s bytes with `byte` in front, or of the longest prefix.
  uint32_t Next(uint32_t node, uint8_t byte) const;
  // Of the part of the text, which is shorter than 2^32; the last one first.
  std::vector<Match> Matches(absl::string_view text) const;

  std::vector<Node> nodes_;
  std::vector<Found> tokens_;
  // Children of the root by byte (kRoot: none), of other nodes by
  // node << 8 | byte.
  std::array<uint32_t, 256> of_root_;
  absl::flat_hash_map<uint64_t, uint32_t> children_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_ADDED_TOKENS_H_
