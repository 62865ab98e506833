#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/task.h"
#include "tools/audit/checks.h"
#include "tools/audit/readme.h"

namespace quant_curve {
namespace {

std::string FrontierText(const SchemeResult& scheme) {
  if (scheme.on_frontier()) return "on it";
  std::string text = "dominated by ";
  for (int i = 0; i < scheme.dominated_by_size(); ++i) {
    absl::StrAppend(&text,
                    i == 0                                ? ""
                    : i + 1 == scheme.dominated_by_size() ? " and "
                                                          : ", ",
                    Code(scheme.dominated_by(i)));
  }
  return text;
}

// The reference's own gap is exactly zero, without an error.
Numbers WithError(double value, double error) {
  return value == 0 && error == 0 ? Numbers{0} : Numbers{value, error};
}

ExpectedRow ResultsRow(const Results& results, const SchemeResult& scheme) {
  ExpectedRow row = {
      scheme.name(),
      {{"bits/weight", {scheme.bits_per_weight()}},
       {"bytes", {scheme.bytes().total()}},
       {"perplexity", {scheme.perplexity(), scheme.perplexity_stderr()}},
       {absl::StrCat("gap to ", results.reference_scheme()),
        WithError(scheme.perplexity_gap_percent(),
                  scheme.perplexity_gap_stderr_percent())}},
      FrontierText(scheme)};
  if (results.num_headline_items() > 0) {
    const TaskAccuracy accuracy = AccuracyOf(scheme);
    row.cells.push_back(
        {std::string(TaskOf(results).name),
         {100 * accuracy.accuracy, 100 * accuracy.low, 100 * accuracy.high}});
    row.cells.push_back(
        {"accuracy gap", WithError(scheme.accuracy_gap_points(),
                                   scheme.accuracy_gap_stderr_points())});
    row.cells.push_back({"flips",
                         {scheme.prediction_flips(), scheme.flips_to_right(),
                          scheme.flips_to_wrong()}});
  }
  return row;
}

ExpectedRow BytesRow(const SchemeResult& scheme) {
  const ResultBytes& bytes = scheme.bytes();
  return {scheme.name(),
          {{"weights", {bytes.weights()}},
           {"scales", {bytes.scales()}},
           {"biases", {bytes.biases()}},
           {"LayerNorm", {bytes.layer_norm()}},
           {"embedding", {bytes.embedding()}},
           {"total", {bytes.total()}},
           {"without embedding", {bytes.linear_only()}}},
          ""};
}

// Perplexity in units that do not depend on the tokenizer.
ExpectedRow TextRow(const SchemeResult& scheme) {
  return {scheme.name(),
          {{"per token", {scheme.perplexity()}},
           {"per byte", {scheme.perplexity_per_byte()}},
           {"per word", {scheme.perplexity_per_word()}},
           {"bits per byte", {scheme.bits_per_byte()}}},
          ""};
}

ExpectedRow StrataRow(const SchemeResult& scheme) {
  ExpectedRow row = {scheme.name(), {}, ""};
  for (const StratumResult& stratum : scheme.strata()) {
    if (stratum.tense() != "all") continue;
    std::string column = stratum.stratum();
    for (char& c : column) c = c == '_' ? ' ' : c;
    row.cells.push_back(
        {column,
         {100 * stratum.accuracy(), 100 * stratum.accuracy_low(),
          100 * stratum.accuracy_high()}});
  }
  return row;
}

// Checks each table of schemes that has `column`; returns how many there are.
int CheckTablesOf(
    const Results& results, absl::string_view column,
    const std::function<ExpectedRow(const SchemeResult&)>& make_row,
    const Readme& readme) {
  std::vector<ExpectedRow> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    rows.push_back(make_row(scheme));
  }
  int tables = 0;
  for (const PipeTable& table : readme.tables()) {
    if (table.header[0] != "scheme" || ColumnOf(table, column) < 0) continue;
    readme.CheckRows(table, rows);
    ++tables;
  }
  return tables;
}

void CheckSweepTables(const Results& results, const Readme& readme) {
  const auto results_row = [&](const SchemeResult& scheme) {
    return ResultsRow(results, scheme);
  };
  // "perplexity" alone would find the table of GPTQ schemes, too.
  const std::string column =
      absl::StrCat("gap to ", results.reference_scheme());
  if (CheckTablesOf(results, column, results_row, readme) == 0) {
    readme.Refuse("", "the table of results is missing");
  }
  CheckTablesOf(results, "without embedding", BytesRow, readme);
  CheckTablesOf(results, "bits per byte", TextRow, readme);
  for (const StratumResult& stratum : ReferenceOf(results).strata()) {
    if (stratum.tense() != "all") continue;
    std::string name = absl::StrCat(stratum.stratum(), " (");
    for (char& c : name) c = c == '_' ? ' ' : c;
    CheckTablesOf(results, name, StrataRow, readme);
    return;
  }
}

constexpr absl::string_view kHeading = "### ";

struct Timed {
  std::string model;
  uint32_t threads;
};

// Of "**minigpt**, 103,680 parameters, 1 thread. …" and "### minigpt, 103,680
// parameters, 2 threads, 300 repeats".
std::optional<Timed> TimedIn(absl::string_view caption) {
  const bool is_heading = absl::ConsumePrefix(&caption, kHeading);
  if (!is_heading && !absl::ConsumePrefix(&caption, "**")) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(caption, ", ");
  if (parts.size() < 3) return std::nullopt;
  Timed timed = {std::string(absl::StripSuffix(parts[0], "**")), 0};
  const std::vector<std::string> words = absl::StrSplit(parts[2], ' ');
  if (!absl::SimpleAtoi(words[0], &timed.threads)) return std::nullopt;
  return timed;
}

absl::StatusOr<ExpectedRow> SpeedRow(const Timing& timing,
                                     const DecodeTiming& decode,
                                     const DecodeTiming& reference) {
  ASSIGN_OR_RETURN(const RooflineDot dot, MakeRooflineDot(timing, decode));
  ASSIGN_OR_RETURN(const RooflineDot base, MakeRooflineDot(timing, reference));
  const Spread spread = TokensPerSecond(decode);
  const Spread speedup = SpeedupOver(reference, decode);
  const Spread memory = dot.memory;
  return ExpectedRow{
      decode.scheme().name(),
      {{"bytes a token", {decode.bytes_per_token()}},
       {"FLOP/byte", {dot.intensity}},
       {"tokens/s", {spread.median, spread.low, spread.high}},
       {"ms/token", {1000 / spread.median}},
       {"speed-up", {speedup.median, speedup.low, speedup.high}},
       {"bound on it", {dot.intensity / base.intensity}},
       {"GB/s", {decode.bytes_per_token() * spread.median / 1e9}},
       {"memory, GB/s",
        {memory.median / 1e9, memory.low / 1e9, memory.high / 1e9},
        MemoryLevel_Name(dot.level)},
       {"ceiling",
        {100 * dot.share},
        absl::StrCat("of ", RoofName(dot, decode.scheme()))}},
      ""};
}

// Parameters and, where it has them, repeats.
void CheckCaption(const DecodeTiming& decode, const PipeTable& table,
                  const Readme& readme) {
  const std::vector<std::string> parts =
      absl::StrSplit(table.caption, absl::MaxSplits(", ", 3));
  const auto refuse = [&](absl::string_view expected) {
    readme.Refuse(
        absl::StrCat("the text above line ", table.line),
        absl::StrCat("'", table.caption, "': the timing has ", expected));
  };
  const std::vector<PrintedNumber> parameters = NumbersIn(parts[1]);
  if (parameters.size() != 1 ||
      !IsRounded(parameters[0], decode.num_parameters())) {
    refuse(absl::StrCat(decode.num_parameters(), " parameters"));
  }
  if (!absl::StartsWith(table.caption, kHeading) || parts.size() < 4) return;
  const int count = decode.seconds_size();
  const std::string repeats =
      absl::StrCat(count, count == 1 ? " repeat" : " repeats");
  if (parts[3] != repeats) refuse(repeats);
}

absl::Status CheckSpeedTable(const Timing& timing, const std::string& reference,
                             const PipeTable& table, const Readme& readme) {
  const std::optional<Timed> timed = TimedIn(table.caption);
  const DecodeTiming* base =
      timed ? FindDecode(timing, timed->model, reference, timed->threads)
            : nullptr;
  if (base == nullptr) {
    readme.Refuse(
        absl::StrCat("line ", table.line),
        absl::StrCat("the timing has nothing for '", table.caption, "'"));
    return absl::OkStatus();
  }
  CheckCaption(*base, table, readme);
  std::vector<ExpectedRow> rows;
  for (const DecodeTiming* decode :
       DecodesOf(timing, timed->model, timed->threads)) {
    ASSIGN_OR_RETURN(rows.emplace_back(), SpeedRow(timing, *decode, *base));
  }
  readme.CheckRows(table, rows);
  return absl::OkStatus();
}

absl::Status CheckSpeedTables(const Timing& timing,
                              const std::string& reference,
                              const Readme& readme) {
  int tables = 0;
  for (const PipeTable& table : readme.tables()) {
    if (ColumnOf(table, "tokens/s [") < 0) continue;
    RETURN_IF_ERROR(CheckSpeedTable(timing, reference, table, readme));
    ++tables;
  }
  if (tables == 0) readme.Refuse("", "the table of speed is missing");
  return absl::OkStatus();
}

absl::Status CheckOne(const Stage& stage, Recomputed& recomputed,
                      Findings& findings) {
  Readme readme(stage, findings);
  if (!InputsOf(stage, "measurements").empty()) {
    ASSIGN_OR_RETURN(const Results* results, recomputed.ResultsFor(stage));
    CheckSweepTables(*results, readme);
  }
  if (InputsOf(stage, "timing").empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Timing* timing, recomputed.TimingFor(stage));
  return CheckSpeedTables(*timing, FlagOf(stage, "reference"), readme);
}

}  // namespace

void CheckReadme(const Chain& chain, Recomputed& recomputed,
                 Findings& findings) {
  for (const Stage& stage : chain.stages) {
    if (stage.kind() != "README") continue;
    if (stage.file == nullptr) {
      findings.NotCompared(Check::kNumbers, stage.path);
      continue;
    }
    const absl::Status status = CheckOne(stage, recomputed, findings);
    if (status.ok()) continue;
    findings.Add(absl::IsNotFound(status) ? Check::kEvidence : Check::kNumbers,
                 stage.path, "", status.message());
  }
}

}  // namespace quant_curve
