#include "lib/numerics/parallel.h"

#include <vector>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(ThreadPoolTest, EveryPieceRunsOnceWhateverTheThreads) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.num_threads(), threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> hits(round, 0);
      pool.ParallelFor(round, [&](int64_t i) { ++hits[i]; });
      EXPECT_EQ(hits, std::vector<int>(round, 1));
    }
  }
}

}  // namespace
}  // namespace quant_curve
