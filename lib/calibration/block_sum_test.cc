#include "lib/calibration/block_sum.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::string NodesText(int64_t first, int64_t end) {
  std::string text;
  for (const BlockNode& node : NodesOf(first, end)) {
    text += std::to_string(node.level) + ":" + std::to_string(node.index) + " ";
  }
  return text;
}

TEST(BlockSumTest, NodesAreTheLargestInsideTheRange) {
  EXPECT_EQ(NodesText(0, 8), "3:0 ");
  EXPECT_EQ(NodesText(0, 7), "2:0 1:2 0:6 ");
  EXPECT_EQ(NodesText(3, 7), "0:3 1:2 0:6 ");
  EXPECT_EQ(NodesText(1, 8), "0:1 1:1 2:1 ");
  EXPECT_EQ(NodesText(5, 5), "");
}

// The textbook definition: the tree over [first, first + size), leaves beyond
// `blocks` missing.
double TreeSum(const std::vector<double>& blocks, size_t first, size_t size) {
  if (size == 1) return blocks[first];
  const size_t half = size / 2;
  const double left = TreeSum(blocks, first, half);
  if (first + half >= blocks.size()) return left;
  return left + TreeSum(blocks, first + half, half);
}

std::vector<double> RandomBlocks(size_t count) {
  Random random(count);
  std::vector<double> blocks;
  for (size_t i = 0; i < count; ++i) blocks.push_back(random.Uniform() - 0.3);
  return blocks;
}

TEST(BlockSumTest, TheTotalIsThatOfTheTreeForAnyCut) {
  for (size_t count = 1; count <= 21; ++count) {
    const std::vector<double> blocks = RandomBlocks(count);
    const double expected = TreeSum(blocks, 0, 32);
    for (size_t a = 0; a <= count; ++a) {
      for (size_t b = a; b <= count; ++b) {
        BlockSum total;
        const size_t ends[] = {0, a, b, count};
        for (int shard = 0; shard < 3; ++shard) {
          BlockSum part;
          for (size_t i = ends[shard]; i < ends[shard + 1]; ++i) {
            part.Add({0, static_cast<int64_t>(i)}, {blocks[i]});
          }
          const auto nodes = NodesOf(ends[shard], ends[shard + 1]);
          ASSERT_EQ(nodes.size(), part.sums().size());
          for (size_t i = 0; i < nodes.size(); ++i) {
            total.Add(nodes[i], part.sums()[i]);
          }
        }
        ASSERT_THAT(total.TakeTotal(), ElementsAre(expected));
      }
    }
  }
}

// ((1 + 1e-16) + 1e-16) is 1; 1 + (1e-16 + 1e-16) is not.
TEST(BlockSumTest, TheOrderIsTheTreesAndNotOneAfterAnother) {
  BlockSum sum;
  const double tiny = 1e-16;
  const double blocks[] = {1, 0, tiny, tiny};
  for (int64_t i = 0; i < 4; ++i) sum.Add({0, i}, {blocks[i]});
  EXPECT_THAT(sum.TakeTotal(), ElementsAre(1 + 2 * tiny));
  EXPECT_NE(1 + 2 * tiny, 1);
}

TEST(BlockSumTest, NoBlocksHaveNoTotal) {
  EXPECT_TRUE(BlockSum().TakeTotal().empty());
}

}  // namespace
}  // namespace quant_curve
