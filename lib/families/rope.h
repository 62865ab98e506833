// The rotary positions of a config.json: rope_theta, rope_scaling (before
// transformers 5) and rope_parameters (since).
#ifndef QUANT_CURVE_LIB_FAMILIES_ROPE_H_
#define QUANT_CURVE_LIB_FAMILIES_ROPE_H_

#include "lib/families/config_fields.h"
#include "lib/json/json.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Sets rope_theta (`default_theta` if no field has it) and rope_scaling of
// `model`. Kinds that are taken: default; linear; llama3; dynamic, which
// changes nothing up to max_position_embeddings. Refuses other kinds, two
// values for one thing that differ, and partial rotation.
void ReadRope(ConfigFields& fields, float default_theta, ModelConfig& model);

// The value of rope_scaling for such a config: null, or an object.
Json RopeScalingJson(const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_ROPE_H_
