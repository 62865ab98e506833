// What GPTQ buys; the lab's second question.
#ifndef QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_
#define QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Each GPTQ scheme's gap against RTN on the same grid, with the proxy losses as
// a diagnosis where GPTQ is worse; with_bar: first that of kBarScheme against
// the lab's bar. Empty without GPTQ schemes, unless with_bar.
absl::StatusOr<std::string> GptqAnswer(const Sweep& sweep,
                                       const Results& results, bool with_bar);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_
