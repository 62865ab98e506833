// Training of a small GPT, deterministic for a seed whatever the threads.
#ifndef QUANT_CURVE_TOOLS_TRAIN_TRAINER_H_
#define QUANT_CURVE_TOOLS_TRAIN_TRAINER_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/numerics/parallel.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Refuses values outside their ranges, naming field, value and bound.
absl::Status ValidateTrainingConfig(const TrainingConfig& config);

// Both of the above for a run with these, and what it takes in memory: at most
// 8 GiB. `config` is one of flags, too.
absl::Status ValidateTraining(const ModelConfig& config,
                              const TrainingConfig& training);

// Starting weights: embedding N(0, 0.125), Linears N(0, 0.08), those that end
// a residual branch (o, fc2) divided by sqrt(2 * num_layers), LayerNorm scales
// 1, biases and shifts 0. In the order of TensorSpecs.
std::vector<float> InitialParameters(const ModelConfig& config, uint64_t seed);

struct TrainingResult {
  std::vector<float> parameters;
  std::vector<float> losses_nats;  // mean of each loss_every steps
};

// Called after each step with the steps done and that step's mean loss.
using StepCallback = absl::FunctionRef<void(int64_t, double)>;

// Trains on random windows of `tokens`. Errors: invalid configs, models that
// are not CheckTrainable's (tools/train/trainable.h), a stream shorter than one
// window, an id outside the vocabulary, a loss that is not finite.
//
// A batch is cut into blocks of sequences_per_block; each block's gradient is
// summed on its own, and the blocks are added in order: the threads, which take
// blocks as they come, change no bit.
absl::StatusOr<TrainingResult> Train(const ModelConfig& config,
                                     const TrainingConfig& training,
                                     uint32_t loss_every,
                                     absl::Span<const uint32_t> tokens,
                                     ThreadPool& threads, StepCallback on_step);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TRAIN_TRAINER_H_
