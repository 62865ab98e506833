// Sums over blocks in an order that no cut into shards can change.
//
// The blocks are the leaves of a fixed binary tree: node (level, index) covers
// blocks [index 2^level, (index + 1) 2^level) and its sum is that of its left
// child plus that of its right child. Whoever has a range of blocks can form
// the sums of the largest nodes that lie inside it, and nothing above: these
// few nodes, at most 2 log2(blocks), are what a shard hands on.
#ifndef QUANT_CURVE_LIB_CALIBRATION_BLOCK_SUM_H_
#define QUANT_CURVE_LIB_CALIBRATION_BLOCK_SUM_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace quant_curve {

struct BlockNode {
  int level;
  int64_t index;
};

// The largest nodes inside blocks [first, end), left to right.
std::vector<BlockNode> NodesOf(int64_t first, int64_t end);

// Sums of vectors of one length over nodes that follow one another.
class BlockSum {
 public:
  // Adds the node to the right of all before it.
  void Add(BlockNode node, std::vector<double> sum);

  // Sums of the largest nodes so far, left to right: those of NodesOf.
  const std::vector<std::vector<double>>& sums() const { return sums_; }

  // The sum of everything; blocks 0 to the last must have been added. Where a
  // node has no right child (the number of blocks is not a power of two) it is
  // its left child. Empty without blocks. Leaves nothing behind.
  std::vector<double> TakeTotal();

 private:
  void JoinLastTwo();

  std::vector<BlockNode> nodes_;
  std::vector<std::vector<double>> sums_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_BLOCK_SUM_H_
