#include "lib/measurement/quiet.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two cores for 100 seconds.
Timing QuietTiming() {
  Timing timing = MakeFakeTiming(false);
  MachineLoad& load = *timing.mutable_load();
  load.set_wall_seconds(100);
  load.set_cpu_seconds(150);
  load.set_wait_seconds(3);
  load.set_other_cpu_seconds(10);
  load.set_steal_seconds(2);
  return timing;
}

TEST(QuietTest, SharesAtTheirLimitsAreQuiet) {
  EXPECT_THAT(BusySigns(QuietTiming()), IsEmpty());
}

TEST(QuietTest, EachShareAboveItsLimitIsASign) {
  Timing timing = QuietTiming();
  timing.mutable_load()->set_wait_seconds(4.5);
  timing.mutable_load()->set_other_cpu_seconds(11);
  timing.mutable_load()->set_steal_seconds(3);
  EXPECT_THAT(BusySigns(timing),
              ElementsAre(HasSubstr("waited for a core for 3.0 %"),
                          HasSubstr("Other processes had 5.5 %"),
                          HasSubstr("The hypervisor gave 1.5 %")));
}

TEST(QuietTest, ASlowerLevelThatIsFasterIsASign) {
  Timing timing = QuietTiming();
  Ceilings& ceilings = *timing.mutable_ceilings(0);
  for (Bandwidth& bandwidth : *ceilings.mutable_bandwidths()) {
    if (bandwidth.level() == L3) bandwidth.set_read_bytes_per_second(10e9);
    if (bandwidth.level() == DRAM) bandwidth.set_read_bytes_per_second(17e9);
  }
  EXPECT_THAT(BusySigns(timing),
              ElementsAre(HasSubstr("DRAM was measured 1.70 times as fast as "
                                    "L3, with 1 thread.")));
}

// Twice as fast as memory gave at that moment.
TEST(QuietTest, AStepAboveItsCeilingIsASign) {
  Timing timing = QuietTiming();
  DecodeTiming& decode = *timing.mutable_decodes(0);
  for (int i = 0; i < decode.seconds_size(); ++i) {
    decode.set_memory_bytes_per_second(i, decode.bytes_per_token() *
                                              decode.decoded_tokens() /
                                              decode.seconds(i) / 2);
  }
  EXPECT_THAT(BusySigns(timing),
              ElementsAre(HasSubstr("decoded at 200 % of its memory ceiling")));
}

}  // namespace
}  // namespace quant_curve
