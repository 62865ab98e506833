#include "lib/statistics/paired_losses.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::Status CheckPairedLosses(const PairedLosses& losses) {
  const size_t documents = losses.tokens.size();
  if (documents < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(documents,
                     " documents: a standard error needs at least "
                     "two; use a longer text"));
  }
  for (size_t d = 0; d < documents; ++d) {
    if (losses.tokens[d] > 0 && std::isfinite(losses.tokens[d])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("document ", d, ": ", losses.tokens[d],
                     " tokens: must be positive; leave the document out"));
  }
  for (size_t s = 0; s < losses.differences_nats.size(); ++s) {
    const std::vector<double>& row = losses.differences_nats[s];
    if (row.size() != documents) {
      return absl::InvalidArgumentError(
          absl::StrCat("scheme ", s, ": ", row.size(), " documents instead of ",
                       documents, "; measure all schemes on the same text"));
    }
    for (size_t d = 0; d < documents; ++d) {
      if (std::isfinite(row[d])) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("scheme ", s, ", document ", d, ": a difference of ",
                       row[d], " nats: must be finite; leave the scheme out"));
    }
  }
  return absl::OkStatus();
}

std::vector<double> SumRuns(absl::Span<const double> values,
                            absl::Span<const uint64_t> documents) {
  std::vector<double> sums;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == 0 || documents[i] != documents[i - 1]) sums.push_back(0);
    sums.back() += values[i];
  }
  return sums;
}

std::vector<Estimate> LossesPerToken(const PairedLosses& losses) {
  std::vector<Estimate> estimates;
  for (const std::vector<double>& differences : losses.differences_nats) {
    estimates.push_back(RatioOf(differences, losses.tokens));
  }
  return estimates;
}

PairedLosses SelectDocuments(const PairedLosses& losses,
                             absl::Span<const int64_t> documents) {
  PairedLosses selected;
  for (const int64_t d : documents) selected.tokens.push_back(losses.tokens[d]);
  for (const std::vector<double>& row : losses.differences_nats) {
    std::vector<double> chosen;
    for (const int64_t d : documents) chosen.push_back(row[d]);
    selected.differences_nats.push_back(std::move(chosen));
  }
  return selected;
}

}  // namespace quant_curve
