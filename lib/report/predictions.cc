#include "lib/report/predictions.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/statistics.h"
#include "lib/report/facts.h"
#include "lib/report/speed_tables.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// On an i5-8250U, batch 1, 64 tokens, 32 of them decoded.
struct Prediction {
  const char* variant;
  const char* scheme;
  double perplexity;
  double gap_percent;
  double kib;
  double tokens_per_second;
  double milliseconds;
};
constexpr Prediction kPredictions[] = {
    {"fp32", "fp32", 5.20, 0, 405, 95, 10.5},
    {"fp16", "fp16", 5.21, 0.2, 203, 130, 7.7},
    {"int8-w", "int8_per_channel", 5.27, 1.3, 106, 220, 4.5},
    {"int8-wa", "int8_weight_activation", 5.45, 4.8, 106, 245, 4.1},
};
constexpr double kPredictedParameters = 103680;
constexpr double kLargeDeviationPercent = 20;
// A prediction this far below memory's speed is not about memory.
constexpr double kInterpreterFactor = 10;

using Row = std::vector<std::string>;

const SchemeResult* FindResult(const Results& results, absl::string_view name) {
  for (const SchemeResult& scheme : results.schemes()) {
    if (scheme.name() == name) return &scheme;
  }
  return nullptr;
}

double DeviationPercent(double measured, double predicted) {
  return 100 * (measured / predicted - 1);
}

std::string Deviation(double measured, double predicted) {
  return absl::StrFormat("%+.1f %%", DeviationPercent(measured, predicted));
}

std::string QualityTable(const Results& results) {
  std::vector<Row> rows;
  for (const Prediction& prediction : kPredictions) {
    const SchemeResult* scheme = FindResult(results, prediction.scheme);
    if (scheme == nullptr) continue;
    const double kib = scheme->bytes().total() / 1024;
    const double gap = scheme->perplexity_gap_percent();
    rows.push_back(
        {prediction.variant, Code(prediction.scheme),
         absl::StrFormat("%.2f", prediction.perplexity),
         absl::StrFormat("%.4f", scheme->perplexity()),
         Deviation(scheme->perplexity(), prediction.perplexity),
         absl::StrFormat("%+.1f %%", prediction.gap_percent),
         PercentText(GapOf(*scheme)),
         absl::StrFormat("%+.2f points", gap - prediction.gap_percent),
         absl::StrFormat("%.0f KiB", prediction.kib), KibText(kib * 1024),
         Deviation(kib, prediction.kib)});
  }
  return MarkdownTable({"variant", "scheme", "PPL predicted", "measured",
                        "deviation", "ΔPPL predicted", "measured", "deviation",
                        "disk predicted", "measured", "deviation"},
                       rows);
}

std::string SpeedComparison(const Speed& speed) {
  std::vector<Row> rows;
  for (const Prediction& prediction : kPredictions) {
    const SchemeSpeed* scheme = FindSpeed(speed, prediction.scheme);
    if (scheme == nullptr) continue;
    const double ratio =
        prediction.tokens_per_second / kPredictions[0].tokens_per_second;
    rows.push_back(
        {prediction.variant,
         absl::StrFormat("%.0f", prediction.tokens_per_second),
         ShortNumber(scheme->tokens_per_second()),
         absl::StrFormat("%.0f times", scheme->tokens_per_second() /
                                           prediction.tokens_per_second),
         absl::StrFormat("%.1f", prediction.milliseconds),
         ShortNumber(scheme->milliseconds_per_token()),
         absl::StrFormat("%.2f", ratio),
         absl::StrFormat("%.2f", scheme->speedup()),
         Deviation(scheme->speedup(), ratio)});
  }
  return MarkdownTable(
      {"variant", "tokens/s predicted", "measured", "measured/predicted",
       "ms/token predicted", "measured", "speed ratio to fp32 predicted",
       "measured", "deviation"},
      rows);
}

// Says that the predicted level is not one of memory.
std::string LevelExplanation(const MeasuredSpeed& measured, double bytes) {
  const Prediction& prediction = kPredictions[0];
  const SchemeSpeed* scheme = FindSpeed(measured.speed, prediction.scheme);
  const Ceilings* ceilings = FindCeilings(measured.timing, measured.threads);
  if (scheme == nullptr || ceilings == nullptr) return "";
  double slowest = ceilings->bandwidths(0).read_bytes_per_second();
  for (const Bandwidth& bandwidth : ceilings->bandwidths()) {
    slowest = std::min(slowest, bandwidth.read_bytes_per_second());
  }
  const double implied = prediction.tokens_per_second * bytes;
  std::string text = absl::StrFormat(
      "- **Level.** %.0f tokens/s of %s bytes are %s GB/s; the slowest memory "
      "measured here reads %s GB/s, %s times that.",
      prediction.tokens_per_second, Thousands(bytes),
      ShortNumber(implied / 1e9), ShortNumber(slowest / 1e9),
      ShortNumber(slowest / implied));
  if (slowest > kInterpreterFactor * implied) {
    absl::StrAppendFormat(
        &text,
        " So the predicted %.1f ms are not the time that memory takes but that "
        "of an interpreter's calls around each operation. Compiled kernels "
        "take %s ms.",
        prediction.milliseconds, ShortNumber(scheme->milliseconds_per_token()));
  }
  return text + "\n";
}

// Splits a step's time into a part that goes with the bytes and one that does
// not: the line through fp32 and int8-w.
std::string FixedCost(const SchemeSpeed& large, const SchemeSpeed& small) {
  const double bytes = large.bytes_per_token() - small.bytes_per_token();
  const double time =
      large.milliseconds_per_token() - small.milliseconds_per_token();
  if (bytes <= 0) return "";
  const double fixed =
      large.milliseconds_per_token() - time / bytes * large.bytes_per_token();
  if (fixed <= 0) {
    return " From fp32 to int8-w the time falls at least as fast as the "
           "bytes.";
  }
  return absl::StrFormat(
      " By the line through fp32 and int8-w, %s of fp32's %s µs per token do "
      "not shrink with the bytes.",
      ShortNumber(1000 * std::min(fixed, large.milliseconds_per_token())),
      ShortNumber(1000 * large.milliseconds_per_token()));
}

std::string RatioExplanation(const MeasuredSpeed& measured, double bytes) {
  const SchemeSpeed* fp32 = FindSpeed(measured.speed, kPredictions[0].scheme);
  const SchemeSpeed* int8 = FindSpeed(measured.speed, kPredictions[2].scheme);
  if (fp32 == nullptr || int8 == nullptr) return "";
  const double ratio =
      kPredictions[2].tokens_per_second / kPredictions[0].tokens_per_second;
  if (std::abs(DeviationPercent(int8->speedup(), ratio)) <
      kLargeDeviationPercent) {
    return absl::StrFormat(
        "- **Ratio.** int8-w is within %.0f %% of its predicted ratio.\n",
        kLargeDeviationPercent);
  }
  const MemoryLevel level =
      LevelThatHolds(measured.timing.machine(), bytes, measured.threads);
  const std::string where =
      level == DRAM
          ? "fits no cache of this machine, as the prediction assumes"
          : absl::StrCat("sits in this machine's ", MemoryLevel_Name(level),
                         ", and the prediction assumes a step bound by main "
                         "memory");
  return absl::StrFormat(
      "- **Ratio.** int8-w: predicted %.2f, measured %.2f. The model of %s "
      "%s.%s\n",
      ratio, int8->speedup(), KibText(bytes), where, FixedCost(*fp32, *int8));
}

// How little rounding changes a Linear's output.
std::string LossExplanation(const Sweep& sweep) {
  const int i = FindScheme(sweep, kPredictions[2].scheme);
  if (i < 0) return "";
  const ProxyLosses losses = ProxyLossesOf(sweep.measurements[i]);
  if (losses.linears == 0) return "";
  return absl::StrFormat(
      "- **ΔPPL.** Rounding to int8 by rows changes %.2g %% of the output "
      "energy of a Linear on the calibration text (mean of %d).\n",
      100 * losses.mean_rtn, losses.linears);
}

}  // namespace

bool IsPredictedModel(const Results& results) {
  return results.num_parameters() == kPredictedParameters &&
         results.reference_scheme() == kPredictions[0].scheme;
}

std::string PredictedGaps(const Sweep& sweep, const Results& results) {
  std::string text;
  for (const Prediction& prediction : kPredictions) {
    const int i = FindScheme(sweep, prediction.scheme);
    if (i < 0 || prediction.gap_percent < 1) continue;
    const Estimate gap = GapOf(results.schemes(i));
    const Estimate deviation = {gap.value - prediction.gap_percent,
                                gap.standard_error};
    std::string verdict = "does not appear here";
    if (deviation.value > 0) verdict = "is exceeded here";
    if (IsIndistinguishableFromZero(deviation)) verdict = "appears here";
    absl::StrAppendFormat(
        &text,
        "- The gap of %+.1f %% that the worked frontier predicts for %s %s: "
        "measured %s.\n",
        prediction.gap_percent, Code(prediction.scheme), verdict,
        PercentText(gap));
  }
  return text;
}

std::string PredictionSection(const Sweep& sweep, const Results& results,
                              const MeasuredSpeed& measured) {
  if (!IsPredictedModel(results)) return "";
  const double bytes = ReferenceOf(results).bytes().total();
  return absl::StrCat(
      "## Predicted and measured\n\n"
      "The lab that this sweep repeats works a frontier out before measuring. "
      "This worked frontier predicts, for an i5-8250U at batch 1 (64 tokens, "
      "32 of them decoded):\n\n",
      QualityTable(results), "\n", SpeedComparison(measured.speed),
      "\nWhere the deviations come from:\n\n",
      "- **PPL.** Its level is that of this corpus and this training; ΔPPL "
      "compares with fp32 on the same text.\n",
      LevelExplanation(measured, bytes), RatioExplanation(measured, bytes),
      PredictedGaps(sweep, results), LossExplanation(sweep));
}

}  // namespace quant_curve
