#include "tools/calibrate/calibrate_model.h"

#include <cmath>

#include "hwy/targets.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/forward.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

Model TinyModel() {
  Model model = MakeModel(TinyConfig());
  const std::vector<double> p = TinyParameters(model.config, 4);
  SetParameters(std::vector<float>(p.begin(), p.end()), model);
  return model;
}

Sequences SomeSequences() {
  Sequences sequences;
  for (uint32_t i = 0; i < 10; ++i) sequences.push_back({i, 5, 10 - i, 1});
  return sequences;
}

absl::StatusOr<Calibration> Calibrate(int threads) {
  ThreadPool pool(threads);
  CalibrationOptions options;
  options.histogram_sequences = 6;
  return CalibrateModel(TinyModel(), SomeSequences(), options, pool,
                        [](int64_t) {});
}

TEST(CalibrateModelTest, EveryLinearHasAnInputAndQkvShareOne) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  ASSERT_EQ(calibration.inputs_size(), 8);  // four a block
  EXPECT_THAT(
      calibration.inputs(4).linears(),
      ::testing::ElementsAre("h.1.attn.q_proj.weight", "h.1.attn.k_proj.weight",
                             "h.1.attn.v_proj.weight"));
  EXPECT_THAT(calibration.inputs(7).linears(),
              ::testing::ElementsAre("h.1.mlp.fc2.weight"));
}

// fc2's input is gelu(fc1 x + b): its Hessian again, by plain loops over one
// long batch.
TEST(CalibrateModelTest, HessiansAreMeansOverAllTokens) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  ASSERT_OK_AND_ASSIGN(const std::vector<double> hessian,
                       ReadDoubles(calibration.inputs(3).hessian()));
  std::vector<uint32_t> tokens;
  for (const auto& s : SomeSequences()) {
    tokens.insert(tokens.end(), s.begin(), s.end());
  }
  Activations activations;
  Forward(TinyModel(), tokens, 10, activations);
  const std::vector<float>& x = activations.blocks[0].gelu;
  const int n = 20;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double mean = 0;
      for (int row = 0; row < 40; ++row) {
        mean += static_cast<double>(x[row * n + i]) * x[row * n + j] / 40;
      }
      EXPECT_NEAR(hessian[i * n + j], mean, 1e-12);
    }
  }
}

TEST(CalibrateModelTest, HistogramsSeeTheFirstSequencesAlone) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  uint64_t total = 0;
  for (const uint64_t c : calibration.inputs(3).histogram().counts()) {
    total += c;
  }
  EXPECT_EQ(total, 6 * 4 * 20);
  EXPECT_EQ(calibration.histogram_sequences(), 6);
}

TEST(CalibrateModelTest, ThreadsChangeNoBit) {
  ASSERT_OK_AND_ASSIGN(const Calibration one, Calibrate(1));
  ASSERT_OK_AND_ASSIGN(const Calibration three, Calibrate(3));
  EXPECT_EQ(one.SerializeAsString(), three.SerializeAsString());
}

TEST(CalibrateModelTest, TheInstructionSetChangesNoByte) {
  std::vector<std::string> artifacts;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
    artifacts.push_back(calibration.SerializeAsString());
  }
  hwy::SetSupportedTargetsForTest(0);
  for (const auto& other : artifacts) EXPECT_EQ(other, artifacts[0]);
}

TEST(CalibrateModelTest, AModelThatOverflowsIsRefused) {
  Model model = TinyModel();
  for (float& v : model.blocks[0].ln_1.scale) v = 1e30f;
  for (float& v : model.blocks[0].ln_1.shift) v = 1e38f;
  ThreadPool pool(1);
  EXPECT_THAT(CalibrateModel(model, SomeSequences(), CalibrationOptions(), pool,
                             [](int64_t) {}),
              FailsSaying("not finite"));
}

}  // namespace
}  // namespace quant_curve
