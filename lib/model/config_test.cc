#include "lib/model/config.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_matchers.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

// As OpenAI published it.
ModelConfig Gpt2Small() {
  ModelConfig config = Gpt2Family();
  config.set_vocab_size(50257);
  config.set_d_model(768);
  config.set_num_layers(12);
  config.set_num_heads(12);
  config.set_d_ff(3072);
  config.set_context_length(1024);
  config.set_layer_norm_epsilon(1e-5f);
  return config;
}

// TinyLlama-1.1B (arXiv:2401.02385).
ModelConfig TinyLlama() {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(32000);
  config.set_d_model(2048);
  config.set_num_layers(22);
  config.set_num_heads(32);
  config.set_num_kv_heads(4);
  config.set_d_ff(5632);
  config.set_context_length(2048);
  config.set_layer_norm_epsilon(1e-5f);
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
  const ModelConfig config = MiniGptConfig();
  EXPECT_EQ(Parameters(config, TensorRole::kEmbedding), 4096);
  EXPECT_EQ(Parameters(config, TensorRole::kLinearWeight), 32768 + 65536);
  EXPECT_EQ(Parameters(config, TensorRole::kLinearBias), 2 * (256 + 64));
  EXPECT_EQ(Parameters(config, TensorRole::kNorm), 640);
  EXPECT_EQ(NumParameters(config), 103680);
}

// The published sizes of both models.
TEST(ConfigTest, Gpt2SmallHas124439808Parameters) {
  EXPECT_THAT(ValidateConfig(Gpt2Small()), IsOk());
  EXPECT_EQ(NumParameters(Gpt2Small()), 124439808);
  EXPECT_EQ(Parameters(Gpt2Small(), TensorRole::kPositions), 1024 * 768);
}

TEST(ConfigTest, TinyLlamaHas1100048384Parameters) {
  EXPECT_THAT(ValidateConfig(TinyLlama()), IsOk());
  EXPECT_EQ(NumParameters(TinyLlama()), 1100048384);
  EXPECT_EQ(Parameters(TinyLlama(), TensorRole::kEmbedding),
            2 * 32000 * 2048);  // the head is its own
}

TEST(ConfigTest, TensorsOfALlamaAreNamedShapedAndOrdered) {
  ModelConfig config = TinyLlama();
  config.set_num_layers(1);
  std::vector<std::string> tensors;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    tensors.push_back(
        absl::StrCat(spec.name, " ", absl::StrJoin(spec.shape, "x")));
  }
  EXPECT_THAT(
      tensors,
      ::testing::ElementsAre(
          "wte.weight 32000x2048", "h.0.ln_1.weight 2048",
          "h.0.attn.q_proj.weight 2048x2048", "h.0.attn.k_proj.weight 256x2048",
          "h.0.attn.v_proj.weight 256x2048", "h.0.attn.o_proj.weight 2048x2048",
          "h.0.ln_2.weight 2048", "h.0.mlp.gate_proj.weight 5632x2048",
          "h.0.mlp.up_proj.weight 5632x2048",
          "h.0.mlp.down_proj.weight 2048x5632", "ln_f.weight 2048",
          "lm_head.weight 32000x2048"));
}

TEST(ConfigTest, HeadsMayBeWiderThanTheirShareOfTheModel) {
  ModelConfig config = TinyLlama();
  config.set_head_dim(128);
  EXPECT_THAT(ValidateConfig(config), IsOk());
  EXPECT_EQ(QueryWidth(config), 32 * 128);
  EXPECT_EQ(KeyWidth(config), 4 * 128);
  EXPECT_THAT(TensorSpecs(config)[5].shape,  // o_proj
              ::testing::ElementsAre(2048, 4096));
}

TEST(ConfigTest, HeadNormsComeAfterTheProjections) {
  ModelConfig config = TinyLlama();
  config.set_qk_norm(true);
  config.set_qkv_bias(true);
  std::vector<std::string> names;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.name.find("h.0.attn.") == 0) names.push_back(spec.name.substr(9));
  }
  EXPECT_THAT(names, ::testing::ElementsAre(
                         "q_proj.weight", "q_proj.bias", "k_proj.weight",
                         "k_proj.bias", "v_proj.weight", "v_proj.bias",
                         "o_proj.weight", "q_norm.weight", "k_norm.weight"));
  EXPECT_THAT(TensorSpecs(config)[9].shape, ::testing::ElementsAre(64));
}

TEST(ConfigTest, RopeScalingOutOfBoundsIsRefused) {
  const auto refusal = [](float factor, float low, float high,
                          uint32_t original) {
    ModelConfig config = TinyLlama();
    Llama3Rope& rope = *config.mutable_llama3_rope();
    rope.set_factor(factor);
    rope.set_low_frequency_factor(low);
    rope.set_high_frequency_factor(high);
    rope.set_original_context(original);
    return ValidateConfig(config);
  };
  EXPECT_THAT(refusal(8, 1, 4, 8192), IsOk());
  EXPECT_THAT(refusal(0.5f, 1, 4, 8192), FailsSaying("llama3_rope.factor=0.5"));
  EXPECT_THAT(refusal(8, 0, 4, 8192), FailsSaying("low_frequency_factor=0"));
  EXPECT_THAT(refusal(8, 4, 4, 8192), FailsSaying("high_frequency_factor=4"));
  EXPECT_THAT(refusal(8, 1, 4, 0), FailsSaying("original_context=0"));
  ModelConfig config = TinyLlama();
  config.mutable_linear_rope();
  EXPECT_THAT(ValidateConfig(config), FailsSaying("linear_rope.factor=0"));
  config = Gpt2Small();
  config.mutable_linear_rope()->set_factor(2);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("rope_scaling"));
}

TEST(ConfigTest, MiniGptHasTwelveLinears) {
  int linears = 0;
  for (const TensorSpec& spec : TensorSpecs(MiniGptConfig())) {
    linears += spec.role == TensorRole::kLinearWeight;
  }
  EXPECT_EQ(linears, 12);
}

TEST(ConfigTest, ZeroSizesAreRefusedByName) {
  ModelConfig config = MiniGptConfig();
  config.set_d_ff(0);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("d_ff=0"));
}

TEST(ConfigTest, AllRefusalsAreOneMessage) {
  ModelConfig config = MiniGptConfig();
  config.clear_mlp();
  config.set_d_ff(0);
  config.set_vocab_size(1 << 21);
  for (const char* refusal : {"mlp=0", "d_ff=0", "vocab_size=2097152"}) {
    EXPECT_THAT(ValidateConfig(config), FailsSaying(refusal));
  }
  config = MiniGptConfig();
  config.set_num_heads(3);
  config.set_embedding_multiplier(0);
  for (const char* refusal : {"num_heads=3", "embedding_multiplier=0"}) {
    EXPECT_THAT(ValidateConfig(config), FailsSaying(refusal));
  }
}

TEST(ConfigTest, TensorsAndLinearsAreCountedWithoutTheirList) {
  for (ModelConfig config : {MiniGptConfig(), Gpt2Small(), TinyLlama()}) {
    uint64_t linears = 0;
    for (const TensorSpec& spec : TensorSpecs(config)) {
      linears += spec.role == TensorRole::kLinearWeight;
    }
    EXPECT_EQ(NumTensors(config), TensorSpecs(config).size());
    EXPECT_EQ(NumLinears(config), linears);
  }
}

// Tables of positions are computed: no byte of a file stands for them. MiniGPT
// is 64 wide: 2^24 / 64 = 262144 positions.
TEST(ConfigTest, PositionsOfASmallModelAreBounded) {
  ModelConfig config = MiniGptConfig();
  config.set_context_length(262144);
  EXPECT_THAT(ValidateConfig(config), IsOk());
  config.set_context_length(262145);
  EXPECT_THAT(ValidateConfig(config),
              FailsSaying("context_length * width of a position=16777280: must "
                          "be at most 16777216 in a model of 103680"));
  // 64 wide as well, but of 1.1e9 parameters.
  config = TinyLlama();
  config.set_context_length(262145);
  EXPECT_THAT(ValidateConfig(config), IsOk());
}

TEST(ConfigTest, HeadsMustDivideTheWidth) {
  ModelConfig config = MiniGptConfig();
  config.set_num_heads(3);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("num_heads=3"));
}

TEST(ConfigTest, KindsMustBeSaid) {
  ModelConfig config = MiniGptConfig();
  config.clear_normalization();
  EXPECT_THAT(ValidateConfig(config), FailsSaying("normalization=0"));
  config = MiniGptConfig();
  config.clear_positions();
  EXPECT_THAT(ValidateConfig(config), FailsSaying("positions=0"));
  config = MiniGptConfig();
  config.clear_mlp();
  EXPECT_THAT(ValidateConfig(config), FailsSaying("mlp=0"));
}

TEST(ConfigTest, KeyHeadsMustDivideTheHeads) {
  ModelConfig config = TinyLlama();
  for (const uint32_t kv_heads : {3u, 64u, 0xffffffffu}) {
    config.set_num_kv_heads(kv_heads);
    EXPECT_THAT(ValidateConfig(config),
                FailsSaying(absl::StrCat("num_kv_heads=", kv_heads)));
  }
}

TEST(ConfigTest, RotationsNeedEvenHeadsAndABase) {
  ModelConfig config = TinyLlama();
  config.set_head_dim(7);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("head_dim=7: must be even"));
  config = TinyLlama();
  config.clear_rope_theta();
  EXPECT_THAT(ValidateConfig(config), FailsSaying("rope_theta=0"));
  config = MiniGptConfig();
  config.set_rope_theta(10000);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("unset unless positions"));
}

TEST(ConfigTest, TheBaseAndTheEpsilonHaveBounds) {
  ModelConfig config = TinyLlama();
  config.set_rope_theta(1);
  EXPECT_THAT(ValidateConfig(config), IsOk());
  config.set_rope_theta(0.999f);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("rope_theta=0.999"));
  config.set_rope_theta(std::numeric_limits<float>::infinity());
  EXPECT_THAT(ValidateConfig(config), FailsSaying("rope_theta=inf"));
  for (const float value :
       {0.0f, -1.0f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    config = TinyLlama();
    config.set_layer_norm_epsilon(value);
    EXPECT_THAT(ValidateConfig(config), FailsSaying("layer_norm_epsilon="));
    config = TinyLlama();
    config.set_embedding_multiplier(value);
    EXPECT_THAT(ValidateConfig(config), FailsSaying("embedding_multiplier="));
  }
}

TEST(ConfigTest, SizesAreBoundedByName) {
  for (const auto& [name, set] :
       std::vector<std::pair<std::string, void (ModelConfig::*)(uint32_t)>>{
           {"vocab_size", &ModelConfig::set_vocab_size},
           {"d_model", &ModelConfig::set_d_model},
           {"num_layers", &ModelConfig::set_num_layers},
           {"num_heads", &ModelConfig::set_num_heads},
           {"d_ff", &ModelConfig::set_d_ff},
           {"context_length", &ModelConfig::set_context_length}}) {
    for (const uint32_t value : {0u, (1u << 20) + 1}) {
      ModelConfig config = MiniGptConfig();
      (config.*set)(value);
      EXPECT_THAT(ValidateConfig(config),
                  FailsSaying(absl::StrCat(name, "=", value,
                                           ": must be in [1, 1048576]")));
    }
  }
}

TEST(ConfigTest, WidthsOfAllHeadsAreBounded) {
  ModelConfig config = TinyLlama();
  config.set_head_dim(0xfffffffe);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("num_heads * head_dim"));
}

// The published shapes and sizes of Llama-2-7B (arXiv:2307.09288) and
// Llama-3.1-405B (arXiv:2407.21783).
TEST(ConfigTest, Llamas7BAnd405BAreValid) {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(32000);
  config.set_d_model(4096);
  config.set_num_layers(32);
  config.set_num_heads(32);
  config.set_d_ff(11008);
  config.set_context_length(4096);
  config.set_layer_norm_epsilon(1e-5f);
  EXPECT_THAT(ValidateConfig(config), IsOk());
  EXPECT_EQ(NumParameters(config), 6738415616);

  config = LlamaFamily(500000);
  config.set_vocab_size(128256);
  config.set_d_model(16384);
  config.set_num_layers(126);
  config.set_num_heads(128);
  config.set_num_kv_heads(8);
  config.set_d_ff(53248);
  config.set_context_length(131072);
  config.set_layer_norm_epsilon(1e-5f);
  EXPECT_THAT(ValidateConfig(config), IsOk());
  EXPECT_EQ(NumParameters(config), 405853388800);
}

// d = 2^17: attention has 4 * 2^34 weights, an MLP of width d / 2 two times
// 2^33, the norms 2 * 2^17 weights and the embedding 2^17: a block has
// 5 * 2^34 + 2^18 parameters. 12 blocks, embedding and last norm are
// 60 * 2^34 + 12 * 2^18 + 2 * 2^17; 13 blocks are more than 2^40.
TEST(ConfigTest, ParametersAreBoundedBy2ToThe40) {
  ModelConfig config = LlamaFamily(10000);
  config.set_mlp(GELU);
  config.set_tied_embeddings(true);
  config.set_vocab_size(1);
  config.set_d_model(1 << 17);
  config.set_num_layers(12);
  config.set_num_heads(1024);
  config.set_d_ff(1 << 16);
  config.set_context_length(2048);
  config.set_layer_norm_epsilon(1e-5f);
  EXPECT_EQ(NumParameters(config), (uint64_t{60} << 34) + (13 << 18));
  EXPECT_THAT(ValidateConfig(config), IsOk());
  config.set_num_layers(13);
  EXPECT_THAT(ValidateConfig(config),
              FailsSaying("more than 1099511627776 parameters"));
}

TEST(ConfigTest, HugeModelsAreRefusedWithoutOverflow) {
  ModelConfig config = MiniGptConfig();
  config.set_d_model(1 << 20);
  config.set_num_layers(1 << 20);
  EXPECT_THAT(ValidateConfig(config), FailsSaying("parameters"));
  // The most parameters that sizes allow: 2^20 blocks of 7 * 2^40 weights and
  // two norms, embedding and head of 2^40, the last norm.
  config = LlamaFamily(10000);
  for (const auto set :
       {&ModelConfig::set_vocab_size, &ModelConfig::set_d_model,
        &ModelConfig::set_num_layers, &ModelConfig::set_d_ff,
        &ModelConfig::set_context_length}) {
    (config.*set)(1 << 20);
  }
  config.set_num_heads(1);
  config.set_layer_norm_epsilon(1e-5f);
  EXPECT_EQ(NumParameters(config), (uint64_t{7} << 60) + (uint64_t{1} << 41) +
                                       (uint64_t{2} << 40) + (1 << 20));
  EXPECT_THAT(ValidateConfig(config), FailsSaying("parameters"));
}

TEST(ConfigTest, FeaturesWithoutWhatTheyChangeAreRefused) {
  const auto refusal = [](void (*change)(ModelConfig&)) {
    ModelConfig config = TinyLlama();
    change(config);
    return ValidateConfig(config);
  };
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_no_pre_norms(true); }),
              FailsSaying("no_pre_norms=true: must be false without"));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_qk_norm_over_heads(true); }),
              FailsSaying("qk_norm_over_heads=true: must be false without"));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.add_no_rotation(true); }),
              FailsSaying("values of no_rotation=1: must be 0 or num_layers="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_local_rope_theta(10); }),
              FailsSaying("local_rope_theta=10: must be unset without a"));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_attention_softcap(-1); }),
              FailsSaying("attention_softcap=-1: must be positive"));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_residual_multiplier(-1); }),
              FailsSaying("residual_multiplier=-1: must be positive"));
  EXPECT_THAT(refusal([](ModelConfig& c) {
                c.set_sliding_window(8);
                c.add_full_attention(true);
              }),
              FailsSaying("values of full_attention=1: must be 0 or"));
  EXPECT_THAT(refusal([](ModelConfig& c) {
                for (int i = 0; i < 22; ++i) c.add_full_attention(true);
              }),
              FailsSaying("full_attention=22: must be 0 without a"));
  ModelConfig gpt2 = Gpt2Small();
  gpt2.set_norm_adds_one(true);
  EXPECT_THAT(ValidateConfig(gpt2), FailsSaying("norm_adds_one=true"));
}

TEST(ConfigTest, LengthsStayWithinTheContext) {
  EXPECT_EQ(LengthWithinContext("n", 0, MiniGptConfig(), "m").value(), 64);
  EXPECT_EQ(LengthWithinContext("n", 64, MiniGptConfig(), "m").value(), 64);
  EXPECT_THAT(LengthWithinContext("n", 65, MiniGptConfig(), "m"),
              FailsSaying("--n=65: longer than the context of m, 64 tokens"));
}

TEST(ConfigTest, TheDefaultLengthOfALongContextIs2048) {
  ModelConfig config = TinyLlama();
  config.set_context_length(2048);
  EXPECT_EQ(LengthWithinContext("n", 0, config, "m").value(), 2048);
  config.set_context_length(131072);
  EXPECT_EQ(LengthWithinContext("n", 0, config, "m").value(), 2048);
  EXPECT_EQ(LengthWithinContext("n", 131072, config, "m").value(), 131072);
}

TEST(ConfigTest, AValidConfigPasses) {
  EXPECT_THAT(ValidateConfig(MiniGptConfig()), IsOk());
}

}  // namespace
}  // namespace quant_curve
