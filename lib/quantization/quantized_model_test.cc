#include "lib/quantization/quantized_model.h"

#include <limits>

#include "absl/functional/function_ref.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/write_artifact.h"
#include "lib/model/config.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

QuantizedModel Model(const std::string& scheme) {
  ModelConfig config = MiniGptConfig();
  config.set_d_model(6);
  config.set_num_heads(1);
  config.set_num_layers(1);
  config.set_d_ff(10);
  QuantizedModel model = TestModel(config, scheme);
  *model.mutable_bytes() = ComputeByteAccount(model).value();
  return model;
}

// What validation says of a valid model with one change.
absl::Status Refusal(absl::FunctionRef<void(QuantizedModel&)> change,
                     const std::string& scheme = "int4_per_group_64") {
  QuantizedModel model = Model(scheme);
  change(model);
  return ValidateQuantizedModel(model);
}

// Before lists of 2^20 layers are made; each has six Linears.
TEST(QuantizedModelTest, TensorsAreCountedBeforeTheyAreListed) {
  EXPECT_THAT(Refusal([](QuantizedModel& model) {
                model.mutable_config()->set_num_layers(1 << 20);
              }),
              FailsSaying("6 Linears and 9 other tensors, the config has "
                          "6291456 and "));
}

TEST(QuantizedModelTest, EveryNamedSchemeIsReadBack) {
  const std::string path = ::testing::TempDir() + "/model.qca";
  for (const char* scheme :
       {"fp32", "fp16", "int8_per_tensor", "int8_per_channel",
        "int4_per_group_64", "int4_per_group_64_gptq",
        "int8_weight_activation"}) {
    const QuantizedModel model = Model(scheme);
    ASSERT_THAT(WriteArtifact(path, model), IsOk());
    ASSERT_OK_AND_ASSIGN(const Artifact<QuantizedModel> read,
                         ReadQuantizedModel(path));
    ASSERT_EQ(read.message.linears_size(), model.linears_size());
    EXPECT_THAT(ValidateQuantizedModel(read.message), IsOk());
    for (int i = 0; i < model.linears_size(); ++i) {
      EXPECT_EQ(
          Dequantize(read.message.linears(i), model.scheme(), read.payload)
              .value(),
          Dequantize(model.linears(i), model.scheme()).value());
    }
    for (int i = 0; i < model.others_size(); ++i) {
      const Tensor& stored = read.message.others(i);
      EXPECT_TRUE(stored.data().empty());
      ASSERT_OK_AND_ASSIGN(const TensorView view, read.payload.View(stored));
      EXPECT_EQ(view.bytes, model.others(i).data());
    }
  }
}

TEST(QuantizedModelTest, ErrorsNameTheFile) {
  const std::string path = ::testing::TempDir() + "/bad.qca";
  QuantizedModel model = Model("fp32");
  model.mutable_scheme()->clear_name();
  ASSERT_THAT(WriteArtifact(path, model), IsOk());
  EXPECT_THAT(ReadQuantizedModel(path), FailsSaying("bad.qca: scheme ''"));
}

TEST(QuantizedModelTest, MissingSurplusAndMisplacedTensorsAreRefused) {
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { m.mutable_linears()->RemoveLast(); }),
      FailsSaying("h.0.mlp.fc2.weight' is missing"));
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { *m.add_linears() = m.linears(0); }),
      FailsSaying("7 Linears"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.mutable_linears()->SwapElements(0, 1);
              }),
              FailsSaying("where 'h.0.attn.q_proj.weight' belongs"));
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { *m.mutable_linears(1) = m.linears(0); }),
      FailsSaying("where 'h.0.attn.k_proj.weight' belongs"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.mutable_others(1)->set_name("h.0.ln_2.weight");
              }),
              FailsSaying("where 'h.0.ln_1.weight' belongs"));
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { m.mutable_others()->RemoveLast(); }),
      FailsSaying("'ln_f.bias' is missing"));
}

TEST(QuantizedModelTest, WrongShapesAndDTypesAreRefused) {
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { m.mutable_config()->set_d_ff(11); }),
      FailsSaying("h.0.mlp.fc1.weight': shape [10, 6]"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                *m.mutable_others(1) =
                    MakeFloat16("h.0.ln_1.weight", {6}, {1, 1, 1, 1, 1, 1});
              }),
              FailsSaying("dtype FLOAT16, the scheme stores FLOAT32"));
  EXPECT_THAT(
      Refusal([](QuantizedModel& m) { m.mutable_scheme()->set_bits(5); }),
      FailsSaying("5-bit codes"));
}

TEST(QuantizedModelTest, NumbersThatAreNotFiniteAreRefused) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.mutable_linears(2)->set_gptq_proxy_loss(kNan);
              }),
              FailsSaying("h.0.attn.v_proj.weight': a proxy loss"));
  for (const double value : {double{kNan}, -0.5}) {
    for (const auto set : {&QuantizedLinear::set_rtn_proxy_loss,
                           &QuantizedLinear::set_gptq_proxy_loss,
                           &QuantizedLinear::set_damping_used}) {
      EXPECT_THAT(Refusal([&](QuantizedModel& m) {
                    (m.mutable_linears(2)->*set)(value);
                  }),
                  FailsSaying("must be finite and not negative"));
    }
    EXPECT_THAT(Refusal([&](QuantizedModel& m) {
                  m.mutable_linears(2)->set_activation_clip(value);
                }),
                FailsSaying("must be finite and not negative"));
  }
}

TEST(QuantizedModelTest, AnInt8EmbeddingNeedsItsScales) {
  const std::string scheme =
      "name: 'x' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
      "granularity: PER_CHANNEL method: RTN "
      "activation_format: ACTIVATION_FLOAT32 embedding_format: EMBEDDING_INT8";
  EXPECT_THAT(Refusal([](QuantizedModel&) {}, scheme), IsOk());
  EXPECT_THAT(Refusal(
                  [](QuantizedModel& m) {
                    m.mutable_others()->DeleteSubrange(1, m.others_size() - 1);
                  },
                  scheme),
              FailsSaying("'wte.weight.scales' is missing"));
  EXPECT_THAT(
      Refusal(
          [](QuantizedModel& m) { m.mutable_others()->DeleteSubrange(1, 1); },
          scheme),
      FailsSaying("'h.0.ln_1.weight'"));
}

TEST(QuantizedModelTest, EveryFamilyIsReadBack) {
  for (ModelConfig config : {Gpt2Family(), LlamaFamily(10000)}) {
    config.set_vocab_size(9);
    config.set_d_model(8);
    config.set_num_layers(2);
    config.set_num_heads(2);
    config.set_num_kv_heads(1);
    config.set_d_ff(11);
    config.set_context_length(5);
    config.set_layer_norm_epsilon(1e-5f);
    for (const char* scheme : {"fp32", "fp16", "int4_per_group_64"}) {
      QuantizedModel model = TestModel(config, scheme);
      *model.mutable_bytes() = ComputeByteAccount(model).value();
      EXPECT_THAT(ValidateQuantizedModel(model), IsOk()) << scheme;
    }
  }
}

TEST(QuantizedModelTest, AByteAccountThatIsNotThePayloadsIsRefused) {
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.mutable_bytes()->set_scales(m.bytes().scales() + 1);
              }),
              FailsSaying("byte account"));
}

TEST(QuantizedModelTest, DigestsAreRequired) {
  EXPECT_THAT(Refusal([](QuantizedModel& m) { m.clear_tokenizer_sha256(); }),
              FailsSaying("tokenizer_sha256: 0 bytes"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.set_tokenizer_sha256(std::string(33, 'x'));
              }),
              FailsSaying("tokenizer_sha256: 33 bytes"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) { m.set_corpus_sha256("x"); }),
              FailsSaying("corpus_sha256: 1 bytes"));
  EXPECT_THAT(Refusal([](QuantizedModel& m) { m.clear_checkpoint_sha256(); }),
              FailsSaying("checkpoint_sha256: 0 bytes"));
  const auto drop_calibration = [](QuantizedModel& m) {
    m.clear_calibration_sha256();
  };
  EXPECT_THAT(Refusal(drop_calibration), IsOk());
  EXPECT_THAT(Refusal(drop_calibration, "int4_per_group_64_gptq"),
              FailsSaying("calibration_sha256: 0 bytes"));
}

TEST(QuantizedModelTest, AClipThatTheSchemeDoesNotHaveIsRefused) {
  EXPECT_THAT(Refusal([](QuantizedModel& m) {
                m.mutable_linears(0)->set_activation_clip(1);
              }),
              FailsSaying("no clip percentile"));
}

}  // namespace
}  // namespace quant_curve
