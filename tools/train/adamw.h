// AdamW with decoupled weight decay (arXiv:1711.05101, algorithm 2).
#ifndef QUANT_CURVE_TOOLS_TRAIN_ADAMW_H_
#define QUANT_CURVE_TOOLS_TRAIN_ADAMW_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Learning rate of `step` (from 0): linear warm-up to `learning_rate` over
// warmup_steps, then a cosine down to final_learning_rate_fraction of it.
double LearningRate(const TrainingConfig& config, uint32_t step);

// Scales `gradients` so that their global L2 norm is at most `limit`; returns
// the norm before. The sum of squares is taken in double, in order.
double ClipGradients(absl::Span<float> gradients, double limit);

class AdamW {
 public:
  // `decayed[i]`: whether parameter i takes weight decay.
  AdamW(const TrainingConfig& config, std::vector<bool> decayed);

  // One update; steps count from 0 and come in order.
  void Step(uint32_t step, absl::Span<const float> gradients,
            absl::Span<float> parameters);

 private:
  TrainingConfig config_;
  std::vector<bool> decayed_;
  std::vector<float> mean_;      // first moments
  std::vector<float> variance_;  // second moments, uncentred
  double beta1_power_ = 1;
  double beta2_power_ = 1;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TRAIN_ADAMW_H_
