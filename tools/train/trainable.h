// Which models the hand-written backward pass is for.
#ifndef QUANT_CURVE_TOOLS_TRAIN_TRAINABLE_H_
#define QUANT_CURVE_TOOLS_TRAIN_TRAINABLE_H_

#include "absl/status/status.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Refuses, naming the field, every valid config that is not of MiniGPT's family
// (lib/model/config.h), keys of their own for each head included.
absl::Status CheckTrainable(const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TRAIN_TRAINABLE_H_
