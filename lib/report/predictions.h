// The worked frontier's predictions for MiniGPT and the measured values.
#ifndef QUANT_CURVE_LIB_REPORT_PREDICTIONS_H_
#define QUANT_CURVE_LIB_REPORT_PREDICTIONS_H_

#include <string>

#include "lib/measurement/sweep.h"
#include "lib/report/speed_answer.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Whether the predictions are of this model: MiniGPT's size, fp32 as reference.
bool IsPredictedModel(const Results& results);

// For each int8 scheme with a predicted perplexity gap: whether it appears.
std::string PredictedGaps(const Sweep& sweep, const Results& results);

// Predicted and measured: perplexity, gap, size and speed with deviations,
// and an explanation of the large ones. Empty for another model.
std::string PredictionSection(const Sweep& sweep, const Results& results,
                              const MeasuredSpeed& measured);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PREDICTIONS_H_
