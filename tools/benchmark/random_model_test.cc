#include "tools/benchmark/random_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/scheme.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {
namespace {

ModelConfig MiniGpt() { return ShapeByName("minigpt").value(); }

TEST(RandomModelTest, IsValidInEveryNamedScheme) {
  ASSERT_OK_AND_ASSIGN(const SchemeList schemes, NamedSchemes());
  for (const Scheme& scheme : schemes.schemes()) {
    ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                         RandomModel(MiniGpt(), scheme, 1));
    EXPECT_THAT(ValidateQuantizedModel(model), IsOk()) << scheme.name();
  }
}

TEST(RandomModelTest, IsValidWithZeroPointsAndActivationOrder) {
  ASSERT_OK_AND_ASSIGN(
      const Scheme scheme,
      ResolveScheme("name: 'odd' weight_format: WEIGHT_INTEGER bits: 3 "
                    "symmetric: false granularity: PER_GROUP group_size: 48 "
                    "method: GPTQ activation_order: true "
                    "activation_format: ACTIVATION_FLOAT32"));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                       RandomModel(MiniGpt(), scheme, 1));
  EXPECT_THAT(ValidateQuantizedModel(model), IsOk());
}

TEST(RandomModelTest, IsValidWithInt8Embeddings) {
  ASSERT_OK_AND_ASSIGN(
      const Scheme scheme,
      ResolveScheme("name: 'e' weight_format: WEIGHT_INTEGER bits: 4 "
                    "symmetric: true granularity: PER_CHANNEL method: RTN "
                    "activation_format: ACTIVATION_FLOAT32 "
                    "embedding_format: EMBEDDING_INT8"));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                       RandomModel(MiniGpt(), scheme, 1));
  EXPECT_THAT(ValidateQuantizedModel(model), IsOk());
  EXPECT_EQ(model.bytes().embedding(), 64 * 64 + 64 * 2);
}

// Scales of norms around 1, the others around 0, within a tenth: of 64 uniform
// values some are beyond 0.08 and none beyond 0.1.
TEST(RandomModelTest, VectorsAreWithinATenthOfTheirCentre) {
  ASSERT_OK_AND_ASSIGN(const Scheme scheme, ResolveScheme("fp32"));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                       RandomModel(MiniGpt(), scheme, 1));
  int vectors = 0;
  for (const Tensor& tensor : model.others()) {
    if (tensor.shape_size() != 1) continue;
    ++vectors;
    const bool scale = tensor.name().find("ln_") != std::string::npos &&
                       tensor.name().find(".weight") != std::string::npos;
    ASSERT_OK_AND_ASSIGN(const std::vector<float> values, ReadFloats(tensor));
    float farthest = 0;
    for (const float value : values) {
      farthest = std::max(farthest, std::abs(value - (scale ? 1 : 0)));
    }
    EXPECT_GT(farthest, 0.08f) << tensor.name();
    EXPECT_LE(farthest, 0.1001f) << tensor.name();
  }
  EXPECT_EQ(vectors, 2 * (2 * 2 + 2) + 2);
}

TEST(RandomModelTest, SeedDecidesTheWeights) {
  ASSERT_OK_AND_ASSIGN(const Scheme scheme, ResolveScheme("int4_per_group_64"));
  const auto bytes = [&](uint64_t seed) {
    return RandomModel(MiniGpt(), scheme, seed).value().SerializeAsString();
  };
  EXPECT_EQ(bytes(1), bytes(1));
  EXPECT_NE(bytes(1), bytes(2));
}

TEST(RandomModelTest, WeightsHaveMeanZeroAndTheVarianceOfOneOverTheirInputs) {
  for (const std::string name :
       {"fp32", "fp16", "int8_per_channel", "int4_per_group_64"}) {
    ASSERT_OK_AND_ASSIGN(const Scheme scheme, ResolveScheme(name));
    ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                         RandomModel(MiniGpt(), scheme, 1));
    const QuantizedLinear& fc2 = model.linears(5);
    ASSERT_EQ(fc2.name(), "h.0.mlp.fc2.weight");
    ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                         Dequantize(fc2, scheme));
    double sum = 0;
    double squares = 0;
    for (const float weight : weights) {
      sum += weight;
      squares += double{weight} * weight;
    }
    const double count = static_cast<double>(weights.size());
    EXPECT_NEAR(sum / count, 0, 0.002) << name;
    // 15 levels have 14 % more variance than the interval they span.
    EXPECT_NEAR(squares / count * 256, 1, 0.2) << name;
  }
}

}  // namespace
}  // namespace quant_curve
