#include "tools/benchmark/throughput.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/quantization/scheme.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(TimeEvaluationTest, ThreadsTakeTurnsAndEachHasAsManyWindows) {
  ASSERT_OK_AND_ASSIGN(const Scheme fp32, ResolveScheme("fp32"));
  ASSERT_OK_AND_ASSIGN(const ModelGroup group, RandomGroup("minigpt", {fp32}));
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<const LoadedModel> model,
                       group.loaders[0]());
  double seconds = 0;
  int step = 0;
  ThreadPool one(1), two(2);
  ASSERT_OK_AND_ASSIGN(const std::vector<ThroughputTiming> timings,
                       TimeEvaluation(
                           "minigpt", *model, {&one, &two}, {1, 1, 0},
                           [&] { return seconds += step++; }, [](int64_t) {}));
  ASSERT_EQ(timings.size(), 2);
  EXPECT_EQ(timings[0].what(), "evaluate fp32 minigpt");
  EXPECT_EQ(timings[0].threads(), 1);
  EXPECT_EQ(timings[1].threads(), 2);
  // 32 windows of 64 tokens: 204,800 FLOPs a token for the matrices, and 512 a
  // pair of positions, 2,080 pairs a window, for attention.
  const double window = 64 * 204800.0 + 512.0 * 2080;
  EXPECT_EQ(timings[0].flops(), 32 * window);
  EXPECT_EQ(timings[1].flops(), 64 * window);
  // The clock's steps: 0 at the start, 1 2 and 3 4 in the warm-up.
  EXPECT_THAT(timings[0].seconds(), ElementsAre(6));
  EXPECT_THAT(timings[1].seconds(), ElementsAre(8));
}

}  // namespace
}  // namespace quant_curve
