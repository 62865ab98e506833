#include "tools/corpus/partition.h"

#include <array>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(PartitionTest, PartsHaveTheirShareOfSentences) {
  std::array<int, 4> counts = {};
  for (uint32_t first = 0; first < 64; ++first) {
    for (uint32_t second = 0; second < 250; ++second) {
      const std::vector<uint32_t> sentence = {first, second, 7};
      ++counts[static_cast<size_t>(PartOf(sentence))];
    }
  }
  // Of 16000 sentences 1000 each; 200 are more than six standard deviations.
  for (const Part part :
       {Part::kCalibration, Part::kEvaluation, Part::kItems}) {
    EXPECT_NEAR(counts[static_cast<size_t>(part)], 1000, 200);
  }
}

TEST(PartitionTest, EveryTokenAndItsPlaceCount) {
  // If one place did not count, all of its sentences would be in one part.
  for (int place = 0; place < 3; ++place) {
    std::array<int, 4> counts = {};
    for (uint32_t id = 0; id < 64; ++id) {
      std::vector<uint32_t> sentence = {1, 2, 3};
      sentence[place] = id;
      ++counts[static_cast<size_t>(PartOf(sentence))];
    }
    EXPECT_LT(counts[0], 64) << "place " << place;
  }
}

TEST(PartitionTest, StreamsDiffer) {
  EXPECT_NE(StreamRandom(42, Stream::kTrain).Bits(),
            StreamRandom(42, Stream::kEvaluation).Bits());
  EXPECT_NE(StreamRandom(42, Stream::kTrain).Bits(),
            StreamRandom(43, Stream::kTrain).Bits());
  EXPECT_EQ(StreamRandom(42, Stream::kTrain).Bits(),
            StreamRandom(42, Stream::kTrain).Bits());
}

}  // namespace
}  // namespace quant_curve
