// The report's words: its questions, answered from the measurements
// (question 2 is in gptq_answer.h).
#ifndef QUANT_CURVE_LIB_REPORT_ANSWERS_H_
#define QUANT_CURVE_LIB_REPORT_ANSWERS_H_

#include <string>

#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

// 1: which schemes are on the frontier, which are dominated, and by which.
std::string FrontierAnswer(const Results& results);

// 3, when speed was not measured: what the bytes of a decode step allow
// (speed_answer.h has the other case).
std::string RooflineAnswer(const Sweep& sweep, const Results& results);

// 4: what to ship on a Raspberry-Pi-class board. `speed` is null when it was
// not measured.
std::string ShippingAnswer(const Results& results, const Speed* speed);

// The effect of group sizes at these widths and, if asked for, published gaps
// and ours; empty when neither applies.
std::string Notes(const Sweep& sweep, const Results& results,
                  bool with_predictions);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_ANSWERS_H_
