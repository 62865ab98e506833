#include "lib/report/report.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/results.h"
#include "lib/measurement/results_json.h"
#include "lib/report/page.h"
#include "lib/report/readme.h"
#include "lib/report/results_csv.h"
#include "lib/report/roofline_readme.h"
#include "lib/report/speed_answer.h"

namespace quant_curve {
namespace {

// The title and the command go into the README as they are: neither may add
// lines to it, and a title may not open a comment or another element of HTML,
// which would hide what follows from a reader.
absl::Status CheckOneLine(absl::string_view flag, absl::string_view text,
                          bool is_markdown) {
  for (const char c : text) {
    if (!absl::ascii_iscntrl(c) && !(is_markdown && c == '<')) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, "='", text,
                     "': must be one line without control characters",
                     is_markdown ? " and without <" : ""));
  }
  return absl::OkStatus();
}

// What the numbers rest on, as far as the measurements name it.
std::vector<PageDigest> DigestsOf(const Sweep& sweep,
                                  const std::string& results_json) {
  std::vector<PageDigest> digests = {
      {"results.json", HexDigest(Sha256(results_json))},
      {"corpus", HexDigest(sweep.measurements[0].corpus_sha256())}};
  for (const Measurement& measurement : sweep.measurements) {
    digests.push_back({absl::StrCat("model of ", measurement.scheme().name()),
                       HexDigest(measurement.quantized_model_sha256())});
  }
  return digests;
}

}  // namespace

absl::StatusOr<ReportFiles> MakeReport(const Sweep* sweep, const Timing* timing,
                                       const ReportOptions& options) {
  RETURN_IF_ERROR(CheckOneLine("title", options.title, /*is_markdown=*/true));
  RETURN_IF_ERROR(
      CheckOneLine("command", options.command, /*is_markdown=*/false));
  ReportFiles files;
  if (sweep == nullptr && timing == nullptr) {
    return absl::InvalidArgumentError(
        "a report needs measurements or a timing");
  }
  if (sweep == nullptr) {
    ASSIGN_OR_RETURN(files.readme,
                     WriteRooflineReadme(*timing, options.reference,
                                         options.title, options.command));
    return files;
  }
  ASSIGN_OR_RETURN(const Results results,
                   MakeResults(*sweep, options.experiment, options.verdict));
  std::optional<MeasuredSpeed> measured;
  if (timing != nullptr) {
    ASSIGN_OR_RETURN(measured, MakeMeasuredSpeed(*timing, options.model,
                                                 options.threads, results));
    ASSIGN_OR_RETURN(files.speed_json, SpeedToJson(measured->speed));
  }
  ASSIGN_OR_RETURN(files.results_json, ResultsToJson(results));
  files.results_csv = ResultsCsv(results);
  ASSIGN_OR_RETURN(Pages pages,
                   WritePages(*sweep, results, measured ? &*measured : nullptr,
                              {options.title, options.command, options.lab}));
  files.readme = std::move(pages.readme);
  files.details_md = std::move(pages.details);
  files.report_html = ReportPage(
      results, measured ? &measured->speed : nullptr,
      {options.title, options.command, DigestsOf(*sweep, files.results_json)});
  return files;
}

}  // namespace quant_curve
