#include "lib/data/overlap.h"

#include <vector>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

Split MakeSplit(const std::vector<std::vector<uint32_t>>& documents) {
  Split split;
  for (const std::vector<uint32_t>& document : documents) {
    split.mutable_tokens()->Add(document.begin(), document.end());
    split.add_documents()->set_num_tokens(document.size());
  }
  return split;
}

// first, first + 1, …
std::vector<uint32_t> Range(uint32_t first, uint32_t count) {
  std::vector<uint32_t> tokens;
  for (uint32_t i = 0; i < count; ++i) tokens.push_back(first + i);
  return tokens;
}

TEST(OverlapTest, EqualDocumentsAreCountedHoweverShort) {
  const Split calibration = MakeSplit({{1, 2, 3}, {4, 5}});
  const Split evaluation = MakeSplit({{4, 5}, {1, 2}, {1, 2, 3}, {0}});
  const TextOverlap overlap = FindOverlap(calibration, evaluation);
  EXPECT_EQ(overlap.documents, 2);
  EXPECT_EQ(overlap.tokens, 0);
}

// 60 shared tokens have eleven runs of 50; each token counts once.
TEST(OverlapTest, TokensOfLongSharedRunsAreCountedOnce) {
  std::vector<uint32_t> calibration = Range(1000, 60);
  calibration.insert(calibration.begin(), 7);
  std::vector<uint32_t> evaluation = Range(1000, 60);
  evaluation.push_back(8);
  evaluation.insert(evaluation.begin(), 9);
  const TextOverlap overlap =
      FindOverlap(MakeSplit({calibration}), MakeSplit({evaluation, {5}}));
  EXPECT_EQ(overlap.tokens, 60);
  EXPECT_EQ(overlap.documents, 0);
}

TEST(OverlapTest, ARunOneTokenTooShortIsNoOverlap) {
  const Split split = MakeSplit({Range(1000, kOverlapTokens - 1)});
  EXPECT_EQ(FindOverlap(split, split).tokens, 0);
  const Split longer = MakeSplit({Range(1000, kOverlapTokens)});
  EXPECT_EQ(FindOverlap(longer, longer).tokens, kOverlapTokens);
}

TEST(OverlapTest, RunsDoNotCrossDocuments) {
  const Split whole = MakeSplit({Range(0, 80)});
  const Split halves = MakeSplit({Range(0, 40), Range(40, 40)});
  EXPECT_EQ(FindOverlap(whole, halves).tokens, 0);
  EXPECT_EQ(FindOverlap(halves, whole).tokens, 0);
}

// Two separate runs of a stream, of 50 and 70 tokens.
TEST(OverlapTest, StreamsHaveRunsAndNoDocuments) {
  Split calibration;
  for (const uint32_t t : Range(0, 200)) calibration.add_tokens(t);
  Split evaluation;
  for (const uint32_t t : Range(100, 50)) evaluation.add_tokens(t);
  for (const uint32_t t : Range(900, 30)) evaluation.add_tokens(t);
  for (const uint32_t t : Range(20, 70)) evaluation.add_tokens(t);
  const TextOverlap overlap = FindOverlap(calibration, evaluation);
  EXPECT_EQ(overlap.tokens, 120);
  EXPECT_EQ(overlap.documents, 0);
}

TEST(OverlapTest, TheLargestTokensHashLikeTheOthers) {
  const std::vector<uint32_t> largest(60, 0xffffffff);
  EXPECT_EQ(FindOverlap(MakeSplit({largest}), MakeSplit({largest})).tokens, 60);
  const std::vector<uint32_t> zeros(60, 0);
  EXPECT_EQ(FindOverlap(MakeSplit({largest}), MakeSplit({zeros})).tokens, 0);
}

}  // namespace
}  // namespace quant_curve
