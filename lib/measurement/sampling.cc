#include "lib/measurement/sampling.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/statistics/block_bootstrap.h"
#include "lib/statistics/bootstrap.h"
#include "lib/statistics/paired_losses.h"

namespace quant_curve {
namespace {

constexpr BootstrapOptions kBlockBootstrap = {2000, 1};

// Empty where the text has fewer than two documents.
std::vector<uint64_t> DocumentsOf(const Measurement& measurement) {
  const auto& documents = measurement.window_documents();
  if (documents.empty() ||
      documents.Get(0) == documents.Get(documents.size() - 1)) {
    return {};
  }
  return {documents.begin(), documents.end()};
}

// values - ratio * tokens, per window.
std::vector<double> Residuals(absl::Span<const double> values,
                              absl::Span<const double> tokens) {
  const double ratio = RatioOf(values, tokens).value;
  std::vector<double> residuals;
  for (size_t i = 0; i < values.size(); ++i) {
    residuals.push_back(values[i] - ratio * tokens[i]);
  }
  return residuals;
}

}  // namespace

absl::Status CheckWindowDocuments(const Measurement& measurement) {
  const auto& documents = measurement.window_documents();
  if (documents.empty() ||
      (documents.size() == measurement.window_tokens_size() &&
       std::is_sorted(documents.begin(), documents.end()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "window_documents has ", documents.size(), " numbers for ",
      measurement.window_tokens_size(),
      " windows: must be none, or one per window in rising order"));
}

WindowSums::WindowSums(const Measurement& measurement)
    : tokens_(measurement.window_tokens().begin(),
              measurement.window_tokens().end()),
      documents_(DocumentsOf(measurement)) {
  if (!documents_.empty()) tokens_ = SumRuns(tokens_, documents_);
}

Estimate WindowSums::PerToken(absl::Span<const double> windows) const {
  if (documents_.empty()) {
    return BlockRatioOf(windows, tokens_, kBlockBootstrap).ratio;
  }
  return RatioOf(SumRuns(windows, documents_), tokens_);
}

Estimate WindowSums::PerToken(absl::Span<const uint32_t> windows) const {
  return PerToken(std::vector<double>(windows.begin(), windows.end()));
}

SamplingUnits MakeSamplingUnits(
    const Measurement& measurement,
    const std::vector<std::vector<double>>& series) {
  SamplingUnits units;
  units.unit_of_window = DocumentsOf(measurement);
  if (!units.unit_of_window.empty()) return units;
  const std::vector<double> tokens(measurement.window_tokens().begin(),
                                   measurement.window_tokens().end());
  std::vector<int64_t> lengths;
  for (const std::vector<double>& values : series) {
    const bool is_zero = std::all_of(values.begin(), values.end(),
                                     [](double value) { return value == 0; });
    if (!is_zero) lengths.push_back(BlockLength(Residuals(values, tokens)));
  }
  std::sort(lengths.begin(), lengths.end());
  units.block_windows = lengths.empty() ? 1 : lengths[lengths.size() / 2];
  for (size_t i = 0; i < tokens.size(); ++i) {
    units.unit_of_window.push_back(i / units.block_windows);
  }
  return units;
}

}  // namespace quant_curve
