#include "lib/numerics/parallel.h"

#include <new>
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

// Thrown by a worker or the caller, the exception reaches the caller, and the
// pool can be used again.
TEST(ThreadPoolTest, AnExceptionInAPieceReachesTheCaller) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int64_t thrower = 0; thrower < 50; ++thrower) {
      EXPECT_THROW(pool.ParallelFor(50,
                                    [&](int64_t i) {
                                      if (i == thrower) throw std::bad_alloc();
                                    }),
                   std::bad_alloc);
    }
    std::vector<int> hits(50, 0);
    pool.ParallelFor(50, [&](int64_t i) { ++hits[i]; });
    EXPECT_EQ(hits, std::vector<int>(50, 1));
  }
}

TEST(ThreadPoolTest, TheFirstErrorByIndexIsReturned) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    std::vector<int> hits(50, 0);
    const absl::Status status = ParallelForStatus(pool, 50, [&](int64_t i) {
      ++hits[i];
      if (i != 7 && i != 31) return absl::OkStatus();
      return absl::InternalError(i == 7 ? "seven" : "thirty-one");
    });
    EXPECT_EQ(status, absl::InternalError("seven"));
    EXPECT_EQ(hits, std::vector<int>(50, 1));
    EXPECT_TRUE(ParallelForStatus(pool, 0, [](int64_t) {
                  return absl::InternalError("none to run");
                }).ok());
  }
}

}  // namespace
}  // namespace quant_curve
