// The report's second question: what GPTQ buys.
#ifndef QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_
#define QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// 2: GPTQ's gap against the bar and against RTN on the same grid; plainly, with
// the proxy losses as a diagnosis, when it is worse.
absl::StatusOr<std::string> GptqAnswer(const Sweep& sweep,
                                       const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_GPTQ_ANSWER_H_
