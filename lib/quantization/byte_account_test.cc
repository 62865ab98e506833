#include "lib/quantization/byte_account.h"

#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

// MiniGPT by hand. Linears: 2 blocks of 4 * 64*64 + 2 * 64*256 = 98,304
// weights; output rows 2 * (4*64 + 256 + 64) = 1,152. Biases 2 * (256 + 64) =
// 640, LayerNorm parameters 640, embedding 64*64 = 4,096.
struct Expected {
  uint64_t weights, scales, biases, layer_norm, embedding, total, linear_only;
  double bits_per_weight;
};

void ExpectAccount(const std::string& scheme, const Expected& expected) {
  QuantizedModel model = TestModel(MiniGptConfig(), scheme);
  ASSERT_OK_AND_ASSIGN(*model.mutable_bytes(), ComputeByteAccount(model));
  const ByteAccount& bytes = model.bytes();
  EXPECT_EQ(bytes.weights(), expected.weights) << scheme;
  EXPECT_EQ(bytes.scales(), expected.scales) << scheme;
  EXPECT_EQ(bytes.biases(), expected.biases) << scheme;
  EXPECT_EQ(bytes.layer_norm(), expected.layer_norm) << scheme;
  EXPECT_EQ(bytes.embedding(), expected.embedding) << scheme;
  EXPECT_EQ(bytes.total(), expected.total) << scheme;
  EXPECT_EQ(bytes.linear_only(), expected.linear_only) << scheme;
  EXPECT_EQ(BitsPerWeight(model), expected.bits_per_weight) << scheme;
  EXPECT_EQ(NumLinearWeights(model), 98304);
}

TEST(ByteAccountTest, Fp32IsFourBytesAParameter) {
  ExpectAccount("fp32", {393216, 0, 2560, 2560, 16384, 414720, 398336, 32.0});
}

TEST(ByteAccountTest, Fp16IsHalfOfIt) {
  ExpectAccount("fp16", {196608, 0, 1280, 1280, 8192, 207360, 199168, 16.0});
}

// 12 scales of 2 bytes.
TEST(ByteAccountTest, Int8PerTensor) {
  ExpectAccount("int8_per_tensor", {98304, 24, 2560, 2560, 8192, 111640, 103448,
                                    8.0 * 98328 / 98304});
}

// 1,152 scales of 2 bytes.
TEST(ByteAccountTest, Int8PerChannel) {
  ExpectAccount("int8_per_channel",
                {98304, 2304, 2560, 2560, 8192, 113920, 105728, 8.1875});
  ExpectAccount("int8_weight_activation",
                {98304, 2304, 2560, 2560, 8192, 113920, 105728, 8.1875});
}

// fc2 has 64 rows of 256 / 64 = 4 groups, the others one per row:
// 2 * (4*64 + 256 + 64*4) = 1,536 scales.
TEST(ByteAccountTest, Int4PerGroup64) {
  ExpectAccount("int4_per_group_64",
                {49152, 3072, 2560, 2560, 8192, 65536, 57344, 4.25});
  ExpectAccount("int4_per_group_64_gptq",
                {49152, 3072, 2560, 2560, 8192, 65536, 57344, 4.25});
}

// 2 * (4*64 + 256 + 64*2) = 1,280 scales.
TEST(ByteAccountTest, Int4PerGroup128) {
  ExpectAccount("int4_per_group_128", {49152, 2560, 2560, 2560, 8192, 65024,
                                       56832, 8.0 * 51712 / 98304});
}

// 3 bits: 24 bytes per row of 64, 96 per row of 256: 98,304 * 3/8 = 36,864.
// Groups of 32: 98,304 / 32 = 3,072 scales of 2 bytes and zero points of 1.
TEST(ByteAccountTest, ZeroPointsCountWithTheScales) {
  ExpectAccount(
      "name: 'x' weight_format: WEIGHT_INTEGER bits: 3 granularity: PER_GROUP "
      "group_size: 32 method: RTN activation_format: ACTIVATION_FLOAT32",
      {36864, 9216, 2560, 2560, 8192, 59392, 51200, 3.75});
}

// Ten Linears of 64 inputs: 64 bytes each. Two of 256: 128 indices of one byte
// and 128 of two. 640 + 2 * 384 = 1,408 bytes on 3,072 of scales.
TEST(ByteAccountTest, APermutationCountsWithTheScales) {
  ExpectAccount(
      "name: 'x' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
      "granularity: PER_GROUP group_size: 64 method: GPTQ "
      "activation_order: true activation_format: ACTIVATION_FLOAT32",
      {49152, 4480, 2560, 2560, 8192, 66944, 58752, 8.0 * 53632 / 98304});
}

// 64 rows of 64 codes and a scale.
TEST(ByteAccountTest, Int8EmbeddingsCountWithTheirScales) {
  ExpectAccount(
      "name: 'x' weight_format: WEIGHT_INTEGER bits: 8 symmetric: true "
      "granularity: PER_TENSOR method: RTN embedding_format: EMBEDDING_INT8 "
      "activation_format: ACTIVATION_FLOAT32",
      {98304, 24, 2560, 2560, 4224, 107672, 103448, 8.0 * 98328 / 98304});
}

// d 8, heads 2 of width 6, one key head, d_ff 12, vocabulary 10, one block,
// in int4: rows of 8, 12 and 12 inputs take 4, 6 and 6 bytes, and a scale.
TEST(ByteAccountTest, ALlamaIsAsCountedByHand) {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(10);
  config.set_d_model(8);
  config.set_num_layers(1);
  config.set_num_heads(2);
  config.set_head_dim(6);
  config.set_num_kv_heads(1);
  config.set_d_ff(12);
  config.set_context_length(5);
  config.set_layer_norm_epsilon(1e-5f);
  const QuantizedModel model =
      TestModel(config,
                "name: 'x' weight_format: WEIGHT_INTEGER bits: 4 symmetric: "
                "true granularity: PER_CHANNEL method: RTN "
                "activation_format: ACTIVATION_FLOAT32");
  ASSERT_OK_AND_ASSIGN(const ByteAccount bytes, ComputeByteAccount(model));
  // q 12 rows, k and v 6, gate and up 12 of 4 bytes; o and down 8 of 6.
  EXPECT_EQ(bytes.weights(), 48 * 4 + 16 * 6);
  EXPECT_EQ(bytes.scales(), 2 * (48 + 16));
  EXPECT_EQ(bytes.biases(), 0);
  EXPECT_EQ(bytes.layer_norm(), 3 * 8 * 4);
  EXPECT_EQ(bytes.embedding(), 2 * 10 * 8 * 2);
}

TEST(ByteAccountTest, LearnedPositionsCountWithTheEmbedding) {
  ModelConfig config = MiniGptConfig();
  config.set_positions(LEARNED);
  const QuantizedModel model = TestModel(config, "int8_per_tensor");
  ASSERT_OK_AND_ASSIGN(const ByteAccount bytes, ComputeByteAccount(model));
  EXPECT_EQ(bytes.embedding(), 8192 + 64 * 64 * 2);
}

TEST(ByteAccountTest, ATensorThatTheConfigDoesNotHaveIsRefused) {
  QuantizedModel model = TestModel(MiniGptConfig(), "fp32");
  model.mutable_others(0)->set_name("wpe.weight");
  EXPECT_THAT(ComputeByteAccount(model), FailsSaying("wpe.weight"));
}

}  // namespace
}  // namespace quant_curve
