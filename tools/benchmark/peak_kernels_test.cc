#include "tools/benchmark/peak_kernels.h"

#include <cstdint>
#include <numeric>

#include "gtest/gtest.h"
#include "hwy/aligned_allocator.h"
#include "hwy/targets.h"

namespace quant_curve {
namespace {

// Runs `check` on every instruction set that this machine has.
template <typename Check>
void OnEveryTarget(const Check& check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    EXPECT_STREQ(ChosenTarget(), hwy::TargetName(target));
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(RunReadTest, AddsEveryWordOnceAPass) {
  const int64_t count = 2 * kReadBlockBytes / 4;
  const auto data = hwy::AllocateAligned<uint32_t>(count);
  std::iota(data.get(), data.get() + count, 1);
  OnEveryTarget([&] {
    uint32_t sum = 0;
    EXPECT_EQ(RunRead(data.get(), 2 * kReadBlockBytes, 3, &sum),
              3.0 * 2 * kReadBlockBytes);
    EXPECT_EQ(sum, 3 * count * (count + 1) / 2);
  });
}

TEST(RunFmaTest, EveryMultiplyAddIsDone) {
  OnEveryTarget([] {
    float sum = 0;
    EXPECT_EQ(RunFma(20, &sum), 2 * RunFma(10, &sum));
    // Twelve sums: sum i is 2 + (i - 2) / 2^iterations.
    RunFma(1, &sum);
    EXPECT_EQ(sum, 24 + (66 - 24) / 2.0f);
    RunFma(2, &sum);
    EXPECT_EQ(sum, 24 + (66 - 24) / 4.0f);
  });
}

TEST(RunInt8DotTest, EveryProductIsDone) {
  OnEveryTarget([] {
    int32_t products = 0;
    const double operations = RunInt8Dot(64, &products);
    EXPECT_GT(products, 0);
    EXPECT_EQ(2.0 * products, operations);
  });
}

}  // namespace
}  // namespace quant_curve
