// Greedy byte-pair merging (Sennrich et al., arXiv:1508.07909) in n log n.
#ifndef QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_
#define QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Which neighbours become one token, and which of them first.
class MergeTable {
 public:
  struct Pair {
    uint32_t left;
    uint32_t right;
    uint32_t merged;
    uint32_t rank;
  };

  // Of a valid tokenizer. With merges, a pair's rank is its place among them.
  // With scores, every split of a TOKEN_NORMAL into two is a pair, and the rank
  // of a token's pairs is that of its score, equal for equal scores.
  explicit MergeTable(const BpeTokenizer& tokenizer);

  // The pair of two neighbours; null when they stay apart.
  const Pair* Find(uint32_t left, uint32_t right) const;

  // Whether any pair joins a token that ends in the symbol `left` to one that
  // starts with `right`. Where none does, the symbols on either side merge
  // without regard to the other.
  bool MayMeet(uint32_t left, uint32_t right) const;

 private:
  void AddMerges(const BpeTokenizer& tokenizer);
  void AddSplitsByScore(const BpeTokenizer& tokenizer);
  void AddJunctions(const BpeTokenizer& tokenizer);

  std::vector<Pair> pairs_;
  // Keys are left << 32 | right.
  absl::flat_hash_map<uint64_t, uint32_t> index_;
  absl::flat_hash_set<uint64_t> junctions_;  // of symbols that may meet
};

// Joins, again and again, the neighbours of the lowest rank, the leftmost of
// several, until none has a rank; appends what is left to `ids`. A symbol is a
// token of one code point (one byte, for BYTE_LEVEL) or one that never merges.
// At most 2^32-2 symbols, with some 50 bytes of memory for each of the longest
// run of symbols that may meet.
void MergeSymbols(const MergeTable& table, absl::Span<const uint32_t> symbols,
                  std::vector<uint32_t>& ids);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_
