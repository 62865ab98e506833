#include "lib/model/model.h"

#include "lib/artifact/status_matchers.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

constexpr char kAsymmetricWithOrder[] =
    "name: 'x' weight_format: WEIGHT_INTEGER bits: 8 granularity: PER_GROUP "
    "group_size: 48 method: GPTQ activation_order: true "
    "activation_format: ACTIVATION_FLOAT32";

std::vector<std::string> Schemes() {
  const SchemeList named = NamedSchemes().value();
  std::vector<std::string> schemes = {kAsymmetricWithOrder};
  for (const Scheme& scheme : named.schemes()) schemes.push_back(scheme.name());
  return schemes;
}

// The weights that the kernels read, against those that Dequantize takes from
// the payload on its own way.
TEST(ModelTest, TheKernelsWeightsAreThoseOfThePayload) {
  for (const std::string& scheme : Schemes()) {
    SCOPED_TRACE(scheme);
    const QuantizedModel quantized = TestModel(MiniGptConfig(), scheme);
    ASSERT_OK_AND_ASSIGN(Model model, ModelFromQuantized(quantized));
    for (const QuantizedLinear& linear : quantized.linears()) {
      ASSERT_OK_AND_ASSIGN(const std::vector<float> expected,
                           Dequantize(linear, quantized.scheme()));
      const Linear& actual = *FindLinear(linear.name(), model);
      const size_t in = linear.in_features();
      std::vector<float> row(in);
      for (size_t o = 0; o < linear.out_features(); ++o) {
        actual.weight.ReadRow(o, row.data());
        for (size_t j = 0; j < in; ++j) {
          const size_t column =
              actual.permutation.empty() ? j : actual.permutation[j];
          ASSERT_EQ(row[j], expected[o * in + column]) << linear.name();
        }
      }
    }
  }
}

TEST(ModelTest, TheKernelsReadNoMoreThanThePayloadAndItsScales) {
  const QuantizedModel quantized =
      TestModel(MiniGptConfig(), "int4_per_group_64");
  ASSERT_OK_AND_ASSIGN(Model model, ModelFromQuantized(quantized));
  int64_t bytes = 0;
  for (const QuantizedLinear& linear : quantized.linears()) {
    bytes += FindLinear(linear.name(), model)->weight.bytes();
  }
  // 98,304 weights of half a byte, 1,536 scales of two.
  EXPECT_EQ(bytes, 49152 + 3072);
}

TEST(ModelTest, ALinearOfAnotherModelIsRefused) {
  QuantizedModel quantized = TestModel(MiniGptConfig(), "fp32");
  quantized.mutable_config()->set_d_ff(128);
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("does not belong to this model"));
}

}  // namespace
}  // namespace quant_curve
