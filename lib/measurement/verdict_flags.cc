#include "lib/measurement/verdict_flags.h"

#include <string>

#include "absl/flags/flag.h"
#include "lib/artifact/status_macros.h"

ABSL_FLAG(std::string, quality_metric, quant_curve::kPerplexityGap,
          "what a scheme may lose: perplexity_gap_percent, or "
          "kl_divergence_mean_nats (measured with evaluate --reference_model)");
ABSL_FLAG(double, quality_margin, 1,
          "the largest loss of a scheme to ship, in the metric's unit: percent "
          "or nats per token; choose it before measuring");
ABSL_FLAG(double, byte_budget, 0,
          "the most stored bytes of a scheme to ship; 0: no limit");

namespace quant_curve {

absl::StatusOr<VerdictOptions> VerdictOptionsFromFlags() {
  const VerdictOptions options = {absl::GetFlag(FLAGS_quality_metric),
                                  absl::GetFlag(FLAGS_quality_margin),
                                  absl::GetFlag(FLAGS_byte_budget)};
  RETURN_IF_ERROR(CheckVerdictOptions(options));
  return options;
}

}  // namespace quant_curve
