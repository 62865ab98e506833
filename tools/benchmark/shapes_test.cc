#include "tools/benchmark/shapes.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

TEST(ShapeByNameTest, ParametersAreThoseOfTheClosedForm) {
  // V d + L (4 d^2 + 2 d f + f + 5 d) + 2 d, by hand.
  const std::pair<std::string, uint64_t> expected[] = {
      {"minigpt", 4096 + 2 * (16384 + 32768 + 256 + 320) + 128},
      {"1m", 131072 + 4 * (65536 + 131072 + 512 + 640) + 256},
      {"10m", 1179648 + 5 * (589824 + 1179648 + 1536 + 1920) + 768},
      {"gpt2_small", 38597376 + 12 * (2359296 + 4718592 + 3072 + 3840) + 1536}};
  for (const auto& [name, parameters] : expected) {
    ASSERT_OK_AND_ASSIGN(const ModelConfig config, ShapeByName(name));
    EXPECT_EQ(NumParameters(config), parameters) << name;
    EXPECT_THAT(ValidateConfig(config), IsOk()) << name;
  }
}

// The number of heads is in no count of parameters.
TEST(ShapeByNameTest, HeadsHaveTheirWidths) {
  const std::pair<std::string, uint64_t> expected[] = {
      {"minigpt", 16}, {"1m", 32}, {"10m", 64}, {"gpt2_small", 64}};
  for (const auto& [name, head_dim] : expected) {
    ASSERT_OK_AND_ASSIGN(const ModelConfig config, ShapeByName(name));
    EXPECT_EQ(HeadDim(config), head_dim) << name;
    EXPECT_EQ(config.context_length(), 64) << name;
    EXPECT_EQ(config.layer_norm_epsilon(), 1e-5f) << name;
    EXPECT_NEAR(config.embedding_multiplier() * config.embedding_multiplier(),
                config.d_model(), 1e-3)
        << name;
  }
}

TEST(ShapeByNameTest, NamesMeanTheirSizes) {
  EXPECT_EQ(NumParameters(ShapeByName("minigpt").value()), 103680);
  EXPECT_NEAR(NumParameters(ShapeByName("1m").value()), 1e6, 1e5);
  EXPECT_NEAR(NumParameters(ShapeByName("10m").value()), 1e7, 1e5);
  EXPECT_NEAR(NumParameters(ShapeByName("gpt2_small").value()), 124e6, 1e6);
}

TEST(ShapeByNameTest, UnknownNameListsTheKnownOnes) {
  EXPECT_THAT(ShapeByName("2m"),
              FailsSaying("no shape '2m'; known are minigpt, 1m, 10m, "
                          "gpt2_small"));
}

}  // namespace
}  // namespace quant_curve
