#include "tools/train/backward.h"

#include <cmath>

#include "gtest/gtest.h"
#include "lib/model/config.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

// Two sequences of seven tokens: the reference's loss, differentiated
// numerically, is the witness for every parameter of every kind.
class BackwardTest : public ::testing::Test {
 protected:
  static constexpr float kWeight = 0.125f;
  static constexpr int kLength = 7;

  void SetUp() override {
    config_ = TinyConfig();
    parameters_ = TinyParameters(config_, 9);
    flat_.assign(parameters_.begin(), parameters_.end());
    gradients_.assign(flat_.size(), 0.0f);
    Model model = MakeModel(config_);
    SetParameters(flat_, model);
    Activations activations;
    activations.keep_probabilities = true;
    Forward(model, tokens_, 2, activations);
    BackwardScratch scratch;
    ParameterViews views = ViewParameters(config_, absl::MakeSpan(gradients_));
    loss_ = Backward(model, ViewParameters(config_, absl::MakeSpan(flat_)),
                     tokens_, targets_, activations, kWeight, scratch, views);
  }

  double Loss() const {
    double loss = 0;
    for (const int first : {0, kLength}) {
      const auto cut = [&](const std::vector<uint32_t>& ids) {
        return std::vector<uint32_t>(ids.begin() + first,
                                     ids.begin() + first + kLength);
      };
      loss += ReferenceLoss(config_, parameters_, cut(tokens_), cut(targets_));
    }
    return loss;
  }

  double Slope(size_t i) {
    constexpr double kStep = 1e-5;
    const double kept = parameters_[i];
    parameters_[i] = kept + kStep;
    const double up = Loss();
    parameters_[i] = kept - kStep;
    const double down = Loss();
    parameters_[i] = kept;
    return (up - down) / (2 * kStep);
  }

  ModelConfig config_;
  std::vector<double> parameters_;
  std::vector<float> flat_, gradients_;
  const std::vector<uint32_t> tokens_ = {3, 1, 4, 1, 5, 9, 2,
                                         2, 7, 1, 8, 2, 8, 10};
  const std::vector<uint32_t> targets_ = {1, 4, 1, 5, 9, 2,  6,
                                          7, 1, 8, 2, 8, 10, 0};
  double loss_ = 0;
};

TEST_F(BackwardTest, TheLossMatchesTheReference) {
  EXPECT_NEAR(loss_, Loss(), 1e-4);
}

TEST_F(BackwardTest, EveryGradientMatchesItsFiniteDifference) {
  size_t i = 0;
  for (const TensorSpec& spec : TensorSpecs(config_)) {
    SCOPED_TRACE(spec.name);
    uint64_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    double largest = 0;
    for (uint64_t j = 0; j < size; ++j, ++i) {
      const double slope = Slope(i);
      largest = std::max(largest, std::abs(slope));
      ASSERT_NEAR(gradients_[i], kWeight * slope, 1e-5 + 1e-4 * std::abs(slope))
          << "element " << j;
    }
    EXPECT_GT(largest, 1e-3) << "this tensor was not tested";
  }
}

}  // namespace
}  // namespace quant_curve
