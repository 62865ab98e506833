// The part of embedding_multiplier that goes into the weights on export.
#ifndef QUANT_CURVE_TOOLS_EXPORT_FOLDED_MULTIPLIER_H_
#define QUANT_CURVE_TOOLS_EXPORT_FOLDED_MULTIPLIER_H_

#include "proto/checkpoint.pb.h"

namespace quant_curve {

// embedding_multiplier divided by the factor that the model's class of
// transformers applies when it computes in float32.
float FoldedMultiplier(const ModelConfig& config);

// Whether that is not 1: the token embedding is exported multiplied, and the LM
// head as a tensor of its own.
bool FoldsMultiplier(const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_FOLDED_MULTIPLIER_H_
