// Greedy byte-pair merging (Sennrich et al., arXiv:1508.07909) in n log n.
#ifndef QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_
#define QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "lib/text/piece_cache.h"
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

  // All ranks are below this.
  uint32_t num_ranks() const { return num_ranks_; }

  // Whether any pair joins a token that ends in the symbol `left` to one that
  // starts with `right`. Where none does, the symbols on either side merge
  // without regard to the other.
  bool MayMeet(uint32_t left, uint32_t right) const;

 private:
  void AddMerges(const BpeTokenizer& tokenizer);
  void AddSplitsByScore(const BpeTokenizer& tokenizer);
  void AddJunctions(const BpeTokenizer& tokenizer);

  std::vector<Pair> pairs_;
  uint32_t num_ranks_ = 0;
  // Keys are left << 32 | right.
  absl::flat_hash_map<uint64_t, uint32_t> index_;
  absl::flat_hash_set<uint64_t> junctions_;  // of symbols that may meet
};

// Joins symbols, which come one after another: again and again the neighbours
// of the lowest rank, the leftmost of several, until none has a rank. A symbol
// is a token of one code point (one byte, for BYTE_LEVEL) or one that never
// merges.
//
//   SymbolMerger merger(table, ids);
//   for (uint32_t symbol : word) merger.Add(symbol);
//   merger.EndWord();
//
// Takes n log n time and some 20 bytes of memory for each symbol of the longest
// run of symbols that may meet: what cannot meet is joined and forgotten at
// once.
class SymbolMerger {
 public:
  // From this many symbols on, a run's pairs are kept by rank. A heap of all
  // would jump about in memory that no cache holds.
  static constexpr size_t kLongRun = size_t{1} << 16;

  // Appends to `ids`. `known`, if any, remembers what short runs become. All
  // outlive this.
  SymbolMerger(const MergeTable& table, std::vector<uint32_t>& ids,
               PieceCache* known = nullptr, size_t long_run = kLongRun);

  // At most 2^32-2 symbols that may meet.
  void Add(uint32_t symbol);
  // What follows does not meet what came before.
  void EndWord();

  // Whether the word so far ends with `symbol`.
  bool EndsWith(uint32_t symbol) const {
    return !run_.empty() && run_.back() == symbol;
  }

 private:
  // The symbols as a linked list, by position.
  struct Node {
    uint32_t id;  // kNone when it was joined to the one before
    uint32_t previous;
    uint32_t next;
  };

  void JoinRun();
  void MergeRun();
  // Takes the pair of the lowest rank, the leftmost of several, as
  // rank << 32 | position. False when there is none.
  bool Next(uint64_t& pair);
  // Notes the pair whose left symbol is at `position`, if there is one.
  void Push(uint32_t position);
  const MergeTable::Pair* PairAt(uint32_t position) const;
  void Join(uint32_t position, uint32_t merged);

  const MergeTable& table_;
  std::vector<uint32_t>& ids_;
  PieceCache* const known_;
  const size_t long_run_;
  std::vector<uint32_t> run_;  // symbols that may meet
  std::vector<Node> nodes_;    // of the run that is merged

  // Pairs that may be joined; one whose symbols have changed since is skipped.
  // Those of rank_ are taken in order of position, while heap_ holds those of
  // lower ranks or further left, which come first: joining at a position makes
  // pairs there and to the left of it only. In a short run all are in heap_.
  int64_t rank_ = 0;
  std::vector<uint32_t> of_rank_;  // positions, ascending
  size_t next_of_rank_ = 0;
  std::vector<uint64_t> heap_;                  // rank << 32 | position
  std::vector<std::vector<uint32_t>> pending_;  // positions by rank > rank_
  std::vector<uint32_t> ranks_;                 // a heap: of what is pending
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_MERGE_TABLE_H_
