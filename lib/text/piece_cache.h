// Remembers the tokens of pieces of text, or of runs of symbols: most are of
// words that came before.
#ifndef QUANT_CURVE_LIB_TEXT_PIECE_CACHE_H_
#define QUANT_CURVE_LIB_TEXT_PIECE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

// Not thread-safe. Holds at most 2^17 pieces of up to 128 bytes, some 30 MB;
// when it is full it starts anew.
class PieceCache {
 public:
  static constexpr size_t kMaxPieces = size_t{1} << 17;
  static constexpr size_t kMaxPieceBytes = 128;

  // Appends the ids of `piece` and returns true, or false when it is unknown.
  bool Append(absl::string_view piece, std::vector<uint32_t>& ids) const;

  // Remembers a piece that is not known yet, unless it is too long.
  void Insert(absl::string_view piece, absl::Span<const uint32_t> ids);

 private:
  struct Range {
    uint32_t begin;  // in ids_
    uint32_t size;
  };

  absl::flat_hash_map<std::string, Range> pieces_;
  std::vector<uint32_t> ids_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_PIECE_CACHE_H_
