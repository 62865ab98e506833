#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/gnuplot.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxQuotedBytes = 200;
constexpr absl::string_view kPointsField = "subject[0].annotations.points";

// A line as a message quotes it.
std::string Quote(absl::string_view line) {
  if (line.size() <= kMaxQuotedBytes) return absl::StrCat("'", line, "'");
  return absl::StrCat("'", line.substr(0, kMaxQuotedBytes), "…'");
}

std::string LineOr(const std::vector<absl::string_view>& lines, size_t i) {
  return i < lines.size() ? Quote(lines[i]) : "no such line";
}

// Where the published text first differs from the rendered one.
std::string FirstDifference(absl::string_view published,
                            absl::string_view rendered) {
  const std::vector<absl::string_view> a = absl::StrSplit(published, '\n');
  const std::vector<absl::string_view> b = absl::StrSplit(rendered, '\n');
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return absl::StrCat("line ", i + 1,
                      " is not what the artifacts give: published is ",
                      LineOr(a, i), ", rendered from them is ", LineOr(b, i));
}

// What a problem with rendering means.
Check CheckOf(const absl::Status& status, Check otherwise) {
  return absl::IsNotFound(status) ? Check::kEvidence : otherwise;
}

// The file of that kind.
const std::string& TextOf(const std::string& kind, const ReportFiles& files) {
  if (kind == "RESULTS") return files.results_json;
  if (kind == "RESULTS_CSV") return files.results_csv;
  if (kind == "SPEED") return files.speed_json;
  if (kind == "DETAILS") return files.details_md;
  if (kind == "PAGE") return files.report_html;
  return files.readme;
}

absl::Status CompareReport(const Stage& stage, const ReportFiles& files,
                           Findings& findings) {
  const std::string& rendered = TextOf(stage.kind(), files);
  ASSIGN_OR_RETURN(const std::string published,
                   stage.file->Read(kMaxPublishedBytes));
  if (published == rendered) return absl::OkStatus();
  findings.Add(Check::kNumbers, stage.path, "",
               FirstDifference(published, rendered));
  return absl::OkStatus();
}

std::string TextOf(const PlottedPoint& point) {
  return absl::StrCat("'", point.label(), "' at (", point.x(), ", ", point.y(),
                      ")");
}

void ComparePoints(const Stage& stage, const RenderedFigure& rendered,
                   Findings& findings) {
  const auto& listed = stage.subject().annotations().points();
  findings.Count(Check::kPoints, static_cast<int>(rendered.points.size()));
  const size_t size = listed.size();
  for (size_t i = 0; i < std::max(size, rendered.points.size()); ++i) {
    const std::string is = i < size ? TextOf(listed[i]) : "missing";
    const std::string should = i < rendered.points.size()
                                   ? TextOf(rendered.points[i])
                                   : "no further point";
    if (is == should) continue;
    findings.Add(Check::kPoints, stage.path,
                 absl::StrCat(kPointsField, "[", i, "]"),
                 absl::StrCat("is ", is, ", the artifacts give ", should, " (",
                              stage.manifest->path(), ")"));
  }
}

absl::Status CompareFigure(const Stage& stage, const RenderedFigure& rendered,
                           Findings& findings) {
  ASSIGN_OR_RETURN(const ImageFormat format, FormatOf(stage.subject().name()));
  const std::string& should = format == ImageFormat::kPng
                                  ? rendered.png_script_sha256
                                  : rendered.svg_script_sha256;
  ComparePoints(stage, rendered, findings);
  const std::string& script = stage.subject().annotations().script_sha256();
  findings.Count(Check::kPoints);
  if (script == should) return absl::OkStatus();
  findings.Add(Check::kPoints, stage.path,
               "subject[0].annotations.scriptSha256",
               absl::StrCat(script.empty() ? "missing" : "is " + script,
                            ", the script that the artifacts give has ", should,
                            " (", stage.manifest->path(), ")"));
  return absl::OkStatus();
}

// Everything that is drawn or reported shows the same measurements and the same
// timing: a figure without one of the schemes would hide it.
void CheckSameInputs(const Chain& chain, const std::string& flag,
                     Findings& findings) {
  const Stage* first = nullptr;
  std::vector<std::string> expected;
  for (const Stage& stage : chain.stages) {
    if (stage.stage != "plot" && stage.stage != "report") continue;
    std::vector<std::string> digests;
    for (const ResourceDescriptor* input : InputsOf(stage, flag)) {
      digests.push_back(Sha256Of(*input));
    }
    if (digests.empty()) continue;
    findings.Count(Check::kPoints);
    if (first == nullptr) {
      first = &stage;
      expected = digests;
    } else if (digests != expected) {
      findings.Add(Check::kPoints, stage.path, "",
                   absl::StrCat("shows other ", flag, " than ", first->path));
    }
  }
}

bool IsReported(const Stage& stage) {
  for (const char* kind :
       {"README", "DETAILS", "PAGE", "RESULTS", "RESULTS_CSV", "SPEED"}) {
    if (stage.kind() == kind) return true;
  }
  return false;
}

}  // namespace

void CheckFigures(const Chain& chain, Rendered& rendered, Findings& findings) {
  CheckSameInputs(chain, "measurements", findings);
  CheckSameInputs(chain, "timing", findings);
  for (const Stage& stage : chain.stages) {
    if (stage.kind() != "FIGURE") continue;
    const auto figure = rendered.FigureOf(stage);
    const absl::Status status = figure.ok()
                                    ? CompareFigure(stage, **figure, findings)
                                    : figure.status();
    if (status.ok()) continue;
    findings.Add(CheckOf(status, Check::kPoints), stage.path, "",
                 status.message());
  }
}

void CheckReports(const Chain& chain, Rendered& rendered, Findings& findings) {
  for (const Stage& stage : chain.stages) {
    if (!IsReported(stage)) continue;
    if (stage.file == nullptr) {
      findings.NotCompared(Check::kNumbers, stage.path);
      continue;
    }
    findings.Count(Check::kNumbers);
    const auto files = rendered.ReportOf(stage);
    const absl::Status status =
        files.ok() ? CompareReport(stage, **files, findings) : files.status();
    if (status.ok()) continue;
    findings.Add(CheckOf(status, Check::kNumbers), stage.path, "",
                 status.message());
  }
}

}  // namespace quant_curve
