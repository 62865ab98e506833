#include "lib/model/layers.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Llama's kinds, three tokens of width 2.
Model SmallLlama() {
  Model model;
  model.config = LlamaFamily(10000);
  model.config.set_vocab_size(3);
  model.config.set_d_model(2);
  model.config.set_num_heads(1);
  const std::vector<float> rows = {1, 1, 2, -0.5f, 7, 7};
  model.embedding = PackedMatrix::Float32(rows.data(), 3, 2);
  return model;
}

TEST(LayersTest, TheEmbeddingMultiplierCountsInRotaryModels) {
  Model model = SmallLlama();
  model.config.set_embedding_multiplier(3);
  std::vector<float> x(2);
  EmbedToken(model, 1, /*position=*/0, x.data());
  EXPECT_THAT(x, ElementsAre(6, -1.5f));
}

// Between 1/2 and 1 float16's numbers are multiples of 2^-11. silu(1) =
// 0.7310585786 = 1497.21 * 2^-11 is rounded to 1497 of them; times 1 + 2^-10
// that is 1498.46, rounded to 1498. Without the first rounding it would be
// 1498.67, rounded to 1499.
TEST(LayersTest, SiluIsRoundedToFloat16BeforeTheProduct) {
  Model model = SmallLlama();
  model.activation_format = ACTIVATION_FLOAT16;
  std::vector<float> hidden;
  ActivateMlp(model, /*gate=*/{1}, /*fc1=*/{1 + 1 / 1024.0f}, hidden);
  EXPECT_THAT(hidden, ElementsAre(1498 / 2048.0f));
}

TEST(LayersTest, WithoutFloat16NothingIsRounded) {
  std::vector<float> hidden;
  ActivateMlp(SmallLlama(), {1}, {2}, hidden);
  EXPECT_FLOAT_EQ(hidden[0], 2 * 0.7310585786f);
}

}  // namespace
}  // namespace quant_curve
