#include "tools/evaluate/overflow.h"

#include <limits>

#include "lib/artifact/status_matchers.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

const std::vector<uint32_t> kTokens = {1, 2, 3};

Model TinyModel(ActivationFormat format) {
  Model model = MakeModel(TinyConfig());
  const std::vector<double> parameters = TinyParameters(model.config, 3);
  SetParameters(std::vector<float>(parameters.begin(), parameters.end()),
                model);
  model.activation_format = format;
  return model;
}

TEST(OverflowTest, TheFirstLinearBeyondFloat16IsNamedWithBoundAndRemedy) {
  Model model = TinyModel(ACTIVATION_FLOAT16);
  FindLinear("h.0.mlp.fc1.weight", model)->bias[0] = 7e4f;
  EXPECT_THAT(OverflowError(ModelReader::Of(model), "window 5", kTokens),
              FailsSaying("window 5 has no score: the output of h.0.mlp.fc1 is "
                          "beyond float16's largest value 65504; use a scheme "
                          "with ACTIVATION_FLOAT32"));
}

// fc1 is finite, its GELU too, and their product with a large weight is not.
TEST(OverflowTest, ASumInTheResidualStreamIsNamedByTheLinearThatItIsAddedTo) {
  Model model = TinyModel(ACTIVATION_FLOAT16);
  FindLinear("h.0.mlp.fc2.weight", model)->bias[0] = -7e4f;
  EXPECT_EQ(FirstNotFinite(ModelReader::Of(model), kTokens).value(),
            "the output of h.0.mlp.fc2 with the residual stream");
}

TEST(OverflowTest, Float32HasItsOwnBoundAndNoOtherScheme) {
  Model model = TinyModel(ACTIVATION_FLOAT32);
  FindLinear("h.0.mlp.fc1.weight", model)->bias[0] =
      std::numeric_limits<float>::infinity();
  EXPECT_THAT(OverflowError(ModelReader::Of(model), "window 0", kTokens),
              FailsSaying("h.0.mlp.fc1 is beyond float32's largest value"));
}

// q = k = 1000 x: the squares on the diagonal are beyond 65504, q and k are
// not. The softmax of an infinity is not the even one.
TEST(OverflowTest, OverflowingScoresAreSeen) {
  Model model = TinyModel(ACTIVATION_FLOAT16);
  const int64_t d = model.config.d_model();
  std::vector<float> identity(d * d, 0.0f);
  for (int64_t i = 0; i < d; ++i) identity[i * d + i] = 1000;
  for (const char* name :
       {"h.0.attn.q_proj.weight", "h.0.attn.k_proj.weight"}) {
    FindLinear(name, model)->weight =
        PackedMatrix::Float32(identity.data(), d, d);
  }
  EXPECT_EQ(FirstNotFinite(ModelReader::Of(model), kTokens).value(),
            "the output of h.0.attn's scores");
}

TEST(OverflowTest, TheLogitsAreLast) {
  const Model model = TinyModel(ACTIVATION_FLOAT32);
  EXPECT_EQ(FirstNotFinite(ModelReader::Of(model), kTokens).value(),
            "the logits");
}

}  // namespace
}  // namespace quant_curve
