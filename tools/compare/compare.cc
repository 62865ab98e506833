#include "tools/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = "_measurement.qca";

absl::StatusOr<std::vector<std::string>> MeasurementFiles(
    const std::string& folder) {
  const std::string artifacts = absl::StrCat(folder, "/artifacts");
  std::error_code error;
  std::vector<std::string> files;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(artifacts, error)) {
    if (absl::EndsWith(entry.path().filename().string(), kSuffix)) {
      files.push_back(entry.path().string());
    }
  }
  if (files.empty()) {
    return absl::NotFoundError(absl::StrCat(
        artifacts, ": no measurements (*", kSuffix,
        error ? absl::StrCat(": ", error.message()) : "",
        "); name a published folder, such as experiments/26-quant-curve"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

const Measurement* Find(const Experiment& experiment, const std::string& name) {
  for (const Measurement& measurement : experiment.measurements) {
    if (measurement.scheme().name() == name) return &measurement;
  }
  return nullptr;
}

bool SameWindows(const Measurement& a, const Measurement& b) {
  return a.corpus_sha256() == b.corpus_sha256() &&
         std::equal(a.window_tokens().begin(), a.window_tokens().end(),
                    b.window_tokens().begin(), b.window_tokens().end());
}

// From perplexities that were measured apart: the delta method for a ratio.
Estimate UnpairedGap(const Perplexity& a, const Perplexity& b) {
  const double ratio = b.perplexity() / a.perplexity();
  const double error = std::hypot(a.perplexity_stderr() / a.perplexity(),
                                  b.perplexity_stderr() / b.perplexity());
  return {100 * (ratio - 1), 100 * ratio * error};
}

// Perplexities per token compare only over the same tokens, so that other
// tokenizers, and other texts in other tokens, are left out.
absl::optional<Estimate> GapOf(const Measurement& a, const Measurement& b) {
  if (SameWindows(a, b)) {
    const absl::StatusOr<Estimate> gap = ComparePerplexity(b, a);
    if (gap.ok()) return *gap;
  }
  if (a.perplexity().num_tokens() != b.perplexity().num_tokens()) {
    return absl::nullopt;
  }
  return UnpairedGap(a.perplexity(), b.perplexity());
}

std::string KlText(const Measurement& measurement) {
  for (const Metric& metric : measurement.metrics()) {
    if (metric.name() == "kl_divergence_mean_nats") {
      return absl::StrFormat("%.2e", metric.value());
    }
  }
  return "-";
}

std::string GapText(const SchemePair& pair) {
  if (!pair.gap_percent.has_value()) return "other text";
  return absl::StrFormat("%+.3g +- %.2g %%", pair.gap_percent->value,
                         pair.gap_percent->standard_error);
}

using Row = std::vector<std::string>;

// The first column aligned left, the others right, two blanks between them.
std::string Table(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    absl::StrAppendFormat(&text, "%-*s", static_cast<int>(widths[0]), row[0]);
    for (size_t i = 1; i < row.size(); ++i) {
      absl::StrAppendFormat(&text, "  %*s", static_cast<int>(widths[i]),
                            row[i]);
    }
    text += "\n";
  }
  return text;
}

std::string OnlyText(const char* which, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  return absl::StrCat("only ", which, ":\n  ", absl::StrJoin(names, "\n  "),
                      "\n");
}

}  // namespace

absl::StatusOr<Experiment> ReadExperiment(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files,
                   MeasurementFiles(folder));
  Experiment experiment = {folder, {}};
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(Artifact<Measurement> artifact, ReadMeasurement(file));
    const std::string& name = artifact.message.scheme().name();
    if (Find(experiment, name) != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": a second measurement of scheme '", name, "'"));
    }
    experiment.measurements.push_back(std::move(artifact.message));
  }
  return experiment;
}

Comparison Compare(const Experiment& a, const Experiment& b) {
  Comparison comparison;
  for (const Measurement& measurement : a.measurements) {
    const Measurement* other = Find(b, measurement.scheme().name());
    if (other == nullptr) {
      comparison.only_a.push_back(measurement.scheme().name());
      continue;
    }
    comparison.pairs.push_back(
        {&measurement, other, GapOf(measurement, *other)});
  }
  for (const Measurement& measurement : b.measurements) {
    if (Find(a, measurement.scheme().name()) != nullptr) continue;
    comparison.only_b.push_back(measurement.scheme().name());
  }
  comparison.is_paired =
      !comparison.pairs.empty() &&
      std::all_of(comparison.pairs.begin(), comparison.pairs.end(),
                  [](const SchemePair& p) { return SameWindows(*p.a, *p.b); });
  return comparison;
}

std::string ComparisonText(const Experiment& a, const Experiment& b,
                           const Comparison& comparison) {
  std::vector<Row> rows = {
      {"scheme", "bytes A", "B", "ppl A", "B", "KL A", "B", "B against A"}};
  for (const SchemePair& pair : comparison.pairs) {
    rows.push_back({pair.a->scheme().name(),
                    absl::StrCat(pair.a->bytes().total()),
                    absl::StrCat(pair.b->bytes().total()),
                    absl::StrFormat("%.4f", pair.a->perplexity().perplexity()),
                    absl::StrFormat("%.4f", pair.b->perplexity().perplexity()),
                    KlText(*pair.a), KlText(*pair.b), GapText(pair)});
  }
  return absl::StrCat(
      "A: ", a.name, "\nB: ", b.name, "\n\n",
      comparison.pairs.empty() ? "No scheme is in both.\n" : Table(rows),
      comparison.pairs.empty() ? ""
      : comparison.is_paired
          ? "\nThe same windows of the same text: differences are paired, +- "
            "is one standard error.\n"
          : "\nNot the same windows of one text: the errors of both "
            "perplexities add up.\n",
      OnlyText("A", comparison.only_a), OnlyText("B", comparison.only_b));
}

}  // namespace quant_curve
