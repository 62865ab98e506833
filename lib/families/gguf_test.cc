#include "lib/families/gguf.h"

#include <cmath>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A Llama of 16 numbers in 4 heads, as import starts from.
ModelConfig Sizes(uint32_t num_layers) {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(10);
  config.set_d_model(16);
  config.set_num_layers(num_layers);
  config.set_num_heads(4);
  config.set_d_ff(8);
  config.set_context_length(64);
  config.set_layer_norm_epsilon(1e-6f);
  return config;
}

ModelConfig In(const char* architecture, ModelConfig config) {
  return InLlamaCpp(*FindGgufFamily(architecture), config);
}

absl::Status Check(const char* architecture, const ModelConfig& config) {
  return CheckInLlamaCpp(*FindGgufFamily(architecture), config);
}

TEST(GgufTest, TensorsHaveLlamaCppsNames) {
  EXPECT_EQ(GgufTensorName("wte.weight"), "token_embd.weight");
  EXPECT_EQ(GgufTensorName("ln_f.weight"), "output_norm.weight");
  EXPECT_EQ(GgufTensorName("lm_head.weight"), "output.weight");
  EXPECT_EQ(GgufTensorName("h.3.ln_2.weight"), "blk.3.ffn_norm.weight");
  EXPECT_EQ(GgufTensorName("h.12.attn.q_norm.weight"),
            "blk.12.attn_q_norm.weight");
  EXPECT_EQ(GgufTensorName("h.0.attn.post_norm.weight"),
            "blk.0.post_attention_norm.weight");
  EXPECT_EQ(GgufTensorName("h.0.mlp.post_norm.weight"),
            "blk.0.post_ffw_norm.weight");
  EXPECT_EQ(GgufTensorName("h.0.mlp.down_proj.bias"), "blk.0.ffn_down.bias");
}

TEST(GgufTest, FullAttentionIsAPeriod) {
  ModelConfig config = Sizes(5);
  SetFullAttentionPeriod(2, config);
  EXPECT_THAT(config.full_attention(),
              ElementsAre(false, true, false, true, false));
  EXPECT_EQ(FullAttentionPeriod(config), 2);
  for (const uint32_t none : {0u, 6u, 100u}) {
    SetFullAttentionPeriod(none, config);
    EXPECT_THAT(config.full_attention(),
                ElementsAre(false, false, false, false, false));
    EXPECT_EQ(FullAttentionPeriod(config), 6);
  }
  config.set_num_layers(1 << 31);
  SetFullAttentionPeriod(2, config);
  EXPECT_THAT(config.full_attention(), IsEmpty());
}

TEST(GgufTest, GemmaIsWhatMetadataLeaveOut) {
  const ModelConfig gemma = In("gemma", Sizes(2));
  EXPECT_EQ(gemma.mlp(), GEGLU);
  EXPECT_TRUE(gemma.norm_adds_one());
  EXPECT_TRUE(gemma.tied_embeddings());
  EXPECT_EQ(gemma.embedding_multiplier(), 4);
  EXPECT_EQ(FamilyOf(gemma).value()->model_type, "gemma");
}

TEST(GgufTest, Gemma2IsWhatMetadataLeaveOut) {
  const ModelConfig gemma2 = In("gemma2", Sizes(3));
  EXPECT_TRUE(gemma2.post_norms());
  EXPECT_EQ(gemma2.attention_scale(), 0.5f);
  EXPECT_EQ(gemma2.attention_softcap(), 50);
  EXPECT_EQ(gemma2.logits_softcap(), 30);
  EXPECT_EQ(gemma2.sliding_window(), 4096);
  EXPECT_THAT(gemma2.full_attention(), ElementsAre(false, true, false));
  EXPECT_EQ(FamilyOf(gemma2).value()->model_type, "gemma2");
}

TEST(GgufTest, Gemma3IsWhatMetadataLeaveOut) {
  ModelConfig sizes = Sizes(7);
  sizes.set_sliding_window(8);
  const ModelConfig gemma3 = In("gemma3", sizes);
  EXPECT_TRUE(gemma3.qk_norm());
  EXPECT_FALSE(gemma3.tied_embeddings());
  EXPECT_EQ(gemma3.local_rope_theta(), 10000);
  EXPECT_EQ(gemma3.logits_softcap(), 0);
  EXPECT_THAT(gemma3.full_attention(),
              ElementsAre(false, false, false, false, false, true, false));
  EXPECT_EQ(FamilyOf(gemma3).value()->model_type, "gemma3_text");
}

// Heads of 6 numbers, and 16 / 4 = 4 numbers of d_model per head.
TEST(GgufTest, TheScaleOfGemmas27BIsThatOfItsWidth) {
  for (const auto& [architecture, layers] :
       {std::make_pair("gemma2", 46), std::make_pair("gemma3", 62)}) {
    ModelConfig sizes = Sizes(layers);
    sizes.set_head_dim(6);
    EXPECT_EQ(In(architecture, sizes).attention_scale(), 0.5f);
    sizes.set_num_layers(layers - 1);
    EXPECT_EQ(In(architecture, sizes).attention_scale(), 1 / std::sqrt(6.0f));
  }
}

TEST(GgufTest, GraniteIsWhatMetadataLeaveOut) {
  const ModelConfig granite = In("granite", Sizes(2));
  EXPECT_EQ(granite.attention_scale(), 0.5f);
  EXPECT_EQ(granite.embedding_multiplier(), 1);
  EXPECT_EQ(granite.logits_divisor(), 1);
  EXPECT_EQ(FamilyOf(granite).value()->model_type, "granite");
}

TEST(GgufTest, Olmo2AndSmolLm3AreWhatMetadataLeaveOut) {
  const ModelConfig olmo2 = In("olmo2", Sizes(2));
  EXPECT_TRUE(olmo2.qk_norm_over_heads());
  EXPECT_TRUE(olmo2.no_pre_norms());
  EXPECT_EQ(FamilyOf(olmo2).value()->model_type, "olmo2");
  const ModelConfig smollm3 = In("smollm3", Sizes(5));
  EXPECT_THAT(smollm3.no_rotation(),
              ElementsAre(false, false, false, true, false));
  EXPECT_EQ(FamilyOf(smollm3).value()->model_type, "smollm3");
}

TEST(GgufTest, OtherValuesThanLlamaCppsAreRefusedByName) {
  ModelConfig gemma = In("gemma", Sizes(2));
  EXPECT_THAT(Check("gemma", gemma), IsOk());
  gemma.set_tied_embeddings(false);
  gemma.set_qkv_bias(true);
  EXPECT_THAT(Check("gemma", gemma),
              FailsSaying("llama.cpp computes gemma with other values: "
                          "tied_embeddings is false, there true; qkv_bias is "
                          "true, there false"));
  ModelConfig gemma2 = In("gemma2", Sizes(2));
  gemma2.clear_logits_softcap();
  EXPECT_THAT(Check("gemma2", gemma2),
              FailsSaying("logits_softcap is 0, there 30"));
  ModelConfig gemma3 = In("gemma3", Sizes(4));
  gemma3.set_attention_softcap(5);
  gemma3.set_full_attention(1, true);
  EXPECT_THAT(Check("gemma3", gemma3),
              FailsSaying("attention_softcap is 5, there 0; full_attention is "
                          "[false, true, false, false], there [false, true, "
                          "false, true]"));
  ModelConfig olmo2 = In("olmo2", Sizes(2));
  olmo2.set_head_dim(8);
  olmo2.set_tied_embeddings(true);
  EXPECT_THAT(Check("olmo2", olmo2),
              FailsSaying("head_dim is 8, there 0; tied_embeddings is true, "
                          "there false"));
}

// llama.cpp stops at a model of its windowed architectures without a window.
TEST(GgufTest, OnlyFullAttentionIsRefused) {
  ModelConfig gemma3 = In("gemma3", Sizes(2));
  SetFullAttentionPeriod(1, gemma3);
  EXPECT_THAT(Check("gemma3", gemma3),
              FailsSaying("full_attention is [true, true], there [false, "
                          "false]"));
}

}  // namespace
}  // namespace quant_curve
