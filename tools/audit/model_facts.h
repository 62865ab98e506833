// Checks of a measurement's claims about its model, by the model's config and
// scheme: names, shapes and counts of Linears, the byte account, bits per
// weight.
#ifndef QUANT_CURVE_TOOLS_AUDIT_MODEL_FACTS_H_
#define QUANT_CURVE_TOOLS_AUDIT_MODEL_FACTS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/checkpoint.pb.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// The config that a checkpoint's manifest lists as "config.d_model": "64" and
// so on (lib/provenance/parameters.h). Refuses values that are none of the
// field's and configs that ValidateConfig refuses.
absl::StatusOr<ModelConfig> ConfigFromParameters(
    const std::map<std::string, std::string>& parameters);

// The bytes that a model of a valid config takes in a valid scheme, only
// from shapes: what ComputeByteAccount (lib/quantization/byte_account.h) counts
// in the payloads.
ByteAccount AccountOf(const ModelConfig& config, const Scheme& scheme);

// What follows from the measurement itself: its Linears have as many scales as
// the scheme gives them; num_linear_weights, the bytes of weights and scales
// and bits_per_weight are those of the Linears listed; proxy losses and
// dampings are finite and not negative. Errors name the field, what it says and
// what follows.
absl::Status CheckListedLinears(const Measurement& measurement);

// What follows from the model's config: all that CheckListedLinears leaves open
// (which Linears there are, the other bytes, num_parameters,
// num_lm_head_weights).
absl::Status CheckAgainstConfig(const Measurement& measurement,
                                const ModelConfig& config);

// With the model present: its byte account is that of its payloads, and the
// measurement repeats its bytes, proxy losses and dampings.
absl::Status CheckAgainstModel(const Measurement& measurement,
                               const QuantizedModel& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_MODEL_FACTS_H_
