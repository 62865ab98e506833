// The flags of the decision, which tools/report and tools/plot share.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_VERDICT_FLAGS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_VERDICT_FLAGS_H_

#include "absl/status/statusor.h"
#include "lib/measurement/verdict.h"

namespace quant_curve {

// --quality_metric, --quality_margin and --byte_budget. Refuses what
// CheckVerdictOptions refuses.
absl::StatusOr<VerdictOptions> VerdictOptionsFromFlags();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_VERDICT_FLAGS_H_
