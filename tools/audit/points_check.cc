#include <algorithm>
#include <iterator>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

using Points = std::vector<PlottedPoint>;

void AddPoint(absl::string_view label, double x, double y, Points& points) {
  PlottedPoint& point = points.emplace_back();
  point.set_label(std::string(label));
  point.set_x(HexFloat(x));
  point.set_y(HexFloat(y));
}

Points ParetoPoints(const Results& results) {
  Points points;
  for (const SchemeResult& scheme : results.schemes()) {
    AddPoint(scheme.name(), scheme.bytes().total(), scheme.perplexity(),
             points);
  }
  return points;
}

// Rows count from the bottom, where gnuplot has its origin.
Points AccuracyPoints(const Results& results) {
  Points points;
  int row = results.schemes_size();
  for (const SchemeResult& scheme : results.schemes()) {
    AddPoint(scheme.name(), 100 * AccuracyOf(scheme).accuracy, row--, points);
  }
  return points;
}

Points LatencyPoints(const Results& results, const Speed& speed) {
  Points points;
  for (const SchemeResult& scheme : results.schemes()) {
    const SchemeSpeed* timed = FindSpeed(speed, scheme.name());
    if (timed == nullptr) continue;
    AddPoint(scheme.name(), timed->tokens_per_second(), scheme.perplexity(),
             points);
  }
  return points;
}

absl::Status AddRoofline(const Timing& timing, const std::string& model,
                         uint32_t threads, const std::string& schemes,
                         Points& points) {
  for (const absl::string_view scheme : absl::StrSplit(schemes, ',')) {
    const DecodeTiming* decode = FindDecode(timing, model, scheme, threads);
    if (decode == nullptr) continue;
    ASSIGN_OR_RETURN(const RooflineDot dot, MakeRooflineDot(timing, *decode));
    AddPoint(absl::StrCat(model, " ", scheme), dot.intensity,
             dot.flops_per_second / 1e9, points);
  }
  return absl::OkStatus();
}

// The measured model (the smallest, when it was not timed) with the fewest
// threads, the largest with the most.
absl::StatusOr<Points> RooflinePoints(const Timing& timing,
                                      const std::string& measured,
                                      const std::string& schemes) {
  const std::vector<std::string> models = ModelNames(timing);
  if (models.empty()) {
    return absl::InvalidArgumentError("the timing holds no decode timings");
  }
  const bool timed =
      std::find(models.begin(), models.end(), measured) != models.end();
  const std::string& first = timed ? measured : models.front();
  const uint32_t fewest = ThreadCounts(timing, first).front();
  const uint32_t most = ThreadCounts(timing, models.back()).back();
  Points points;
  RETURN_IF_ERROR(AddRoofline(timing, first, fewest, schemes, points));
  if (first != models.back() || fewest != most) {
    RETURN_IF_ERROR(AddRoofline(timing, models.back(), most, schemes, points));
  }
  return points;
}

// A line's points: one scheme with one number of threads, by rising size.
Points LadderLine(const Timing& timing, const std::string& reference,
                  const std::string& scheme, uint32_t threads) {
  Points points;
  for (const std::string& model : ModelNames(timing)) {
    const DecodeTiming* base = FindDecode(timing, model, reference, threads);
    const DecodeTiming* decode = FindDecode(timing, model, scheme, threads);
    if (base == nullptr || decode == nullptr) continue;
    AddPoint(absl::StrCat(scheme, " ", threads), decode->num_parameters(),
             SpeedupOver(*base, *decode).median, points);
  }
  return points;
}

// Lines of one model alone are drawn only when there is but one model.
Points LadderPoints(const Timing& timing, const std::string& reference) {
  std::set<std::pair<uint32_t, std::string>> lines;
  for (const DecodeTiming& decode : timing.decodes()) {
    if (decode.scheme().name() == reference) continue;
    lines.insert({decode.threads(), decode.scheme().name()});
  }
  const size_t at_least = ModelNames(timing).size() > 1 ? 2 : 1;
  Points points;
  for (const auto& [threads, scheme] : lines) {
    const Points line = LadderLine(timing, reference, scheme, threads);
    if (line.size() < at_least) continue;
    points.insert(points.end(), line.begin(), line.end());
  }
  return points;
}

absl::StatusOr<Points> ExpectedPoints(const Stage& stage,
                                      Recomputed& recomputed) {
  const std::string figure = FlagOf(stage, "figure");
  if (figure == "roofline_overlay" || figure == "speedup_ladder") {
    ASSIGN_OR_RETURN(const Timing* timing, recomputed.TimingFor(stage));
    if (figure == "speedup_ladder") {
      return LadderPoints(*timing, FlagOf(stage, "reference"));
    }
    return RooflinePoints(*timing, FlagOf(stage, "model"),
                          FlagOf(stage, "schemes"));
  }
  ASSIGN_OR_RETURN(const Results* results, recomputed.ResultsFor(stage));
  if (figure == "pareto") return ParetoPoints(*results);
  if (!figure.empty() && figure == TaskOf(*results).field) {
    return AccuracyPoints(*results);
  }
  if (figure == "latency_pareto") {
    ASSIGN_OR_RETURN(const Speed speed, recomputed.SpeedFor(stage));
    return LatencyPoints(*results, speed);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("this build knows no figure '", figure, "'"));
}

std::string TextOf(const PlottedPoint& point) {
  return absl::StrCat("'", point.label(), "' at (", point.x(), ", ", point.y(),
                      ")");
}

// Lines of a ladder stand in the order of the timing, which the labels tell:
// only which points there are matters.
std::vector<std::string> SortedTexts(const Points& points) {
  std::vector<std::string> texts;
  for (const PlottedPoint& point : points) texts.push_back(TextOf(point));
  std::sort(texts.begin(), texts.end());
  return texts;
}

// What is in `a` more often than in `b`.
std::vector<std::string> Without(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b) {
  std::vector<std::string> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::back_inserter(rest));
  return rest;
}

void ComparePoints(const Stage& stage, const Points& expected,
                   Findings& findings) {
  const auto& field = stage.subject().annotations().points();
  const std::vector<std::string> drawn =
      SortedTexts(Points(field.begin(), field.end()));
  const std::vector<std::string> should = SortedTexts(expected);
  findings.Count(Check::kPoints, static_cast<int>(should.size()));
  const auto refuse = [&](const std::string& point, absl::string_view why) {
    findings.Add(Check::kPoints, stage.path, "subject[0].annotations.points",
                 absl::StrCat(point, why, " (", stage.manifest->path(), ")"));
  };
  for (const std::string& point : Without(drawn, should)) {
    refuse(point, " was drawn, the measurements do not give it");
  }
  for (const std::string& point : Without(should, drawn)) {
    refuse(point, " follows from the measurements and was not drawn");
  }
}

}  // namespace

void CheckPoints(const Chain& chain, Recomputed& recomputed,
                 Findings& findings) {
  for (const Stage& stage : chain.stages) {
    if (stage.kind() != "FIGURE") continue;
    const absl::StatusOr<Points> expected = ExpectedPoints(stage, recomputed);
    if (expected.ok()) {
      ComparePoints(stage, *expected, findings);
    } else {
      findings.Add(absl::IsNotFound(expected.status()) ? Check::kEvidence
                                                       : Check::kPoints,
                   stage.path, "", expected.status().message());
    }
  }
}

}  // namespace quant_curve
