#include "lib/model/config.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

ModelConfig MiniGpt() {
  ModelConfig config;
  config.set_vocab_size(64);
  config.set_d_model(64);
  config.set_num_layers(2);
  config.set_num_heads(4);
  config.set_d_ff(256);
  config.set_context_length(64);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(8);
  return config;
}

uint64_t Parameters(const ModelConfig& config, TensorRole role) {
  uint64_t sum = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    uint64_t product = 1;
    for (const uint64_t extent : spec.shape) product *= extent;
    if (spec.role == role) sum += product;
  }
  return sum;
}

// The inventory of the specification, part by part.
TEST(ConfigTest, MiniGptHas103680Parameters) {
  const ModelConfig config = MiniGpt();
  EXPECT_EQ(Parameters(config, TensorRole::kEmbedding), 4096);
  EXPECT_EQ(Parameters(config, TensorRole::kLinearWeight), 32768 + 65536);
  EXPECT_EQ(Parameters(config, TensorRole::kLinearBias), 2 * (256 + 64));
  EXPECT_EQ(Parameters(config, TensorRole::kLayerNorm), 640);
  EXPECT_EQ(NumParameters(config), 103680);
}

TEST(ConfigTest, MiniGptHasTwelveLinears) {
  int linears = 0;
  for (const TensorSpec& spec : TensorSpecs(MiniGpt())) {
    linears += spec.role == TensorRole::kLinearWeight;
  }
  EXPECT_EQ(linears, 12);
}

TEST(ConfigTest, ZeroSizesAreRefusedByName) {
  ModelConfig config = MiniGpt();
  config.set_d_ff(0);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("d_ff=0"));
}

TEST(ConfigTest, HeadsMustDivideTheWidth) {
  ModelConfig config = MiniGpt();
  config.set_num_heads(3);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("num_heads=3"));
}

TEST(ConfigTest, HugeModelsAreRefusedWithoutOverflow) {
  ModelConfig config = MiniGpt();
  config.set_d_model(1 << 20);
  config.set_num_layers(1 << 20);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("parameters"));
}

TEST(ConfigTest, LengthsStayWithinTheContext) {
  EXPECT_EQ(LengthWithinContext("n", 0, MiniGpt(), "m").value(), 64);
  EXPECT_EQ(LengthWithinContext("n", 64, MiniGpt(), "m").value(), 64);
  EXPECT_THAT(LengthWithinContext("n", 65, MiniGpt(), "m"),
              FailsSaying("--n=65: longer than the context of m, 64 tokens"));
}

TEST(ConfigTest, AValidConfigPasses) {
  EXPECT_THAT(ValidateConfig(MiniGpt()), IsOk());
}

}  // namespace
}  // namespace quant_curve
