#include "lib/model/traffic.h"

#include "gtest/gtest.h"
#include "lib/model/config.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

Scheme MakeScheme(WeightFormat weights, ActivationFormat activations) {
  Scheme scheme;
  scheme.set_weight_format(weights);
  scheme.set_activation_format(activations);
  return scheme;
}

// 98,304 Linear weights, 640 biases, 640 LayerNorm values, 4,096 embedding
// values; per-channel int8 has 2 * (4 * 64 + 256 + 64) = 1,152 scales.
ByteAccount Account(uint64_t weights, uint64_t scales, uint64_t floats,
                    uint64_t embedding) {
  ByteAccount bytes;
  bytes.set_weights(weights);
  bytes.set_scales(scales);
  bytes.set_biases(floats);
  bytes.set_layer_norm(floats);
  bytes.set_embedding(embedding);
  return bytes;
}

TEST(StepTrafficTest, MiniGptInFloat32AtTheLastPositionIsAsCountedByHand) {
  const StepTraffic step = TrafficOfStep(
      MiniGptConfig(), MakeScheme(WEIGHT_FLOAT32, ACTIVATION_FLOAT32),
      Account(393216, 0, 2560, 16384), 63);
  EXPECT_EQ(step.weights, 393216);
  EXPECT_EQ(step.scales, 0);
  EXPECT_EQ(step.biases, 2560);
  EXPECT_EQ(step.layer_norm, 2560);
  EXPECT_EQ(step.embedding, 16384 + 256 + 256);
  // A block's values: norms 256, q k v o 512, fc1 320, fc2 320, GELU 512, sums
  // 384, attention 64 + 4 * 4 * 64 + 64 = 1152: 3456. Around them 256.
  EXPECT_EQ(step.activations, 4 * (2 * 3456 + 256));
  EXPECT_EQ(step.kv_cache, 4 * 2 * (2 * 64 * 64 + 2 * 64));
  EXPECT_EQ(step.logits, 256);
  EXPECT_EQ(step.TotalBytes(), 510720);
  // 2 * 98304 + 2 * 4096 + 2 blocks * 4 * 64 * 64.
  EXPECT_EQ(step.flops, 196608 + 8192 + 32768);
  EXPECT_NEAR(step.Intensity(), 0.465, 0.001);
}

TEST(StepTrafficTest, Float16ActivationsTakeHalfTheBytes) {
  const StepTraffic step = TrafficOfStep(
      MiniGptConfig(), MakeScheme(WEIGHT_FLOAT16, ACTIVATION_FLOAT16),
      Account(196608, 0, 1280, 8192), 63);
  EXPECT_EQ(step.embedding, 8192 + 128 + 256);
  EXPECT_EQ(step.activations, 2 * (2 * 3456 + 256));
  EXPECT_EQ(step.kv_cache, 2 * 16640);
  EXPECT_EQ(step.logits, 128);
}

TEST(StepTrafficTest, Int8ActivationsAreReadAsCodesWithOneScaleALinear) {
  const ByteAccount bytes = Account(98304, 2304, 2560, 8192);
  const StepTraffic floats =
      TrafficOfStep(MiniGptConfig(),
                    MakeScheme(WEIGHT_INTEGER, ACTIVATION_FLOAT32), bytes, 10);
  const StepTraffic codes = TrafficOfStep(
      MiniGptConfig(), MakeScheme(WEIGHT_INTEGER, ACTIVATION_INT8), bytes, 10);
  // A block's Linears read 5 * 64 + 256 = 576 values: 3 bytes less each, and 6
  // scales more.
  EXPECT_EQ(floats.activations - codes.activations, 2 * (3 * 576 - 6 * 4));
  EXPECT_EQ(floats.kv_cache, codes.kv_cache);
  EXPECT_EQ(floats.scales, 2304);
  EXPECT_EQ(floats.weights, 98304);
}

// No Linear has codes, so none rounds its input to them.
TEST(StepTrafficTest, FloatWeightsReadFloatsWhateverTheActivations) {
  const ByteAccount bytes = Account(393216, 0, 2560, 16384);
  const auto activations = [&](ActivationFormat format) {
    return TrafficOfStep(MiniGptConfig(), MakeScheme(WEIGHT_FLOAT32, format),
                         bytes, 10)
        .activations;
  };
  EXPECT_EQ(activations(ACTIVATION_INT8), activations(ACTIVATION_FLOAT32));
}

// 65 rows of 64 codes and a scale of two bytes, and the sinusoids of a
// position.
TEST(StepTrafficTest, AnInt8EmbeddingIsReadWithItsScales) {
  Scheme scheme = MakeScheme(WEIGHT_INTEGER, ACTIVATION_FLOAT32);
  scheme.set_embedding_format(EMBEDDING_INT8);
  const StepTraffic step = TrafficOfStep(MiniGptConfig(), scheme,
                                         Account(98304, 2304, 2560, 4224), 10);
  EXPECT_EQ(step.embedding, 65 * (64 + 2) + 64 * 4);
}

// One row of positions, stored as the embedding is.
TEST(StepTrafficTest, LearnedPositionsAreReadAsTheyAreStored) {
  ModelConfig config = MiniGptConfig();
  config.set_positions(LEARNED);
  const ByteAccount bytes = Account(98304, 2304, 2560, 8192);
  const auto embedding = [&](WeightFormat weights) {
    const Scheme scheme = MakeScheme(weights, ACTIVATION_FLOAT32);
    return TrafficOfStep(config, scheme, bytes, 10).embedding;
  };
  EXPECT_EQ(embedding(WEIGHT_FLOAT32), 65 * 64 * 4 + 64 * 4);
  EXPECT_EQ(embedding(WEIGHT_FLOAT16), 65 * 64 * 2 + 64 * 2);
  EXPECT_EQ(embedding(WEIGHT_INTEGER), 65 * 64 * 2 + 64 * 2);
}

TEST(StepTrafficTest, FirstPositionAttendsToItselfAlone) {
  const StepTraffic step = TrafficOfStep(
      MiniGptConfig(), MakeScheme(WEIGHT_FLOAT32, ACTIVATION_FLOAT32),
      Account(393216, 0, 2560, 16384), 0);
  // Attention's 4 * 4 * 64 scores are 4 * 4 * 1 here: 1008 fewer.
  EXPECT_EQ(step.activations, 4 * (2 * (3456 - 1008) + 256));
  EXPECT_EQ(step.kv_cache, 4 * 2 * (2 * 64 + 2 * 64));
  EXPECT_EQ(step.flops, 196608 + 8192 + 2 * 4 * 64);
}

TEST(StepTrafficTest, ALlamaIsAsCountedByHand) {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(100);
  config.set_d_model(8);
  config.set_num_layers(1);
  config.set_num_heads(4);
  config.set_num_kv_heads(2);
  config.set_head_dim(4);
  config.set_d_ff(24);
  config.set_context_length(16);
  // Linear weights: q and o 2 * 8 * 16, k and v 2 * 8 * 8, the MLP 3 * 8 * 24:
  // 960. Norms 3 * 8, embedding and head 2 * 800.
  const StepTraffic step =
      TrafficOfStep(config, MakeScheme(WEIGHT_FLOAT32, ACTIVATION_FLOAT32),
                    Account(3840, 0, 96, 6400), 2);
  EXPECT_EQ(step.weights, 3840);
  // The head's 100 rows, the token's, and four cosines and sines.
  EXPECT_EQ(step.embedding, 3200 + 32 + 16);
  // Norms 32; outputs q 16, k v 16, o 8, gate and up 48, down 8; inputs 5 * 8 +
  // 16 + 24; silu 48, its product 72; rotation 48; sums 48; attention 16 + 4 *
  // 4 * 3 + 16: 504. Around them 32.
  EXPECT_EQ(step.activations, 4 * (504 + 32));
  EXPECT_EQ(step.kv_cache, 4 * (2 * 3 * 8 + 2 * 8));
  EXPECT_EQ(step.logits, 400);
  EXPECT_EQ(step.flops, 2 * 960 + 2 * 800 + 4 * 3 * 16);
}

TEST(StepTrafficTest, PositionsStayHalvesWithAnInt8Embedding) {
  ModelConfig config = MiniGptConfig();
  config.set_positions(LEARNED);
  Scheme scheme = MakeScheme(WEIGHT_INTEGER, ACTIVATION_FLOAT32);
  const ByteAccount bytes = Account(98304, 2304, 2560, 8192 + 8192);
  // 65 rows of 64 codes and one half each; learned positions are halves.
  scheme.set_embedding_format(EMBEDDING_INT8);
  EXPECT_EQ(TrafficOfStep(config, scheme, bytes, 0).embedding,
            65 * (64 + 2) + 128);
}

// Two layers of 8 inputs, 8 q, k and v, 24 hidden, 2 heads; the window of the
// first hides all but 2 positions of 5.
TEST(StepTrafficTest, AGemma2IsAsCountedByHand) {
  ModelConfig config = LlamaFamily(10000);
  config.set_mlp(GEGLU);
  config.set_vocab_size(100);
  config.set_d_model(8);
  config.set_num_layers(2);
  config.set_num_heads(2);
  config.set_d_ff(24);
  config.set_context_length(16);
  config.set_tied_embeddings(true);
  config.set_post_norms(true);
  config.set_sliding_window(2);
  config.add_full_attention(false);
  config.add_full_attention(true);
  config.set_attention_softcap(50);
  config.set_logits_softcap(30);
  config.set_residual_multiplier(0.5f);
  const StepTraffic step =
      TrafficOfStep(config, MakeScheme(WEIGHT_FLOAT32, ACTIVATION_FLOAT32),
                    Account(0, 0, 0, 0), 4);
  // A block: four norms 64, multipliers 32; outputs q k v o 32, gate and up 48,
  // down 8; inputs 6 * 8 + 24; gelu 48, its product 72; rotation 32; sums 48;
  // attention 16 and 6 * 2 scores a position: 472 + 12 n, n = 2 and 5.
  EXPECT_EQ(step.activations, 4 * (2 * 472 + 12 * 7 + 32));
  EXPECT_EQ(step.kv_cache, 4 * (2 * 7 * 8 + 2 * 2 * 8));
  EXPECT_EQ(step.logits, 4 * 300);
  // Linear weights 2 * (4 * 64 + 3 * 192), the head 800, 4 * 8 a position.
  EXPECT_EQ(step.flops, 2 * (1664 + 800) + 4 * 8 * 7);
}

TEST(MeanTrafficTest, IsTheMeanOfTheSteps) {
  const Scheme scheme = MakeScheme(WEIGHT_FLOAT32, ACTIVATION_FLOAT32);
  const ByteAccount bytes = Account(393216, 0, 2560, 16384);
  double total_bytes = 0;
  double flops = 0;
  for (int position = 32; position < 64; ++position) {
    const StepTraffic step =
        TrafficOfStep(MiniGptConfig(), scheme, bytes, position);
    total_bytes += step.TotalBytes();
    flops += step.flops;
  }
  const StepTraffic mean = MeanTraffic(MiniGptConfig(), scheme, bytes, 32, 32);
  EXPECT_EQ(mean.TotalBytes(), total_bytes / 32);
  EXPECT_EQ(mean.flops, flops / 32);
}

TEST(SequenceFlopsTest, CountsMatricesForEachTokenAndCausalAttention) {
  // 64 tokens * 2 * (98304 + 4096), and 2 blocks * 4 * 64 * (1 + … + 64).
  EXPECT_EQ(SequenceFlops(MiniGptConfig(), 64), 64.0 * 204800 + 512.0 * 2080);
}

TEST(TrafficOfOpTest, LmHeadIsAsInTheWorkedFrontier) {
  const auto lm_head = [](const OpFormat& format) {
    return TrafficOfOp(64, 64, format, 64, 0);
  };
  EXPECT_EQ(lm_head(kOpFloat32).TotalBytes(), 16640);
  EXPECT_EQ(lm_head(kOpFloat16).TotalBytes(), 8320);
  EXPECT_EQ(lm_head(kOpInt8Weights).TotalBytes(), 4352);
  EXPECT_EQ(lm_head(kOpInt8WeightsActivations).TotalBytes(), 4160);
  EXPECT_NEAR(lm_head(kOpFloat32).Intensity(), 0.49, 0.005);
  EXPECT_NEAR(lm_head(kOpFloat16).Intensity(), 0.98, 0.005);
  EXPECT_NEAR(lm_head(kOpInt8Weights).Intensity(), 1.88, 0.005);
  EXPECT_NEAR(lm_head(kOpInt8WeightsActivations).Intensity(), 1.97, 0.005);
}

TEST(TrafficOfOpTest, Fc1IsAsInTheWorkedFrontier) {
  // 65 KiB + 1 KiB: weights and biases, and d_ff = 256 activations.
  const OpTraffic fp32 = TrafficOfOp(64, 256, kOpFloat32, 256, 256);
  EXPECT_EQ(fp32.weight_bytes + fp32.bias_bytes, 65 * 1024);
  EXPECT_EQ(fp32.activation_bytes, 1024);
  const OpTraffic int8 = TrafficOfOp(64, 256, kOpInt8Weights, 256, 0);
  EXPECT_EQ(int8.weight_bytes, 16 * 1024);
  EXPECT_EQ(int8.activation_bytes, 1024);
  const OpTraffic int8_activations =
      TrafficOfOp(64, 256, kOpInt8WeightsActivations, 256, 0);
  EXPECT_EQ(int8_activations.TotalBytes(), 16 * 1024 + 256);
  EXPECT_EQ(fp32.flops, 32768);
}

}  // namespace
}  // namespace quant_curve
