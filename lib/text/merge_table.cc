#include "lib/text/merge_table.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/unicode.h"

namespace quant_curve {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

uint64_t KeyOf(uint32_t left, uint32_t right) {
  return uint64_t{left} << 32 | right;
}

// The symbols as a linked list, and the pairs that may be joined as a heap. A
// pair whose symbols have changed since it was pushed is skipped when popped.
class Merging {
 public:
  explicit Merging(const MergeTable& table) : table_(table) {}

  // `symbols` is not empty.
  void Run(absl::Span<const uint32_t> symbols, std::vector<uint32_t>& ids) {
    Start(symbols);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const Candidate best = heap_.back();
      heap_.pop_back();
      if (IsCurrent(best)) Join(best);
    }
    // The first symbol is never joined away: what goes is always on the right.
    for (uint32_t i = 0; i != kNone; i = nodes_[i].next) {
      ids.push_back(nodes_[i].id);
    }
  }

 private:
  struct Node {
    uint32_t id;  // kNone when it was joined to the one before
    uint32_t previous;
    uint32_t next;
  };
  struct Candidate {
    uint64_t order;  // rank << 32 | position of the left symbol
    const MergeTable::Pair* pair;

    uint32_t position() const { return static_cast<uint32_t>(order); }
    bool operator>(const Candidate& other) const { return order > other.order; }
  };

  void Start(absl::Span<const uint32_t> symbols) {
    nodes_.resize(symbols.size());
    const uint32_t size = static_cast<uint32_t>(symbols.size());
    for (uint32_t i = 0; i < size; ++i) {
      nodes_[i] = {symbols[i], i == 0 ? kNone : i - 1,
                   i + 1 == size ? kNone : i + 1};
    }
    for (uint32_t i = 0; i < size; ++i) AddCandidate(i);
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  // Appends the pair that starts at `position`, if there is one. The caller
  // restores the heap.
  bool AddCandidate(uint32_t position) {
    const Node& node = nodes_[position];
    if (node.next == kNone) return false;
    const MergeTable::Pair* pair = table_.Find(node.id, nodes_[node.next].id);
    if (pair == nullptr) return false;
    heap_.push_back({KeyOf(pair->rank, position), pair});
    return true;
  }

  bool IsCurrent(const Candidate& candidate) const {
    const Node& node = nodes_[candidate.position()];
    return node.id == candidate.pair->left && node.next != kNone &&
           nodes_[node.next].id == candidate.pair->right;
  }

  void Join(const Candidate& candidate) {
    Node& left = nodes_[candidate.position()];
    Node& right = nodes_[left.next];
    left.id = candidate.pair->merged;
    left.next = right.next;
    right.id = kNone;
    if (left.next != kNone) nodes_[left.next].previous = candidate.position();
    Push(candidate.position());
    if (left.previous != kNone) Push(left.previous);
  }

  void Push(uint32_t position) {
    if (AddCandidate(position)) {
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  }

  const MergeTable& table_;
  std::vector<Node> nodes_;
  std::vector<Candidate> heap_;
};

}  // namespace

MergeTable::MergeTable(const BpeTokenizer& tokenizer) {
  if (tokenizer.kind() == SENTENCEPIECE_SCORES) {
    AddSplitsByScore(tokenizer);
  } else {
    AddMerges(tokenizer);
  }
  for (size_t i = 0; i < pairs_.size(); ++i) {
    index_[KeyOf(pairs_[i].left, pairs_[i].right)] = static_cast<uint32_t>(i);
  }
  AddJunctions(tokenizer);
}

const MergeTable::Pair* MergeTable::Find(uint32_t left, uint32_t right) const {
  const auto found = index_.find(KeyOf(left, right));
  return found == index_.end() ? nullptr : &pairs_[found->second];
}

bool MergeTable::MayMeet(uint32_t left, uint32_t right) const {
  return junctions_.contains(KeyOf(left, right));
}

void MergeTable::AddMerges(const BpeTokenizer& tokenizer) {
  const auto normal = NormalTokens(tokenizer);
  for (int i = 0; i < tokenizer.merge_left_size(); ++i) {
    const uint32_t left = tokenizer.merge_left(i);
    const uint32_t right = tokenizer.merge_right(i);
    const std::string merged =
        absl::StrCat(tokenizer.tokens(static_cast<int>(left)),
                     tokenizer.tokens(static_cast<int>(right)));
    pairs_.push_back(
        {left, right, normal.at(merged), static_cast<uint32_t>(i)});
  }
}

void MergeTable::AddSplitsByScore(const BpeTokenizer& tokenizer) {
  std::vector<float> scores(tokenizer.scores().begin(),
                            tokenizer.scores().end());
  std::sort(scores.begin(), scores.end(), std::greater<>());
  const auto normal = NormalTokens(tokenizer);
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    if (tokenizer.types(id) != TOKEN_NORMAL) continue;
    const absl::string_view token = tokenizer.tokens(id);
    // The first place that this score holds among all.
    const auto place = std::lower_bound(scores.begin(), scores.end(),
                                        tokenizer.scores(id), std::greater<>());
    const uint32_t rank = static_cast<uint32_t>(place - scores.begin());
    for (size_t split = 1; split < token.size(); ++split) {
      const auto left = normal.find(token.substr(0, split));
      const auto right = normal.find(token.substr(split));
      if (left == normal.end() || right == normal.end()) continue;
      pairs_.push_back(
          {left->second, right->second, static_cast<uint32_t>(id), rank});
    }
  }
}

void MergeTable::AddJunctions(const BpeTokenizer& tokenizer) {
  const auto normal = NormalTokens(tokenizer);
  const bool byte_level = tokenizer.kind() == BYTE_LEVEL;
  for (const Pair& pair : pairs_) {
    const absl::string_view left =
        tokenizer.tokens(static_cast<int>(pair.left));
    const absl::string_view right =
        tokenizer.tokens(static_cast<int>(pair.right));
    size_t last = left.size() - 1;
    while (!byte_level && last > 0 && (left[last] & 0xc0) == 0x80) --last;
    const size_t first_size = byte_level ? 1 : CodePointBytes(right[0]);
    const auto last_symbol = normal.find(left.substr(last));
    const auto first_symbol = normal.find(right.substr(0, first_size));
    // Else the pair's tokens are never reached from symbols.
    if (last_symbol != normal.end() && first_symbol != normal.end()) {
      junctions_.insert(KeyOf(last_symbol->second, first_symbol->second));
    }
  }
}

void MergeSymbols(const MergeTable& table, absl::Span<const uint32_t> symbols,
                  std::vector<uint32_t>& ids) {
  Merging merging(table);
  size_t start = 0;  // of the run of symbols that may meet
  for (size_t i = 1; i <= symbols.size(); ++i) {
    if (i < symbols.size() && table.MayMeet(symbols[i - 1], symbols[i])) {
      continue;
    }
    merging.Run(symbols.subspan(start, i - start), ids);
    start = i;
  }
}

}  // namespace quant_curve
