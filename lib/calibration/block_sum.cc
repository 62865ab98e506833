#include "lib/calibration/block_sum.h"

#include <cstddef>

namespace quant_curve {

std::vector<BlockNode> NodesOf(int64_t first, int64_t end) {
  std::vector<BlockNode> nodes;
  while (first < end) {
    int level = 0;
    int64_t size = 1;
    while (first % (2 * size) == 0 && first + 2 * size <= end) {
      size *= 2;
      ++level;
    }
    nodes.push_back({level, first / size});
    first += size;
  }
  return nodes;
}

void BlockSum::Add(BlockNode node, std::vector<double> sum) {
  nodes_.push_back(node);
  sums_.push_back(std::move(sum));
  while (nodes_.size() > 1) {
    const BlockNode& left = nodes_[nodes_.size() - 2];
    const BlockNode& right = nodes_.back();
    if (left.level != right.level || left.index % 2 != 0) break;
    JoinLastTwo();
  }
}

// The parent takes the left one's place. Its level and index mean nothing when
// the two are not siblings; then no more nodes come.
void BlockSum::JoinLastTwo() {
  std::vector<double>& left = sums_[sums_.size() - 2];
  const std::vector<double>& right = sums_.back();
  for (size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  sums_.pop_back();
  nodes_.pop_back();
  ++nodes_.back().level;
  nodes_.back().index /= 2;
}

std::vector<double> BlockSum::TakeTotal() {
  while (nodes_.size() > 1) JoinLastTwo();
  std::vector<double> total;
  if (!sums_.empty()) total = std::move(sums_[0]);
  nodes_.clear();
  sums_.clear();
  return total;
}

}  // namespace quant_curve
