#include "lib/text/piece_cache.h"

namespace quant_curve {

bool PieceCache::Append(absl::string_view piece,
                        std::vector<uint32_t>& ids) const {
  if (piece.size() > kMaxPieceBytes) return false;
  const auto found = pieces_.find(piece);
  if (found == pieces_.end()) return false;
  const auto begin = ids_.begin() + found->second.begin;
  ids.insert(ids.end(), begin, begin + found->second.size);
  return true;
}

void PieceCache::Insert(absl::string_view piece,
                        absl::Span<const uint32_t> ids) {
  if (piece.size() > kMaxPieceBytes) return;
  if (pieces_.size() == kMaxPieces) {
    pieces_.clear();
    ids_.clear();
  }
  pieces_.try_emplace(piece, Range{static_cast<uint32_t>(ids_.size()),
                                   static_cast<uint32_t>(ids.size())});
  ids_.insert(ids_.end(), ids.begin(), ids.end());
}

}  // namespace quant_curve
