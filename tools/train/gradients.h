// A flat vector of parameters, or of their gradients, seen tensor by tensor.
#ifndef QUANT_CURVE_TOOLS_TRAIN_GRADIENTS_H_
#define QUANT_CURVE_TOOLS_TRAIN_GRADIENTS_H_

#include <vector>

#include "absl/types/span.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Pointers into the flat vector; shapes as in TensorSpecs (lib/model/config.h).
struct BlockParameters {
  float *ln_1_weight, *ln_1_bias;
  float *q, *k, *v, *o;
  float *ln_2_weight, *ln_2_bias;
  float *fc1_weight, *fc1_bias;
  float *fc2_weight, *fc2_bias;
};

struct ParameterViews {
  float *embedding;
  std::vector<BlockParameters> blocks;
  float *ln_f_weight, *ln_f_bias;
};

// `flat` holds NumParameters(config) values in the order of TensorSpecs and
// outlives the views.
ParameterViews ViewParameters(const ModelConfig &config,
                              absl::Span<float> flat);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TRAIN_GRADIENTS_H_
