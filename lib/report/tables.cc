#include "lib/report/tables.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "lib/measurement/results.h"
#include "lib/measurement/task.h"
#include "lib/measurement/verdict.h"
#include "lib/report/facts.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

using Row = std::vector<std::string>;

std::string AccuracyText(double accuracy, double low, double high) {
  return absl::StrFormat("%.1f %% [%.1f, %.1f]", 100 * accuracy, 100 * low,
                         100 * high);
}

std::string FrontierText(const SchemeResult& scheme) {
  if (scheme.on_frontier()) return "on it";
  const Row names(scheme.dominated_by().begin(), scheme.dominated_by().end());
  return absl::StrCat("dominated by ", CodeList(names));
}

// What accuracy and flips count, and whether the reference beats guessing.
std::string AccuracyNote(const Results& results) {
  const double reference_low = AccuracyOf(ReferenceOf(results)).low;
  const bool pairs = TaskOf(results).field == "minimal_pair_accuracy";
  return absl::StrFormat(
      " Accuracy is over %s %s, with its 95 %% Wilson interval; guessing gives "
      "%s, and the interval of %s %s. Its gap is paired over the items, ± one "
      "standard error. Flips are the items whose chosen %s differs from that "
      "of %s; in brackets those that became right and those that became "
      "wrong. McNemar's exact p is the probability of so uneven a split, or a "
      "more uneven one, if both were equally likely.",
      Thousands(results.num_headline_items()),
      pairs ? "minimal pairs: the share in which the acceptable sentence has "
              "the higher total log-probability"
            : "cloze items whose tested form was never seen in training",
      ShareText(results.chance_accuracy()), Code(results.reference_scheme()),
      reference_low > results.chance_accuracy() ? "lies above that"
                                                : "does **not** lie above that",
      pairs ? "sentence" : "form", Code(results.reference_scheme()));
}

// Of a scheme with proxy losses, an entry for each Linear: empty where its
// outputs are 0 on the calibration text.
struct LossColumn {
  Row names;  // of the schemes with these losses
  Row rtn;
  Row gptq;  // empty unless one of them is GPTQ's
};

LossColumn LossesOf(const Measurement& measurement) {
  LossColumn column;
  bool any = false;
  const auto text = [](bool has, double loss) {
    return has ? absl::StrFormat("%.2e", loss) : "";
  };
  for (const LinearQuality& linear : measurement.linears()) {
    const bool has = linear.has_proxy_losses();
    any = any || has;
    column.rtn.push_back(text(has, linear.rtn_proxy_loss()));
    if (measurement.scheme().method() != GPTQ) continue;
    column.gptq.push_back(text(has, linear.gptq_proxy_loss()));
  }
  return any ? column : LossColumn();
}

// Schemes on the same grid share a column: they have the same losses by
// rounding to nearest, and one of them may be GPTQ's.
std::vector<LossColumn> LossColumns(const Sweep& sweep) {
  std::vector<LossColumn> columns;
  for (const Measurement& measurement : sweep.measurements) {
    const LossColumn losses = LossesOf(measurement);
    if (losses.rtn.empty()) continue;
    const auto column = std::find_if(
        columns.begin(), columns.end(), [&](const LossColumn& other) {
          return other.rtn == losses.rtn &&
                 (other.gptq.empty() || losses.gptq.empty() ||
                  other.gptq == losses.gptq);
        });
    LossColumn& shared =
        column != columns.end() ? *column : columns.emplace_back(losses);
    if (shared.gptq.empty()) shared.gptq = losses.gptq;
    shared.names.push_back(Code(measurement.scheme().name()));
  }
  return columns;
}

std::string LossCell(const LossColumn& column, int linear) {
  if (column.rtn[linear].empty()) return "–";
  if (column.gptq.empty()) return column.rtn[linear];
  return absl::StrCat(column.rtn[linear], " → ", column.gptq[linear]);
}

// A row a category of minimal pairs; empty when they have none.
std::string CategoryTable(const Results& results) {
  Row header = {"category", "pairs"};
  for (const SchemeResult& scheme : results.schemes()) {
    header.push_back(Code(scheme.name()));
  }
  std::vector<Row> rows;
  const auto& categories = results.schemes(0).strata();
  for (int i = 0; i < categories.size(); ++i) {
    if (!categories[i].has_category()) continue;
    Row row = {Code(categories[i].category()),
               Thousands(categories[i].items())};
    for (const SchemeResult& scheme : results.schemes()) {
      row.push_back(ShareText(scheme.strata(i).accuracy()));
    }
    rows.push_back(row);
  }
  if (rows.empty()) return "";
  return absl::StrCat("## Accuracy per category\n\n",
                      MarkdownTable(header, rows),
                      "\n`results.json` has their intervals.\n");
}

}  // namespace

std::string SchemeTable(const Results& results) {
  const bool has_items = results.num_headline_items() > 0;
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    Row row = {Code(scheme.name()),
               absl::StrFormat("%.2f", scheme.bits_per_weight()),
               Thousands(scheme.bytes().total()),
               absl::StrFormat("%.4f ± %.4f", scheme.perplexity(),
                               scheme.perplexity_stderr()),
               PercentText(GapOf(scheme))};
    if (has_items) {
      const TaskAccuracy accuracy = AccuracyOf(scheme);
      row.push_back(
          AccuracyText(accuracy.accuracy, accuracy.low, accuracy.high));
      row.push_back(PointsText(
          {scheme.accuracy_gap_points(), scheme.accuracy_gap_stderr_points()}));
      row.push_back(absl::StrFormat("%s (%s, %s)",
                                    Thousands(scheme.prediction_flips()),
                                    Thousands(scheme.flips_to_right()),
                                    Thousands(scheme.flips_to_wrong())));
      row.push_back(scheme.has_mcnemar_p_value()
                        ? absl::StrFormat("%.2g", scheme.mcnemar_p_value())
                        : "–");
    }
    row.push_back(FrontierText(scheme));
    rows.push_back(row);
  }
  Row header = {"scheme", "bits/weight", "bytes", "perplexity",
                absl::StrCat("gap to ", results.reference_scheme())};
  if (has_items) {
    header.insert(header.end(),
                  {std::string(TaskOf(results).name), "accuracy gap, points",
                   "flips (to right, to wrong)", "McNemar p"});
  }
  header.push_back("frontier");
  return absl::StrCat(
      "## Results\n\n", MarkdownTable(header, rows),
      "\n± is one standard error: of a perplexity over the evaluation windows, "
      "of a gap paired over the text's independent units, so it is much "
      "smaller. It covers only the sampling of the evaluation text, not the "
      "variation between models trained alike.",
      has_items ? AccuracyNote(results) : "", "\n");
}

std::string DivergenceTable(const Results& results) {
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    const auto value = [&scheme](const char* name) {
      const Metric* metric = FindMetric(scheme, name);
      return metric == nullptr ? 0 : metric->value();
    };
    const Metric* mean = FindMetric(scheme, kKlDivergence);
    if (mean == nullptr) continue;
    Row row = {Code(scheme.name()),
               MeasuredText({mean->value(), mean->standard_error()})};
    for (const char* name :
         {"kl_divergence_median_nats", "kl_divergence_p90_nats",
          "kl_divergence_p99_nats", "kl_divergence_max_nats"}) {
      row.push_back(absl::StrFormat("%.3g", value(name)));
    }
    row.push_back(absl::StrFormat("%.2f %%", 100 * value("top1_agreement")));
    row.push_back(
        absl::StrFormat("%.2f %%", 100 * value("probability_change_rms")));
    rows.push_back(row);
  }
  if (rows.empty()) return "";
  return absl::StrCat(
      "## Divergence from ", results.reference_scheme(), "\n\n",
      MarkdownTable({"scheme", "mean KL, nats", "median", "90 %", "99 %",
                     "largest", "same top-1", "Δp, RMS"},
                    rows),
      "\nKL(", Code(results.reference_scheme()),
      " ‖ scheme) of the next-token distributions over the tokens of the "
      "evaluation text. *Same top-1*: tokens at which both give the same most "
      "probable prediction. *Δp*: change of the true token's probability. The "
      "divergence needs no right answer, so it orders schemes of small losses "
      "better than perplexity does.\n");
}

std::string TextTable(const Results& results) {
  if (!results.has_num_evaluation_bytes()) return "";
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    rows.push_back({Code(scheme.name()),
                    absl::StrFormat("%.4f", scheme.perplexity()),
                    absl::StrFormat("%.5f", scheme.perplexity_per_byte()),
                    absl::StrFormat("%.2f", scheme.perplexity_per_word()),
                    absl::StrFormat("%.4f", scheme.bits_per_byte())});
  }
  return absl::StrCat(
      "## Perplexity per token, byte and word\n\n",
      MarkdownTable(
          {"scheme", "per token", "per byte", "per word", "bits per byte"},
          rows),
      "\nThe evaluation text has ", Thousands(results.num_evaluation_tokens()),
      " tokens, ", Thousands(results.num_evaluation_bytes()), " bytes and ",
      Thousands(results.num_evaluation_words()),
      " words (between white space). Per byte and per word models with other "
      "tokenizers compare; per token they don't.\n");
}

std::string ByteTable(const Results& results) {
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    const ResultBytes& bytes = scheme.bytes();
    Row row = {Code(scheme.name())};
    for (const double part :
         {bytes.weights(), bytes.scales(), bytes.biases(), bytes.layer_norm(),
          bytes.embedding(), bytes.total(), bytes.linear_only()}) {
      row.push_back(Thousands(part));
    }
    rows.push_back(row);
  }
  return absl::StrCat(
      "## Where the bytes are\n\n",
      MarkdownTable({"scheme", "weights", "scales", "biases", "LayerNorm",
                     "embedding", "total", "without embedding"},
                    rows),
      "\nBytes of the stored payloads, zero points counted with the scales. "
      "Bits per weight above are those of weights and scales over the ",
      Thousands(results.num_linear_weights()),
      " weights of the quantized Linears.\n");
}

std::string StratumTable(const Results& results) {
  if (results.schemes(0).strata().empty()) return "";
  if (TaskOf(results).field == "minimal_pair_accuracy") {
    return CategoryTable(results);
  }
  Row header = {"scheme"};
  for (const StratumResult& stratum : results.schemes(0).strata()) {
    if (stratum.tense() != "all") continue;
    header.push_back(
        absl::StrCat(absl::StrReplaceAll(stratum.stratum(), {{"_", " "}}), " (",
                     Thousands(stratum.items()), " items)"));
  }
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    Row row = {Code(scheme.name())};
    for (const StratumResult& stratum : scheme.strata()) {
      if (stratum.tense() != "all") continue;
      row.push_back(AccuracyText(stratum.accuracy(), stratum.accuracy_low(),
                                 stratum.accuracy_high()));
    }
    rows.push_back(row);
  }
  return absl::StrCat("## Accuracy per stratum\n\n",
                      MarkdownTable(header, rows),
                      "\n`results.json` splits each stratum by tense.\n");
}

std::string ProxyLossTable(const Sweep& sweep) {
  const std::vector<LossColumn> columns = LossColumns(sweep);
  if (columns.empty()) return "";
  Row header = {"Linear", "[out, in]"};
  for (const LossColumn& column : columns) {
    header.push_back(absl::StrJoin(column.names, "<br>"));
  }
  const bool has_sequential =
      std::any_of(sweep.measurements.begin(), sweep.measurements.end(),
                  [](const Measurement& m) { return m.scheme().sequential(); });
  std::vector<Row> rows;
  const Measurement& reference = sweep.measurements[sweep.reference];
  for (int i = 0; i < reference.linears_size(); ++i) {
    const LinearQuality& linear = reference.linears(i);
    Row row = {Code(linear.name()),
               absl::StrFormat("[%d, %d]", linear.out_features(),
                               linear.in_features())};
    for (const LossColumn& column : columns) row.push_back(LossCell(column, i));
    rows.push_back(row);
  }
  return absl::StrCat(
      "## Proxy losses, RTN → GPTQ\n\n", MarkdownTable(header, rows),
      "\nThe share of a Linear's output energy that quantization changes on "
      "the calibration text, tr((W-Q) H (W-Q)ᵀ) / tr(W H Wᵀ), by rounding to "
      "nearest and, where a scheme of the column uses it, by GPTQ on the same "
      "grid.",
      has_sequential ? " A sequential scheme's H sees the blocks before it "
                       "quantized: its losses do not compare with the others'."
                     : "",
      "\n");
}

}  // namespace quant_curve
