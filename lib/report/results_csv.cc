#include "lib/report/results_csv.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/stubs/strutil.h"
#include "lib/measurement/results.h"
#include "lib/measurement/task.h"

namespace quant_curve {
namespace {

using Row = std::vector<std::string>;

struct MetricColumn {
  std::string name;
  bool has_error;
};

std::vector<MetricColumn> MetricColumns(const Results& results) {
  std::vector<MetricColumn> columns;
  for (const SchemeResult& scheme : results.schemes()) {
    for (const Metric& metric : scheme.metrics()) {
      const bool known = std::any_of(
          columns.begin(), columns.end(),
          [&](const MetricColumn& c) { return c.name == metric.name(); });
      if (known) continue;
      columns.push_back({metric.name(), metric.has_standard_error()});
    }
  }
  return columns;
}

// The shortest text that reads back as the same double.
std::string Number(double value) { return google::protobuf::SimpleDtoa(value); }

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == text.npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

void AddConfidence(const SchemeResult& scheme, Row& row) {
  if (!scheme.has_confidence()) {
    row.insert(row.end(), 3, "");
    return;
  }
  const Confidence& confidence = scheme.confidence();
  row.insert(row.end(), {Number(confidence.upper_bound()),
                         Number(confidence.frontier_probability()),
                         Quoted(confidence.group_letters())});
}

Row RowOf(const Results& results, const SchemeResult& scheme,
          const std::vector<MetricColumn>& metrics) {
  Row row = {Quoted(scheme.name()),
             Number(scheme.bytes().total()),
             Number(scheme.bits_per_weight()),
             scheme.on_frontier() ? "1" : "0",
             scheme.name() == results.decision().scheme() ? "1" : "0",
             results.num_headline_items() > 0
                 ? Number(AccuracyOf(scheme).accuracy)
                 : ""};
  AddConfidence(scheme, row);
  for (const MetricColumn& column : metrics) {
    const Metric* metric = FindMetric(scheme, column.name);
    row.push_back(metric == nullptr ? "" : Number(metric->value()));
    if (!column.has_error) continue;
    row.push_back(metric == nullptr || !metric->has_standard_error()
                      ? ""
                      : Number(metric->standard_error()));
  }
  return row;
}

}  // namespace

std::string ResultsCsv(const Results& results) {
  const std::vector<MetricColumn> metrics = MetricColumns(results);
  Row header = {
      "scheme",  "bytes",    "bits_per_weight", "on_frontier",
      "shipped", "accuracy", "upper_bound",     "frontier_probability",
      "group"};
  for (const MetricColumn& column : metrics) {
    header.push_back(column.name);
    if (column.has_error)
      header.push_back(absl::StrCat(column.name, "_stderr"));
  }
  std::string csv = absl::StrCat(absl::StrJoin(header, ","), "\n");
  for (const SchemeResult& scheme : results.schemes()) {
    absl::StrAppend(&csv, absl::StrJoin(RowOf(results, scheme, metrics), ","),
                    "\n");
  }
  return csv;
}

}  // namespace quant_curve
