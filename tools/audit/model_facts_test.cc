#include "tools/audit/model_facts.h"

#include <cmath>
#include <functional>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/provenance/parameters.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

Scheme SchemeOf(const std::string& text) {
  const absl::StatusOr<Scheme> scheme = ResolveScheme(text);
  EXPECT_THAT(scheme, IsOk());
  return scheme.value_or(Scheme());
}

// 98,304 weights, 640 biases, 640 numbers in LayerNorms, 4,096 in the
// embedding.
TEST(AccountTest, FloatSchemesTakeFourOrTwoBytesPerNumber) {
  const ByteAccount fp32 = AccountOf(MiniGptConfig(), SchemeOf("fp32"));
  EXPECT_EQ(fp32.weights(), 393216);
  EXPECT_EQ(fp32.scales(), 0);
  EXPECT_EQ(fp32.biases(), 2560);
  EXPECT_EQ(fp32.layer_norm(), 2560);
  EXPECT_EQ(fp32.embedding(), 16384);
  EXPECT_EQ(fp32.total(), 414720);
  EXPECT_EQ(fp32.linear_only(), 398336);
  EXPECT_EQ(AccountOf(MiniGptConfig(), SchemeOf("fp16")).total(), 207360);
}

// One scale of two bytes per row: 2 * (4 * 64 + 256 + 64) = 1,152 rows.
TEST(AccountTest, AScalePerRowTakesTwoBytes) {
  const ByteAccount int8 =
      AccountOf(MiniGptConfig(), SchemeOf("int8_per_channel"));
  EXPECT_EQ(int8.weights(), 98304);
  EXPECT_EQ(int8.scales(), 2304);
  EXPECT_EQ(int8.embedding(), 8192);
  EXPECT_EQ(int8.total(), 113920);
  // One scale per Linear, of twelve.
  EXPECT_EQ(AccountOf(MiniGptConfig(), SchemeOf("int8_per_tensor")).scales(),
            24);
}

// Groups of 32: rows of 64 inputs have two, rows of 256 have eight. Per block
// 512 * 2 + 64 * 8 = 1,536 groups of three bytes. A permutation of 64 takes 64
// bytes, one of 256 takes 128 + 2 * 128 = 384: per block 5 * 64 + 384 = 704.
TEST(AccountTest, ZeroPointsPermutationsAndOddBitsAreCounted) {
  const Scheme scheme = SchemeOf(
      "name: \"odd\" weight_format: WEIGHT_INTEGER bits: 3 symmetric: false "
      "granularity: PER_GROUP group_size: 32 method: GPTQ "
      "activation_order: true activation_format: ACTIVATION_FLOAT32 "
      "embedding_format: EMBEDDING_INT8");
  const ByteAccount account = AccountOf(MiniGptConfig(), scheme);
  EXPECT_EQ(account.weights(), 98304 * 3 / 8);
  EXPECT_EQ(account.scales(), 2 * (1536 * 3 + 704));
  EXPECT_EQ(account.embedding(), 4096 + 64 * 2);
}

TEST(ConfigTest, AConfigComesBackFromItsParameters) {
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = MiniGptConfig();
  auto parameters = ArtifactParameters(CHECKPOINT, checkpoint);
  ASSERT_OK_AND_ASSIGN(const ModelConfig again,
                       ConfigFromParameters(parameters));
  EXPECT_EQ(again.SerializeAsString(), MiniGptConfig().SerializeAsString());
  ModelConfig llama = MiniGptConfig();
  llama.set_positions(ROTARY);
  llama.set_rope_theta(500000);
  Llama3Rope& rope = *llama.mutable_llama3_rope();
  rope.set_factor(32);
  rope.set_low_frequency_factor(1);
  rope.set_high_frequency_factor(4);
  rope.set_original_context(8192);
  *checkpoint.mutable_config() = llama;
  ASSERT_OK_AND_ASSIGN(
      const ModelConfig same,
      ConfigFromParameters(ArtifactParameters(CHECKPOINT, checkpoint)));
  EXPECT_EQ(same.SerializeAsString(), llama.SerializeAsString());
  llama.set_sliding_window(7);
  for (uint32_t i = 0; i < llama.num_layers(); ++i) {
    llama.add_full_attention(i == 0);
  }
  *checkpoint.mutable_config() = llama;
  auto by_layer = ArtifactParameters(CHECKPOINT, checkpoint);
  ASSERT_OK_AND_ASSIGN(const ModelConfig layered,
                       ConfigFromParameters(by_layer));
  EXPECT_EQ(layered.SerializeAsString(), llama.SerializeAsString());
  by_layer["config.full_attention"] = "2";
  EXPECT_THAT(ConfigFromParameters(by_layer),
              FailsSaying("config.full_attention is '2'"));
  parameters["config.d_model"] = "0";
  EXPECT_THAT(ConfigFromParameters(parameters), FailsSaying("d_model"));
  parameters["config.d_model"] = "many";
  EXPECT_THAT(ConfigFromParameters(parameters),
              FailsSaying("config.d_model is 'many'"));
  parameters.erase("config.d_model");
  EXPECT_THAT(ConfigFromParameters(parameters), FailsSaying("is missing"));
}

class MeasurementFactsTest : public ::testing::Test {
 protected:
  MeasurementFactsTest() {
    measurement_ =
        MakeFakeMeasurement({"int8_per_channel", 113920, 4.9, 0.9, 8});
    *measurement_.mutable_bytes() =
        AccountOf(MiniGptConfig(), measurement_.scheme());
    measurement_.set_bits_per_weight(8.1875);  // 8 * (98304 + 2304) / 98304
  }

  absl::Status After(const std::function<void(Measurement&)>& change) const {
    Measurement changed = measurement_;
    change(changed);
    const absl::Status status = CheckListedLinears(changed);
    return status.ok() ? CheckAgainstConfig(changed, MiniGptConfig()) : status;
  }

  Measurement measurement_;
};

TEST_F(MeasurementFactsTest, ATrueMeasurementHolds) {
  EXPECT_THAT(After([](Measurement&) {}), IsOk());
}

TEST_F(MeasurementFactsTest, EveryCountIsChecked) {
  EXPECT_THAT(After([](Measurement& m) { m.set_bits_per_weight(4.25); }),
              FailsSaying("bits_per_weight: the artifact holds 4.25, it must "
                          "be 8.1875"));
  EXPECT_THAT(After([](Measurement& m) { m.set_num_parameters(103681); }),
              FailsSaying("num_parameters: the artifact holds 103681, it must "
                          "be 103680"));
  EXPECT_THAT(After([](Measurement& m) { m.set_num_linear_weights(98303); }),
              FailsSaying("num_linear_weights"));
  EXPECT_THAT(After([](Measurement& m) { m.set_num_lm_head_weights(1); }),
              FailsSaying("num_lm_head_weights"));
  EXPECT_THAT(
      After([](Measurement& m) { m.mutable_linears(3)->set_num_scales(63); }),
      FailsSaying("linears[h.0.attn.o_proj.weight].num_scales: the "
                  "artifact holds 63, it must be 64"));
  EXPECT_THAT(After([](Measurement& m) {
                m.mutable_linears(0)->set_in_features(~uint64_t{0});
              }),
              FailsSaying("out_features or in_features"));
}

// Bytes that are moved from one part to another keep their sum.
TEST_F(MeasurementFactsTest, EveryPartOfTheByteAccountIsChecked) {
  const auto moved = [&](const char* from, const char* to) {
    return After([&](Measurement& m) {
      ByteAccount& bytes = *m.mutable_bytes();
      const auto& reflection = *bytes.GetReflection();
      const auto* a = bytes.GetDescriptor()->FindFieldByName(from);
      const auto* b = bytes.GetDescriptor()->FindFieldByName(to);
      reflection.SetUInt64(&bytes, a, reflection.GetUInt64(bytes, a) - 1);
      reflection.SetUInt64(&bytes, b, reflection.GetUInt64(bytes, b) + 1);
    });
  };
  EXPECT_THAT(moved("weights", "scales"), FailsSaying("bytes.weights"));
  EXPECT_THAT(moved("scales", "weights"), FailsSaying("bytes.weights"));
  EXPECT_THAT(moved("biases", "layer_norm"), FailsSaying("bytes.biases"));
  EXPECT_THAT(moved("embedding", "total"), FailsSaying("bytes.embedding"));
  EXPECT_THAT(moved("linear_only", "total"), FailsSaying("bytes.total"));
}

TEST_F(MeasurementFactsTest, ProxyLossesAreFinite) {
  for (const char* field :
       {"rtn_proxy_loss", "gptq_proxy_loss", "damping_used"}) {
    for (const double value :
         {std::nan(""), -1.0, std::numeric_limits<double>::infinity()}) {
      EXPECT_THAT(After([&](Measurement& m) {
                    LinearQuality& linear = *m.mutable_linears(1);
                    linear.GetReflection()->SetDouble(
                        &linear, linear.GetDescriptor()->FindFieldByName(field),
                        value);
                  }),
                  FailsSaying(field));
    }
  }
}

TEST_F(MeasurementFactsTest, LinearsAreThoseOfTheConfig) {
  EXPECT_THAT(After([](Measurement& m) {
                m.mutable_linears(0)->set_name("h.0.attn.x_proj.weight");
              }),
              FailsSaying("h.0.attn.q_proj.weight"));
  Measurement cut = measurement_;
  cut.mutable_linears()->RemoveLast();
  EXPECT_THAT(CheckAgainstConfig(cut, MiniGptConfig()),
              FailsSaying("h.1.mlp.fc2.weight is missing"));
}

}  // namespace
}  // namespace quant_curve
