// The decision in words, and the tables that it rests on.
#ifndef QUANT_CURVE_LIB_REPORT_DECISION_H_
#define QUANT_CURVE_LIB_REPORT_DECISION_H_

#include <string>

#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

// How many times fewer bytes than the reference.
double Shrinkage(const Results& results, const SchemeResult& scheme);

// The scheme that results.decision names; null where there is none.
const SchemeResult* ShippedScheme(const Results& results);

// "Ship `int4`: 64.0 KiB, 6.33 times smaller than `fp32`, …", or why there is
// no decision.
std::string DecisionSentence(const Results& results);

// "perplexity gap" or "mean KL divergence": what the decision's margin limits.
std::string LossName(const Decision& decision);

// "+0.625 %" or "0.0205 nats".
std::string LossText(const Decision& decision, double loss);

// What ± assumes, and warnings: the calibration text overlaps with the
// evaluation text, the text drifts.
std::string SamplingSentence(const Results& results);

// "**ship**", "on the frontier" or "dominated by `int4`".
std::string VerdictText(const Results& results, const SchemeResult& scheme);

// "0.0205 ± 0.0001" nats; "–" where it was not measured.
std::string DivergenceText(const SchemeResult& scheme);

// Whether any scheme's divergence was measured.
bool HasDivergence(const Results& results);

// DecisionSentence, its reasons, its confirmation and, if not null, the
// scheme's measured speed, as paragraphs. The screen that a reader sees first.
std::string DecisionSection(const Results& results, const Speed* speed);

// One row per scheme, six columns at most: bytes, gap, accuracy or divergence,
// speed if it was measured, and whether to ship it.
std::string SummaryTable(const Results& results, const Speed* speed);

// How sure each scheme's place is: upper bound, frontier probability, rank,
// group, drift. Empty where the text is too short.
std::string ConfidenceTable(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_DECISION_H_
