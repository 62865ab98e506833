#include "tools/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/model/model.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"
#include "tools/train/adamw.h"
#include "tools/train/backward.h"
#include "tools/train/gradients.h"
#include "tools/train/trainable.h"

namespace quant_curve {
namespace {

constexpr double kEmbeddingDeviation = 0.125;
constexpr double kLinearDeviation = 0.08;
constexpr double kMaxTrainingBytes = 8.0 * (1 << 30);

// Streams of the seed.
constexpr uint64_t kWeightStream = 1;
constexpr uint64_t kBatchStream = 2;

absl::Status OutOfRange(absl::string_view field, double value,
                        absl::string_view bound) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", field, "=", value, ": must be ", bound));
}

bool EndsResidualBranch(absl::string_view name) {
  return name.find("o_proj") != absl::string_view::npos ||
         name.find("fc2") != absl::string_view::npos;
}

double Deviation(const TensorSpec& spec, const ModelConfig& config) {
  if (spec.role == TensorRole::kEmbedding) return kEmbeddingDeviation;
  if (!EndsResidualBranch(spec.name)) return kLinearDeviation;
  return kLinearDeviation / std::sqrt(2.0 * config.num_layers());
}

uint64_t Size(const TensorSpec& spec) {
  uint64_t size = 1;
  for (const uint64_t extent : spec.shape) size *= extent;
  return size;
}

// Weight decay applies only to matrices.
std::vector<bool> DecayedParameters(const ModelConfig& config) {
  std::vector<bool> decayed;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    decayed.insert(decayed.end(), Size(spec), spec.shape.size() == 2);
  }
  return decayed;
}

// Token and target windows of one batch, sequence after sequence.
struct Batch {
  std::vector<uint32_t> tokens;
  std::vector<uint32_t> targets;
};

void DrawBatch(absl::Span<const uint32_t> stream, int64_t sequences,
               int64_t length, Random& random, Batch& batch) {
  batch.tokens.clear();
  batch.targets.clear();
  for (int64_t i = 0; i < sequences; ++i) {
    const uint64_t start = random.Below(stream.size() - length);
    const auto window = stream.subspan(start, length + 1);
    batch.tokens.insert(batch.tokens.end(), window.begin(), window.end() - 1);
    batch.targets.insert(batch.targets.end(), window.begin() + 1, window.end());
  }
}

// One block of sequences: its buffers and its share of the gradient.
struct Worker {
  Activations activations;
  BackwardScratch scratch;
  std::vector<float> gradients;
  double loss_nats = 0;  // summed over the block's tokens
};

// The state of a training run.
class Trainer {
 public:
  Trainer(const ModelConfig& config, const TrainingConfig& training,
          ThreadPool& threads)
      : training_(training),
        length_(config.context_length()),
        threads_(threads),
        model_(MakeModel(config)),
        parameters_(InitialParameters(config, training.seed())),
        gradients_(parameters_.size()),
        optimizer_(training, DecayedParameters(config)),
        batches_(training.seed(), kBatchStream) {
    const uint32_t per_block = training.sequences_per_block();
    workers_.resize((training.batch_sequences() + per_block - 1) / per_block);
    for (Worker& worker : workers_) {
      worker.activations.keep_probabilities = true;  // for Backward
    }
  }

  // Mean loss of the step's batch, in nats a token.
  double Step(uint32_t step, absl::Span<const uint32_t> stream) {
    SetParameters(parameters_, model_);
    DrawBatch(stream, training_.batch_sequences(), length_, batches_, batch_);
    threads_.ParallelFor(workers_.size(), [&](int64_t i) { RunBlock(i); });
    AddGradients();
    ClipGradients(absl::MakeSpan(gradients_), training_.gradient_clip());
    optimizer_.Step(step, gradients_, absl::MakeSpan(parameters_));
    double loss = 0;
    for (const Worker& worker : workers_) loss += worker.loss_nats;
    return loss / batch_.tokens.size();
  }

  const std::vector<float>& parameters() const { return parameters_; }

 private:
  void RunBlock(int64_t index) {
    Worker& worker = workers_[index];
    const int64_t per_block = training_.sequences_per_block();
    const int64_t first = index * per_block;
    const int64_t sequences =
        std::min<int64_t>(per_block, training_.batch_sequences() - first);
    const auto tokens = absl::MakeConstSpan(batch_.tokens)
                            .subspan(first * length_, sequences * length_);
    const auto targets = absl::MakeConstSpan(batch_.targets)
                             .subspan(first * length_, sequences * length_);
    worker.gradients.assign(parameters_.size(), 0.0f);
    ParameterViews gradients =
        ViewParameters(model_.config, absl::MakeSpan(worker.gradients));
    const ParameterViews parameters =
        ViewParameters(model_.config, absl::MakeSpan(parameters_));
    Forward(model_, tokens, sequences, worker.activations);
    worker.loss_nats =
        Backward(model_, parameters, tokens, targets, worker.activations,
                 1.0f / static_cast<float>(batch_.tokens.size()),
                 worker.scratch, gradients);
  }

  void AddGradients() {
    gradients_ = workers_[0].gradients;
    for (size_t i = 1; i < workers_.size(); ++i) {
      for (size_t j = 0; j < gradients_.size(); ++j) {
        gradients_[j] += workers_[i].gradients[j];
      }
    }
  }

  const TrainingConfig training_;
  const int64_t length_;
  ThreadPool& threads_;
  Model model_;
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  AdamW optimizer_;
  Random batches_;
  Batch batch_;
  std::vector<Worker> workers_;
};

// What a run keeps, roughly: parameters, their gradient, two moments of AdamW
// and the packed model, a gradient for each block of sequences, and the batch's
// activations.
double TrainingBytes(const ModelConfig& config,
                     const TrainingConfig& training) {
  const double d = config.d_model();
  const double length = config.context_length();
  const double batch = training.batch_sequences();
  const double blocks = std::ceil(batch / training.sequences_per_block());
  const double per_token = config.num_layers() * (8 * d + 2.0 * config.d_ff() +
                                                  config.num_heads() * length) +
                           2 * d + 2.0 * config.vocab_size();
  return sizeof(float) *
         (NumParameters(config) * (5 + blocks) + batch * length * per_token);
}

absl::Status CheckStream(const ModelConfig& config,
                         absl::Span<const uint32_t> tokens) {
  if (tokens.size() < config.context_length() + 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "training split: ", tokens.size(), " tokens, one window needs ",
        config.context_length() + 1));
  }
  for (const uint32_t token : tokens) {
    if (token >= config.vocab_size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("training split: token id ", token,
                       ", the vocabulary has ", config.vocab_size()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateTrainingConfig(const TrainingConfig& c) {
  if (c.steps() < 1) return OutOfRange("steps", c.steps(), ">= 1");
  if (c.batch_sequences() < 1) {
    return OutOfRange("batch_sequences", c.batch_sequences(), ">= 1");
  }
  if (c.sequences_per_block() < 1) {
    return OutOfRange("sequences_per_block", c.sequences_per_block(), ">= 1");
  }
  if (!(c.learning_rate() > 0 && c.learning_rate() < 1)) {
    return OutOfRange("learning_rate", c.learning_rate(), "in (0, 1)");
  }
  if (!(c.final_learning_rate_fraction() >= 0 &&
        c.final_learning_rate_fraction() <= 1)) {
    return OutOfRange("final_learning_rate_fraction",
                      c.final_learning_rate_fraction(), "in [0, 1]");
  }
  if (!(c.beta1() >= 0 && c.beta1() < 1)) {
    return OutOfRange("beta1", c.beta1(), "in [0, 1)");
  }
  if (!(c.beta2() >= 0 && c.beta2() < 1)) {
    return OutOfRange("beta2", c.beta2(), "in [0, 1)");
  }
  if (!(c.adam_epsilon() > 0)) {
    return OutOfRange("adam_epsilon", c.adam_epsilon(), "> 0");
  }
  if (!(c.weight_decay() >= 0 && c.weight_decay() < 1)) {
    return OutOfRange("weight_decay", c.weight_decay(), "in [0, 1)");
  }
  if (!(c.gradient_clip() > 0)) {
    return OutOfRange("gradient_clip", c.gradient_clip(), "> 0");
  }
  return absl::OkStatus();
}

absl::Status ValidateTraining(const ModelConfig& config,
                              const TrainingConfig& training) {
  RETURN_IF_ERROR(ValidateConfig(config));
  RETURN_IF_ERROR(CheckTrainable(config));
  RETURN_IF_ERROR(ValidateTrainingConfig(training));
  const double bytes = TrainingBytes(config, training);
  if (bytes <= kMaxTrainingBytes) return absl::OkStatus();
  constexpr double kGibibyte = 1 << 30;
  return absl::InvalidArgumentError(absl::StrCat(
      "--batch_sequences=", training.batch_sequences(), " of ",
      config.context_length(), " tokens with a model of ",
      NumParameters(config), " parameters take ", bytes / kGibibyte,
      " GiB of memory, at most ", kMaxTrainingBytes / kGibibyte,
      " are allowed: lower it, or the model's sizes"));
}

std::vector<float> InitialParameters(const ModelConfig& config, uint64_t seed) {
  Random random(seed, kWeightStream);
  std::vector<float> parameters;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const uint64_t size = Size(spec);
    if (spec.shape.size() == 2) {
      const double deviation = Deviation(spec, config);
      for (uint64_t i = 0; i < size; ++i) {
        parameters.push_back(static_cast<float>(deviation * Normal(random)));
      }
    } else {
      const bool scale =
          spec.role == TensorRole::kNorm &&
          absl::string_view(spec.name).substr(spec.name.size() - 6) == "weight";
      parameters.insert(parameters.end(), size, scale ? 1.0f : 0.0f);
    }
  }
  return parameters;
}

absl::StatusOr<TrainingResult> Train(const ModelConfig& config,
                                     const TrainingConfig& training,
                                     uint32_t loss_every,
                                     absl::Span<const uint32_t> tokens,
                                     ThreadPool& threads,
                                     StepCallback on_step) {
  RETURN_IF_ERROR(ValidateTraining(config, training));
  RETURN_IF_ERROR(CheckStream(config, tokens));
  Trainer trainer(config, training, threads);
  TrainingResult result;
  double sum = 0;
  for (uint32_t step = 0; step < training.steps(); ++step) {
    const double loss = trainer.Step(step, tokens);
    if (!std::isfinite(loss)) {
      return absl::FailedPreconditionError(
          absl::StrCat("the loss is not finite at step ", step + 1,
                       ": lower --learning_rate"));
    }
    sum += loss;
    if ((step + 1) % loss_every == 0) {
      result.losses_nats.push_back(static_cast<float>(sum / loss_every));
      sum = 0;
    }
    on_step(step + 1, loss);
  }
  result.parameters = trainer.parameters();
  return result;
}

}  // namespace quant_curve
