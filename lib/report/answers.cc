#include "lib/report/answers.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/report/facts.h"
#include "lib/report/predictions.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// How many times fewer bytes than the reference.
double Shrinkage(const Results& results, const SchemeResult& scheme) {
  return ReferenceOf(results).bytes().total() / scheme.bytes().total();
}

std::string GroupSentence(const Results& results, const GroupFact& fact) {
  const std::string pair = CodeList({results.schemes(fact.scheme).name(),
                                     results.schemes(fact.other).name()});
  const size_t linears = fact.same_grid.size() + fact.other_grid.size();
  std::string text = absl::StrFormat(
      "- %s have equally many scales in %d of %d Linears, since a group never "
      "spans more than a row",
      pair, fact.same_grid.size(), linears);
  if (fact.other_grid.empty())
    return text + ": they are the same scheme here.\n";
  return absl::StrCat(text, "; only ", CodeList(fact.other_grid),
                      " tell them apart.\n");
}

// What fewer bytes can gain where the board's memory is the limit, and what
// they gained on the machine that was timed, which is another.
std::string GainSentence(const Results& results, const SchemeResult& scheme,
                         const Speed* speed) {
  const std::string& reference = results.reference_scheme();
  const SchemeSpeed* timed =
      speed == nullptr ? nullptr : FindSpeed(*speed, scheme.name());
  const SchemeSpeed* base =
      speed == nullptr ? nullptr : FindSpeed(*speed, reference);
  if (timed == nullptr || base == nullptr) {
    return absl::StrFormat(
        "Where the board's memory is the limit, %.2f times fewer bytes than "
        "%s bound what it can gain in speed; activations and KV cache lower "
        "that.",
        Shrinkage(results, scheme), Code(reference));
  }
  return absl::StrFormat(
      "Where the board's memory is the limit, a decode step moves %.2f times "
      "fewer bytes than with %s, which bounds what it can gain in speed; on "
      "the machine measured here it decodes %s tokens a second, %.2f times as "
      "many.",
      base->bytes_per_token() / timed->bytes_per_token(), Code(reference),
      Thousands(timed->tokens_per_second() + 0.5), timed->speedup());
}

// The neighbours of the chosen scheme on the frontier.
std::string NeighbourSentences(const Results& results,
                               const Recommendation& choice) {
  std::string text = "No scheme on the frontier is smaller.";
  if (choice.rejected >= 0) {
    const SchemeResult& rejected = results.schemes(choice.rejected);
    text = absl::StrFormat(
        "The next smaller one on the frontier, %s (%s), would cost %s.",
        Code(rejected.name()), KibText(rejected.bytes().total()),
        PercentText(GapOf(rejected)));
  }
  if (choice.larger >= 0) {
    const SchemeResult& larger = results.schemes(choice.larger);
    absl::StrAppendFormat(&text, " The next larger one, %s (%s), costs %s.",
                          Code(larger.name()), KibText(larger.bytes().total()),
                          PercentText(GapOf(larger)));
  }
  return text;
}

}  // namespace

std::string OpeningAnswer(const Results& results) {
  const Recommendation choice = Recommend(results);
  int on_frontier = 0;
  for (const SchemeResult& scheme : results.schemes()) {
    on_frontier += scheme.on_frontier();
  }
  const std::string first = absl::StrFormat(
      "Of %d schemes for a model of %s parameters, %d %s on the "
      "frontier of size against perplexity.",
      results.schemes_size(), Thousands(results.num_parameters()), on_frontier,
      on_frontier == 1 ? "is" : "are");
  if (choice.scheme < 0) {
    return absl::StrFormat(
        "%s None that is smaller than %s stays within %g %% of its "
        "perplexity.\n",
        first, Code(results.reference_scheme()), kBarPercent);
  }
  const SchemeResult& scheme = results.schemes(choice.scheme);
  return absl::StrFormat(
      "%s The smallest one within %g %% of %s (95 %% confidence) is %s: %s, "
      "%.2f times smaller, at a perplexity gap of %s.\n",
      first, choice.tolerance_percent, Code(results.reference_scheme()),
      Code(scheme.name()), KibText(scheme.bytes().total()),
      Shrinkage(results, scheme), PercentText(GapOf(scheme)));
}

// One line per dominated scheme. It names those again that win only by bytes,
// as far as the windows can tell.
absl::StatusOr<std::string> DominatedList(const Sweep& sweep,
                                          const Results& results) {
  std::string text;
  for (int i = 0; i < results.schemes_size(); ++i) {
    const SchemeResult& scheme = results.schemes(i);
    if (scheme.on_frontier()) continue;
    std::vector<std::string> alike;
    for (const std::string& other : scheme.dominated_by()) {
      ASSIGN_OR_RETURN(
          const Estimate gap,
          ComparePerplexity(sweep.measurements[i],
                            sweep.measurements[FindScheme(sweep, other)]));
      if (IsIndistinguishableFromZero(gap)) alike.push_back(other);
    }
    absl::StrAppend(
        &text, "- ", Code(scheme.name()), " by ",
        CodeList({scheme.dominated_by().begin(), scheme.dominated_by().end()}),
        alike.empty()
            ? ""
            : absl::StrCat("; its perplexity cannot be told from that of ",
                           CodeList(alike)),
        "\n");
  }
  return text;
}

absl::StatusOr<std::string> FrontierAnswer(const Sweep& sweep,
                                           const Results& results) {
  std::string text =
      "## 1. Which schemes are on the frontier?\n\nFrom small to large:\n\n";
  for (const int i : FrontierOrder(results)) {
    const SchemeResult& scheme = results.schemes(i);
    absl::StrAppend(&text, "- ", Code(scheme.name()), ": ",
                    KibText(scheme.bytes().total()), ", gap ",
                    PercentText(GapOf(scheme)), "\n");
  }
  ASSIGN_OR_RETURN(const std::string dominated, DominatedList(sweep, results));
  absl::StrAppend(&text,
                  dominated.empty() ? "\nNo scheme is dominated.\n"
                                    : "\nDominated (no fewer bytes, no "
                                      "lower perplexity, and worse in "
                                      "one):\n\n",
                  dominated);
  ASSIGN_OR_RETURN(const std::vector<NeighbourFact> neighbours,
                   NeighbourFacts(sweep, results));
  if (neighbours.empty()) return text;
  absl::StrAppend(&text,
                  "\nThe frontier takes perplexities as they were measured. "
                  "What the windows can tell apart (paired, 95 %):\n\n");
  for (const NeighbourFact& fact : neighbours) {
    absl::StrAppendFormat(
        &text, "- %s has %s more perplexity than %s: %s\n",
        Code(results.schemes(fact.smaller).name()),
        PercentText(fact.gap_percent),
        Code(results.schemes(fact.larger).name()),
        IsIndistinguishableFromZero(fact.gap_percent)
            ? "statistically indistinguishable, the smaller costs nothing "
              "that can be seen here."
            : "distinguishable.");
  }
  return text;
}

std::string RooflineAnswer(const Sweep& sweep, const Results& results) {
  const double flops = DecodeFlops(sweep.measurements[sweep.reference]);
  std::vector<std::vector<std::string>> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    rows.push_back({Code(scheme.name()), Thousands(scheme.bytes().total()),
                    absl::StrFormat("%.2f", flops / scheme.bytes().total()),
                    absl::StrFormat("%.2f", Shrinkage(results, scheme))});
  }
  return absl::StrCat(
      "## 3. How much speed-up can fewer bits buy?\n\n"
      "A decode step at batch 1 reads every weight once: ",
      Thousands(flops),
      " floating-point operations (a multiplication and an addition a weight "
      "of the Linears and the LM head) over the bytes of the account above. "
      "While memory is the ceiling, speed goes with intensity, so the ratio of "
      "intensities bounds the speed-up. Activations and the KV cache, which "
      "all schemes move alike, lower it.\n\n",
      MarkdownTable(
          {"scheme", "stored bytes", "FLOP/byte",
           absl::StrCat("bound on speed-up over ", results.reference_scheme())},
          rows),
      "\nSpeed is not measured in this experiment: which scheme lies under "
      "the memory ceiling, which under the compute ceiling, and how much of "
      "the bound is reached, it cannot say.\n");
}

std::string ShippingAnswer(const Results& results, const Speed* speed) {
  const std::string heading =
      "## 4. Which scheme to ship on a Raspberry-Pi-class board?\n\n";
  const Recommendation choice = Recommend(results);
  const std::string reference = Code(results.reference_scheme());
  if (choice.scheme < 0) {
    return absl::StrFormat(
        "%sShip %s. No smaller scheme on the frontier is within %g %% of its "
        "perplexity. It needs %s.\n",
        heading, reference, kBarPercent,
        KibText(ReferenceOf(results).bytes().total()));
  }
  const SchemeResult& scheme = results.schemes(choice.scheme);
  std::string accuracy;
  if (results.num_headline_items() > 0) {
    accuracy = absl::StrFormat(
        " It keeps a %s of %s against %s (paired: %s points).",
        TaskOf(results).name, ShareText(AccuracyOf(scheme).accuracy),
        ShareText(AccuracyOf(ReferenceOf(results)).accuracy),
        PointsText({scheme.accuracy_gap_points(),
                    scheme.accuracy_gap_stderr_points()}));
  }
  return absl::StrFormat(
      "%sShip %s: it is the smallest scheme on the frontier within %g %% of "
      "%s (95 %% confidence), with %s instead of %s and a perplexity gap of "
      "%s.%s %s %s No such board was measured: there a model runs as it is "
      "exported (`//tools/export`), in that format's bytes.\n",
      heading, Code(scheme.name()), choice.tolerance_percent, reference,
      KibText(scheme.bytes().total()),
      KibText(ReferenceOf(results).bytes().total()), PercentText(GapOf(scheme)),
      accuracy, NeighbourSentences(results, choice),
      GainSentence(results, scheme, speed));
}

std::string Notes(const Sweep& sweep, const Results& results,
                  bool with_predictions) {
  std::string text;
  for (const GroupFact& fact : GroupFacts(sweep)) {
    if (fact.same_grid.empty()) continue;
    absl::StrAppend(&text, GroupSentence(results, fact));
  }
  if (with_predictions && IsPredictedModel(results)) {
    absl::StrAppend(&text, PredictedGaps(sweep, results));
  }
  return text.empty() ? "" : absl::StrCat("## Notes\n\n", text);
}

}  // namespace quant_curve
