#include "tools/benchmark/decode_timing.h"

#include <limits>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/model_reader.h"
#include "lib/model/traffic.h"
#include "lib/quantization/scheme.h"
#include "tools/benchmark/random_model.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

class DecodeTimingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(const Scheme fp32, ResolveScheme("fp32"));
    ASSERT_OK_AND_ASSIGN(const Scheme int4, ResolveScheme("int4_per_group_64"));
    ASSERT_OK_AND_ASSIGN(group_, RandomGroup("minigpt", {fp32, int4}));
  }

  absl::StatusOr<std::vector<DecodeTiming>> Time(
      const std::vector<int>& threads, int64_t rounds) {
    // L2 holds int4's steps, but not fp32's.
    Machine machine;
    machine.set_l2_bytes(256 << 10);
    std::vector<Bandwidth> sets(2);
    sets[0].set_level(L2);
    sets[0].set_working_set_bytes(128 << 10);
    sets[1].set_level(DRAM);
    sets[1].set_working_set_bytes(1 << 20);
    std::vector<std::unique_ptr<MemoryReader>> readers;
    for (const int count : threads) {
      ASSIGN_OR_RETURN(readers.emplace_back(),
                       MemoryReader::Make(machine, sets, count));
    }
    // Each look at this clock takes longer than the one before.
    return TimeDecoding(
        group_, readers, {rounds, rounds, 0},
        [this] { return seconds_ += step_++; }, [](int64_t) {});
  }

  ModelGroup group_;
  double seconds_ = 0;
  int step_ = 0;
};

TEST_F(DecodeTimingTest, SchemesTakeTurnsAndTheWarmUpIsLeftOut) {
  ASSERT_OK_AND_ASSIGN(const std::vector<DecodeTiming> timings, Time({1}, 2));
  ASSERT_EQ(timings.size(), 2);
  // The clock is looked at once at the start, four times a turn, once a round:
  // its steps are 0; warm-up 1 2 3 4, 5 6 7 8; round one 9 10 11 12, 13 14 15
  // 16, 17; round two 18 19 20 21, 22 23 24 25. A turn's seconds are its second
  // step, reading takes the fourth.
  EXPECT_THAT(timings[0].seconds(), ElementsAre(10, 19));
  EXPECT_THAT(timings[1].seconds(), ElementsAre(14, 23));
  // 32 tokens of 492,864 bytes (below) are 15 MiB, fewer than the least: 64 MiB
  // in passes of 121 blocks of 4096 bytes, 135.4. For int4 the Linears' 393,216
  // bytes become 49,152 of codes and 3,072 of scales, LM head and embedding row
  // halve, 16,640 to 8,320: 143,552, or 36 blocks, 455.1 passes.
  EXPECT_EQ(timings[0].memory_level(), DRAM);
  EXPECT_THAT(timings[0].memory_bytes_per_second(),
              ElementsAre(136 * 121 * 4096 / 12.0, 136 * 121 * 4096 / 21.0));
  EXPECT_EQ(timings[1].memory_level(), L2);
  EXPECT_THAT(timings[1].memory_bytes_per_second(),
              ElementsAre(456 * 36 * 4096 / 16.0, 456 * 36 * 4096 / 25.0));
  EXPECT_EQ(timings[0].scheme().name(), "fp32");
  EXPECT_EQ(timings[1].scheme().name(), "int4_per_group_64");
}

TEST_F(DecodeTimingTest, ASmallModelIsTimedWithTheFirstNumberOfThreadsAlone) {
  ASSERT_OK_AND_ASSIGN(const std::vector<DecodeTiming> timings,
                       Time({1, 2}, 3));
  ASSERT_EQ(timings.size(), 2);
  EXPECT_EQ(timings[1].scheme().name(), "int4_per_group_64");
  EXPECT_EQ(timings[1].threads(), 1);
}

// An LM head of 4096 x 64 weights.
TEST_F(DecodeTimingTest, EachNumberOfThreadsHasItsTiming) {
  group_.config.set_vocab_size(4096);
  for (size_t i = 0; i < group_.loaders.size(); ++i) {
    ASSERT_OK_AND_ASSIGN(const QuantizedModel quantized,
                         RandomModel(group_.config, group_.schemes[i], 1));
    auto loaded = std::make_shared<LoadedModel>();
    ASSERT_OK_AND_ASSIGN(loaded->model, ModelFromQuantized(quantized));
    loaded->scheme = quantized.scheme();
    loaded->bytes = quantized.bytes();
    group_.loaders[i] =
        [loaded]() -> absl::StatusOr<std::shared_ptr<const LoadedModel>> {
      return loaded;
    };
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<DecodeTiming> timings,
                       Time({1, 2}, 3));
  ASSERT_EQ(timings.size(), 4);
  EXPECT_EQ(timings[2].scheme().name(), "int4_per_group_64");
  EXPECT_EQ(timings[2].threads(), 1);
  EXPECT_EQ(timings[3].threads(), 2);
  EXPECT_EQ(timings[3].seconds_size(), 3);
}

TEST_F(DecodeTimingTest, TimingsSayWhatWasMeasured) {
  ASSERT_OK_AND_ASSIGN(const std::vector<DecodeTiming> timings, Time({1}, 1));
  const DecodeTiming& fp32 = timings[0];
  EXPECT_EQ(fp32.model(), "minigpt");
  EXPECT_EQ(fp32.num_parameters(), 103680);
  EXPECT_EQ(fp32.config().d_ff(), 256);
  EXPECT_EQ(fp32.prefilled_tokens(), 32);
  EXPECT_EQ(fp32.decoded_tokens(), 32);
  // 510,720 bytes and 237,568 FLOPs at position 63 (traffic_test), 15.5
  // positions of 2 blocks more than the mean: each 128 floats of KV cache and
  // 16 of attention, and 256 FLOPs.
  EXPECT_EQ(fp32.bytes_per_token(), 510720 - 15.5 * 2 * 4 * (128 + 16));
  EXPECT_EQ(fp32.flops_per_token(), 237568 - 15.5 * 2 * 256);
}

TEST_F(DecodeTimingTest, HalfOfAShortSequenceIsPrefilled) {
  group_.sequence_tokens = 7;
  ASSERT_OK_AND_ASSIGN(const std::vector<DecodeTiming> timings, Time({1}, 1));
  EXPECT_EQ(timings[0].prefilled_tokens(), 3);
  EXPECT_EQ(timings[0].decoded_tokens(), 4);
  // As above, at a mean position of 4.5: 58.5 before the last of 64.
  EXPECT_EQ(timings[0].bytes_per_token(), 510720 - 58.5 * 2 * 4 * (128 + 16));
}

// Step i takes 2^i seconds: tokens 3 to 6 take 8 + 16 + 32 + 64.
TEST(TimeStepsTest, TheFirstTokensAreNotTimed) {
  double seconds = 1000;
  std::vector<uint32_t> fed;
  const std::vector<float> logits = {0};
  const auto step = [&](uint32_t token) -> absl::Span<const float> {
    seconds += 1 << fed.size();
    fed.push_back(token);
    return logits;
  };
  ASSERT_OK_AND_ASSIGN(
      const double timed,
      TimeSteps({9, 8, 7, 6, 5, 4, 3}, 3, step, [&] { return seconds; }));
  EXPECT_EQ(timed, 120);
  EXPECT_THAT(fed, ElementsAre(9, 8, 7, 6, 5, 4, 3));
}

TEST_F(DecodeTimingTest, RefusesLogitsThatAreNotFinite) {
  LoadedModel broken = **group_.loaders[1]();
  broken.model.ln_f.shift[0] = std::numeric_limits<float>::quiet_NaN();
  const auto shared = std::make_shared<const LoadedModel>(broken);
  group_.loaders[1] =
      [shared]() -> absl::StatusOr<std::shared_ptr<const LoadedModel>> {
    return shared;
  };
  EXPECT_THAT(Time({1}, 1),
              FailsSaying("minigpt int4_per_group_64: logits that are not"));
}

}  // namespace
}  // namespace quant_curve
