#include "lib/report/gptq_answer.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/report/facts.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

std::string Met(const SchemeResult& scheme, double percent) {
  switch (IsBelow(GapOf(scheme), percent)) {
    case Below::kYes:
      return "met";
    case Below::kNo:
      return "missed";
    default:
      return "neither met nor missed that the windows could tell";
  }
}

std::string BarSentence(const SchemeResult& scheme) {
  return absl::StrFormat(
      "%s is %s from the reference's perplexity. The lab that the main sweep "
      "repeats asks for at most %g %%: %s (95 %% confidence). It hopes for %g "
      "%%: %s.",
      Code(scheme.name()), PercentText(GapOf(scheme)), kBarPercent,
      Met(scheme, kBarPercent), kHopedPercent, Met(scheme, kHopedPercent));
}

// The best 8-bit scheme; says so plainly when INT4 misses the bar.
std::string BesideInt8(const Sweep& sweep, const Results& results, int bar) {
  int best = -1;
  for (int i = 0; i < results.schemes_size(); ++i) {
    if (sweep.measurements[i].scheme().bits() != 8) continue;
    if (best < 0 ||
        results.schemes(i).perplexity() < results.schemes(best).perplexity()) {
      best = i;
    }
  }
  if (best < 0) return "";
  const double extra = results.schemes(bar).perplexity_gap_percent() -
                       results.schemes(best).perplexity_gap_percent();
  return absl::StrFormat(
      "The best 8-bit scheme, %s, has a gap of %s%s.\n",
      Code(results.schemes(best).name()),
      PercentText(GapOf(results.schemes(best))),
      extra > kHopedPercent ? ": INT4 is **far worse** than INT8 here" : "");
}

std::string LossSentence(const ProxyLosses& losses) {
  if (losses.linears == 0) return "No proxy losses were recorded.";
  return absl::StrFormat(
      "Its mean proxy loss over %d Linears is %.2e against %.2e for rounding "
      "to nearest; GPTQ's is above in %d of them. The largest is %.2e, in %s; "
      "damping was at most %g of the mean diagonal.",
      losses.linears, losses.mean_gptq, losses.mean_rtn, losses.gptq_worse,
      losses.worst_gptq, Code(losses.worst_linear), losses.max_damping);
}

// What GPTQ is, compared with rounding to nearest.
std::string Verdict(const Estimate& gap_to_rtn) {
  if (IsIndistinguishableFromZero(gap_to_rtn)) return "indistinguishable from";
  return gap_to_rtn.value > 0 ? "**worse** than" : "better than";
}

std::vector<std::string> GptqRow(const Results& results, const GptqFact& fact) {
  const SchemeResult& scheme = results.schemes(fact.scheme);
  const bool has_rtn = fact.rtn >= 0;
  return {
      Code(scheme.name()),
      PercentText(GapOf(scheme)),
      has_rtn ? PercentText(fact.gap_to_rtn_percent)
              : "no such RTN scheme in the sweep",
      has_rtn ? Verdict(fact.gap_to_rtn_percent) + " RTN" : "–",
      absl::StrFormat("%.2e → %.2e", fact.losses.mean_rtn,
                      fact.losses.mean_gptq),
      absl::StrFormat("%d of %d", fact.losses.gptq_worse, fact.losses.linears)};
}

// GPTQ against RTN on its grid, and why when it does not help.
std::string AgainstRtn(const Results& results, const GptqFact& fact) {
  const std::string name = Code(results.schemes(fact.scheme).name());
  if (fact.rtn < 0) {
    return absl::StrCat("No scheme that rounds to nearest on the grid of ",
                        name, " was measured. ", LossSentence(fact.losses));
  }
  const std::string rtn = Code(results.schemes(fact.rtn).name());
  const Estimate& gap = fact.gap_to_rtn_percent;
  const bool misleading = gap.value > 0 && fact.losses.linears > 0 &&
                          fact.losses.mean_gptq < fact.losses.mean_rtn;
  return absl::StrFormat(
      "Against %s, on the same grid, its perplexity differs by %s (paired): it "
      "is %s rounding to nearest. %s%s",
      rtn, PercentText(gap), Verdict(gap), LossSentence(fact.losses),
      misleading ? " So GPTQ does lower the loss it minimises, on the "
                   "calibration text, without lowering the perplexity of the "
                   "evaluation text."
                 : "");
}

}  // namespace

absl::StatusOr<std::string> GptqAnswer(const Sweep& sweep,
                                       const Results& results, bool with_bar) {
  ASSIGN_OR_RETURN(const std::vector<GptqFact> facts, GptqFacts(sweep));
  std::string text;
  const int bar = with_bar ? FindScheme(sweep, kBarScheme) : -1;
  if (with_bar && bar < 0) {
    absl::StrAppend(&text, "The bar is for ", Code(kBarScheme),
                    ", which this sweep does not have.\n");
  }
  for (const GptqFact& fact : facts) {
    if (fact.scheme != bar) continue;
    absl::StrAppend(&text, BarSentence(results.schemes(bar)), "\n",
                    AgainstRtn(results, fact), "\n",
                    BesideInt8(sweep, results, bar));
  }
  std::vector<std::vector<std::string>> others;
  for (const GptqFact& fact : facts) {
    if (fact.scheme != bar) others.push_back(GptqRow(results, fact));
  }
  if (!others.empty()) {
    absl::StrAppend(
        &text, with_bar ? "\nThe other GPTQ schemes:\n\n" : "",
        MarkdownTable(
            {"scheme", "gap", "perplexity against RTN (paired)", "verdict",
             "mean proxy loss, RTN → GPTQ", "Linears where GPTQ's is above"},
            others));
  }
  return text;
}

}  // namespace quant_curve
