#include "lib/text/merge_table.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

uint64_t KeyOf(uint32_t left, uint32_t right) {
  return uint64_t{left} << 32 | right;
}

}  // namespace

MergeTable::MergeTable(const BpeTokenizer& tokenizer) {
  if (tokenizer.kind() == SENTENCEPIECE_SCORES) {
    AddSplitsByScore(tokenizer);
  } else {
    AddMerges(tokenizer);
  }
  for (size_t i = 0; i < pairs_.size(); ++i) {
    index_[KeyOf(pairs_[i].left, pairs_[i].right)] = static_cast<uint32_t>(i);
    num_ranks_ = std::max(num_ranks_, pairs_[i].rank + 1);
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

SymbolMerger::SymbolMerger(const MergeTable& table, std::vector<uint32_t>& ids,
                           PieceCache* known, size_t long_run)
    : table_(table), ids_(ids), known_(known), long_run_(long_run) {}

void SymbolMerger::Add(uint32_t symbol) {
  if (!run_.empty() && !table_.MayMeet(run_.back(), symbol)) JoinRun();
  run_.push_back(symbol);
}

void SymbolMerger::EndWord() {
  if (!run_.empty()) JoinRun();
}

void SymbolMerger::JoinRun() {
  const absl::string_view symbols(reinterpret_cast<const char*>(run_.data()),
                                  run_.size() * sizeof(run_[0]));
  if (known_ == nullptr || !known_->Append(symbols, ids_)) {
    const size_t before = ids_.size();
    MergeRun();
    if (known_ != nullptr) {
      known_->Insert(symbols, absl::MakeConstSpan(ids_).subspan(before));
    }
  }
  run_.clear();
}

void SymbolMerger::MergeRun() {
  for (const uint32_t symbol : run_) {
    const uint32_t position = static_cast<uint32_t>(nodes_.size());
    if (position > 0) nodes_.back().next = position;
    nodes_.push_back({symbol, position == 0 ? kNone : position - 1, kNone});
  }
  const uint32_t size = static_cast<uint32_t>(nodes_.size());
  const bool is_long = size >= long_run_;
  rank_ = is_long ? -1 : int64_t{kNone};
  if (is_long) pending_.resize(table_.num_ranks());
  for (uint32_t i = 0; i < size; ++i) Push(i);
  uint64_t best;
  while (Next(best)) {
    const uint32_t position = static_cast<uint32_t>(best);
    const MergeTable::Pair* pair = PairAt(position);
    if (pair != nullptr && pair->rank == best >> 32) {
      Join(position, pair->merged);
    }
  }
  // The first symbol is never joined away: what goes is always on the right.
  for (uint32_t i = 0; i != kNone; i = nodes_[i].next) {
    ids_.push_back(nodes_[i].id);
  }
  nodes_.clear();
}

bool SymbolMerger::Next(uint64_t& pair) {
  if (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    pair = heap_.back();
    heap_.pop_back();
    return true;
  }
  if (next_of_rank_ == of_rank_.size()) {
    of_rank_ = {};
    next_of_rank_ = 0;
    if (ranks_.empty()) return false;
    std::pop_heap(ranks_.begin(), ranks_.end(), std::greater<>());
    rank_ = ranks_.back();
    ranks_.pop_back();
    of_rank_.swap(pending_[rank_]);
    std::sort(of_rank_.begin(), of_rank_.end());
  }
  pair = KeyOf(static_cast<uint32_t>(rank_), of_rank_[next_of_rank_++]);
  return true;
}

void SymbolMerger::Push(uint32_t position) {
  const MergeTable::Pair* pair = PairAt(position);
  if (pair == nullptr) return;
  if (pair->rank <= rank_) {
    heap_.push_back(KeyOf(pair->rank, position));
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    return;
  }
  std::vector<uint32_t>& positions = pending_[pair->rank];
  if (positions.empty()) {
    ranks_.push_back(pair->rank);
    std::push_heap(ranks_.begin(), ranks_.end(), std::greater<>());
  }
  positions.push_back(position);
}

const MergeTable::Pair* SymbolMerger::PairAt(uint32_t position) const {
  const Node& node = nodes_[position];
  if (node.id == kNone || node.next == kNone) return nullptr;
  return table_.Find(node.id, nodes_[node.next].id);
}

void SymbolMerger::Join(uint32_t position, uint32_t merged) {
  Node& left = nodes_[position];
  Node& right = nodes_[left.next];
  left.id = merged;
  left.next = right.next;
  right.id = kNone;
  if (left.next != kNone) nodes_[left.next].previous = position;
  Push(position);
  if (left.previous != kNone) Push(left.previous);
}

}  // namespace quant_curve
