#include "tools/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hwy/targets.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"
#include "lib/model/reference_model.h"
#include "tools/train/trainable.h"

namespace quant_curve {
namespace {

TrainingConfig Config() {
  TrainingConfig config;
  config.set_seed(42);
  config.set_steps(60);
  config.set_batch_sequences(7);
  config.set_sequences_per_block(2);
  config.set_learning_rate(0.01f);
  config.set_final_learning_rate_fraction(0.1f);
  config.set_warmup_steps(5);
  config.set_beta1(0.9f);
  config.set_beta2(0.95f);
  config.set_adam_epsilon(1e-8f);
  config.set_weight_decay(0.1f);
  config.set_gradient_clip(1);
  return config;
}

// A stream in which each token decides the next.
std::vector<uint32_t> Cycle() {
  std::vector<uint32_t> tokens(500);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = i % 11;
  return tokens;
}

absl::StatusOr<TrainingResult> TrainWith(const TrainingConfig& config,
                                         int threads) {
  ThreadPool pool(threads);
  return Train(TinyConfig(), config, 10, Cycle(), pool, [](int64_t, double) {});
}

TEST(TrainerTest, TheNumberOfThreadsChangesNoBit) {
  ASSERT_OK_AND_ASSIGN(const TrainingResult one, TrainWith(Config(), 1));
  ASSERT_OK_AND_ASSIGN(const TrainingResult three, TrainWith(Config(), 3));
  EXPECT_EQ(one.parameters, three.parameters);
  EXPECT_EQ(one.losses_nats, three.losses_nats);
}

TEST(TrainerTest, TheInstructionSetChangesNoBit) {
  std::vector<std::vector<float>> parameters;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    ASSERT_OK_AND_ASSIGN(const TrainingResult result, TrainWith(Config(), 2));
    parameters.push_back(result.parameters);
  }
  hwy::SetSupportedTargetsForTest(0);
  for (const auto& other : parameters) EXPECT_EQ(other, parameters[0]);
}

TEST(TrainerTest, ACycleIsLearned) {
  TrainingConfig config = Config();
  config.set_steps(250);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, TrainWith(config, 2));
  ASSERT_EQ(result.losses_nats.size(), 25);
  EXPECT_GT(result.losses_nats.front(), 1.0f);  // log 11 = 2.4 knows nothing
  EXPECT_LT(result.losses_nats.back(), 0.2f);
}

// Where the stream is one window, all sequences are that window, and the first
// step is known: the optimizer's means are the gradient itself, so that
//   theta - rate (g / (|g| + epsilon) + decay theta),
// decay only for matrices. g is the slope of the reference's mean loss a
// token, scaled down to the clip where its norm is above. An epsilon as large
// as the gradients shows their size.
class FirstStepTest : public ::testing::TestWithParam<double> {
 protected:
  static constexpr double kRate = 0.25, kEpsilon = 0.0625, kDecay = 0.5;

  double MeanLoss() const {
    return ReferenceLoss(config_, start_, tokens_, targets_) / 9;
  }

  std::vector<double> Gradient() {
    std::vector<double> gradient;
    for (double& parameter : start_) {
      const double kept = parameter;
      parameter = kept + 1e-5;
      const double up = MeanLoss();
      parameter = kept - 1e-5;
      gradient.push_back((up - MeanLoss()) / 2e-5);
      parameter = kept;
    }
    return gradient;
  }

  absl::StatusOr<TrainingResult> TrainOneStep(double clip) {
    TrainingConfig training = Config();
    training.set_steps(1);
    training.set_warmup_steps(0);
    training.set_learning_rate(kRate);
    training.set_adam_epsilon(kEpsilon);
    training.set_weight_decay(kDecay);
    training.set_gradient_clip(static_cast<float>(clip));
    ThreadPool pool(2);
    return Train(config_, training, 1, stream_, pool, [](int64_t, double) {});
  }

  const ModelConfig config_ = TinyConfig();
  const std::vector<uint32_t> stream_ = {3, 1, 4, 1, 5, 9, 2, 6, 10, 3};
  const std::vector<uint32_t> tokens_{stream_.begin(), stream_.end() - 1};
  const std::vector<uint32_t> targets_{stream_.begin() + 1, stream_.end()};
  const std::vector<float> initial_ = InitialParameters(config_, 42);
  std::vector<double> start_{initial_.begin(), initial_.end()};
};

TEST_P(FirstStepTest, IsAdamWsOnTheMeanGradient) {
  const std::vector<double> gradient = Gradient();
  double norm = 0;
  for (const double g : gradient) norm += g * g;
  norm = std::sqrt(norm);
  const double clip = GetParam() * norm;
  const double scale = std::min(1.0, GetParam());
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, TrainOneStep(clip));
  ASSERT_EQ(result.losses_nats.size(), 1);
  EXPECT_NEAR(result.losses_nats[0], MeanLoss(), 1e-5);
  size_t i = 0;
  for (const TensorSpec& spec : TensorSpecs(config_)) {
    uint64_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    const double decay = spec.shape.size() == 2 ? kDecay : 0;
    for (uint64_t j = 0; j < size; ++j, ++i) {
      const double g = scale * gradient[i];
      const double expected =
          start_[i] -
          kRate * (g / (std::abs(g) + kEpsilon) + decay * start_[i]);
      ASSERT_NEAR(result.parameters[i], expected, 5e-5)
          << spec.name << " " << j;
    }
  }
}

// A clip of twice the norm, and of a quarter of it.
INSTANTIATE_TEST_SUITE_P(Clips, FirstStepTest, ::testing::Values(2.0, 0.25));

TEST(TrainerTest, AnotherSeedGivesOtherWeights) {
  TrainingConfig other = Config();
  other.set_seed(43);
  EXPECT_NE(InitialParameters(TinyConfig(), 42),
            InitialParameters(TinyConfig(), 43));
  ASSERT_OK_AND_ASSIGN(const TrainingResult a, TrainWith(Config(), 2));
  ASSERT_OK_AND_ASSIGN(const TrainingResult b, TrainWith(other, 2));
  EXPECT_NE(a.parameters, b.parameters);
}

TEST(TrainerTest, StartingWeightsHaveTheDocumentedDeviations) {
  ModelConfig config = TinyConfig();
  config.set_d_model(96);
  config.set_d_ff(200);
  const std::vector<float> parameters = InitialParameters(config, 1);
  size_t at = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    uint64_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    double squares = 0;
    for (uint64_t i = 0; i < size; ++i, ++at) {
      squares += parameters[at] * parameters[at] / size;
    }
    double expected = 0.08;
    if (spec.name == "wte.weight") expected = 0.125;
    if (spec.name.find("o_proj") != std::string::npos ||
        spec.name.find("fc2.weight") != std::string::npos) {
      expected = 0.04;  // 0.08 / sqrt(2 * 2 layers)
    }
    if (spec.name.find("ln_") != std::string::npos) expected = 1;
    if (spec.name.find("bias") != std::string::npos) expected = 0;
    EXPECT_NEAR(std::sqrt(squares), expected, 0.08 * expected) << spec.name;
  }
}

TEST(TrainerTest, BadSettingsAreRefusedByName) {
  TrainingConfig config = Config();
  config.set_steps(0);
  EXPECT_THAT(TrainWith(config, 1), FailsSaying("--steps=0: must be >= 1"));
  config = Config();
  config.set_learning_rate(std::nanf(""));
  EXPECT_THAT(TrainWith(config, 1), FailsSaying("--learning_rate=nan"));
}

struct Bound {
  const char* flag;
  void (*set)(double, TrainingConfig&);
  std::vector<double> valid;
  std::vector<double> refused;
};

TEST(TrainerTest, SettingsAreRefusedBeyondTheirBoundsAlone) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Bound bounds[] = {
      {"steps", [](double v, TrainingConfig& c) { c.set_steps(v); }, {1}, {0}},
      {"batch_sequences",
       [](double v, TrainingConfig& c) { c.set_batch_sequences(v); },
       {1},
       {0}},
      {"sequences_per_block",
       [](double v, TrainingConfig& c) { c.set_sequences_per_block(v); },
       {1},
       {0}},
      {"learning_rate",
       [](double v, TrainingConfig& c) { c.set_learning_rate(v); },
       {0.5},
       {0, 1, -1, kNan}},
      {"final_learning_rate_fraction",
       [](double v, TrainingConfig& c) {
         c.set_final_learning_rate_fraction(v);
       },
       {0, 1},
       {-0.5, 1.5, kNan}},
      {"beta1",
       [](double v, TrainingConfig& c) { c.set_beta1(v); },
       {0, 0.5},
       {1, -0.5, kNan}},
      {"beta2",
       [](double v, TrainingConfig& c) { c.set_beta2(v); },
       {0, 0.5},
       {1, -0.5, kNan}},
      {"adam_epsilon",
       [](double v, TrainingConfig& c) { c.set_adam_epsilon(v); },
       {0.5},
       {0, -1, kNan}},
      {"weight_decay",
       [](double v, TrainingConfig& c) { c.set_weight_decay(v); },
       {0, 0.5},
       {1, -0.5, kNan}},
      {"gradient_clip",
       [](double v, TrainingConfig& c) { c.set_gradient_clip(v); },
       {0.5, 100},
       {0, -1, kNan}},
  };
  for (const Bound& bound : bounds) {
    for (const double value : bound.valid) {
      TrainingConfig config = Config();
      bound.set(value, config);
      EXPECT_THAT(ValidateTrainingConfig(config), IsOk())
          << bound.flag << " " << value;
    }
    for (const double value : bound.refused) {
      TrainingConfig config = Config();
      bound.set(value, config);
      EXPECT_THAT(ValidateTrainingConfig(config),
                  FailsSaying(std::string("--") + bound.flag + "="))
          << value;
    }
  }
}

// Each field on its own makes another family of a model that could be trained.
TEST(TrainerTest, EveryFieldOfTheFamilyIsChecked) {
  const auto refusal = [](void (*change)(ModelConfig&)) {
    ModelConfig config = TinyConfig();
    change(config);
    return CheckTrainable(config);
  };
  EXPECT_THAT(CheckTrainable(TinyConfig()), IsOk());
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_normalization(RMS_NORM); }),
              FailsSaying("normalization="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_positions(LEARNED); }),
              FailsSaying("positions="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_mlp(SWIGLU); }),
              FailsSaying("mlp="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_qkv_bias(true); }),
              FailsSaying("qkv_bias="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_mlp_bias(false); }),
              FailsSaying("mlp_bias="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_tied_embeddings(false); }),
              FailsSaying("tied_embeddings="));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_num_kv_heads(1); }),
              FailsSaying("num_kv_heads=1"));
  EXPECT_THAT(refusal([](ModelConfig& c) { c.set_logits_divisor(0.5f); }),
              FailsSaying("logits_divisor=0.5"));
}

// Each block of two sequences has a gradient of its own, of 4 bytes for each of
// the tiny model's parameters.
TEST(TrainerTest, ARunThatNeedsAbsurdMemoryIsRefused) {
  TrainingConfig config = Config();
  EXPECT_THAT(ValidateTraining(TinyConfig(), config), IsOk());
  config.set_batch_sequences(1 << 12);
  EXPECT_THAT(ValidateTraining(TinyConfig(), config), IsOk());
  for (const uint32_t sequences : {1u << 24, 4294967295u}) {
    config.set_batch_sequences(sequences);
    EXPECT_THAT(
        ValidateTraining(TinyConfig(), config),
        FailsSaying(absl::StrCat("--batch_sequences=", sequences, " of ")));
    EXPECT_THAT(TrainWith(config, 1), FailsSaying("GiB of memory, at most 8"));
  }
}

TEST(TrainerTest, OtherFamiliesAreRefused) {
  ThreadPool pool(1);
  for (const NamedConfig& tiny : TinyConfigs()) {
    if (tiny.name == "MiniGpt") continue;
    EXPECT_THAT(
        Train(tiny.config, Config(), 10, Cycle(), pool, [](int64_t, double) {}),
        FailsSaying("only models of MiniGPT's family can be trained"))
        << tiny.name;
  }
  ModelConfig wide_heads = TinyConfig();
  wide_heads.set_head_dim(8);
  EXPECT_THAT(
      Train(wide_heads, Config(), 10, Cycle(), pool, [](int64_t, double) {}),
      FailsSaying("num_heads * head_dim=24: must be 12"));
}

TEST(TrainerTest, AStreamShorterThanAWindowIsRefused) {
  ThreadPool pool(1);
  EXPECT_THAT(Train(TinyConfig(), Config(), 10, {1, 2, 3}, pool,
                    [](int64_t, double) {}),
              FailsSaying("3 tokens, one window needs 10"));
}

TEST(TrainerTest, AnIdOutsideTheVocabularyIsRefused) {
  std::vector<uint32_t> tokens = Cycle();
  tokens[17] = 11;
  ThreadPool pool(1);
  EXPECT_THAT(
      Train(TinyConfig(), Config(), 10, tokens, pool, [](int64_t, double) {}),
      FailsSaying("token id 11"));
}

}  // namespace
}  // namespace quant_curve
