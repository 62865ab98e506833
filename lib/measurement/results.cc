#include "lib/measurement/results.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/statistics.h"
#include "lib/statistics/flips.h"

namespace quant_curve {
namespace {

void FillBytes(const ByteAccount& account, ResultBytes& bytes) {
  bytes.set_weights(account.weights());
  bytes.set_scales(account.scales());
  bytes.set_biases(account.biases());
  bytes.set_layer_norm(account.layer_norm());
  bytes.set_embedding(account.embedding());
  bytes.set_total(account.total());
  bytes.set_linear_only(account.linear_only());
}

void AddStratum(const AccuracyCell& cell, SchemeResult& scheme) {
  StratumResult* stratum = scheme.add_strata();
  stratum->set_stratum(absl::AsciiStrToLower(Stratum_Name(cell.stratum())));
  stratum->set_tense(cell.tense() == TENSE_UNSPECIFIED
                         ? "all"
                         : absl::AsciiStrToLower(Tense_Name(cell.tense())));
  if (!cell.category().empty()) stratum->set_category(cell.category());
  stratum->set_accuracy(cell.accuracy().accuracy());
  stratum->set_accuracy_low(cell.accuracy().wilson_low());
  stratum->set_accuracy_high(cell.accuracy().wilson_high());
  stratum->set_items(cell.accuracy().items());
}

void FillAccuracy(const Measurement& measurement, SchemeResult& scheme) {
  if (measurement.has_verb_tense_accuracy()) {
    const Accuracy& accuracy = measurement.verb_tense_accuracy();
    scheme.set_verb_tense_accuracy(accuracy.accuracy());
    scheme.set_verb_tense_accuracy_low(accuracy.wilson_low());
    scheme.set_verb_tense_accuracy_high(accuracy.wilson_high());
  }
  if (measurement.has_minimal_pair_accuracy()) {
    const Accuracy& accuracy = measurement.minimal_pair_accuracy();
    scheme.set_minimal_pair_accuracy(accuracy.accuracy());
    scheme.set_minimal_pair_accuracy_low(accuracy.wilson_low());
    scheme.set_minimal_pair_accuracy_high(accuracy.wilson_high());
  }
}

void FillTextPerplexity(const Measurement& measurement, SchemeResult& scheme) {
  if (!measurement.has_text_perplexity()) return;
  const TextPerplexity& text = measurement.text_perplexity();
  scheme.set_perplexity_per_byte(text.per_byte());
  scheme.set_perplexity_per_word(text.per_word());
  scheme.set_bits_per_byte(text.bits_per_byte());
}

SchemeResult MakeSchemeResult(const Measurement& measurement,
                              const PairedComparison& paired) {
  SchemeResult scheme;
  scheme.set_name(measurement.scheme().name());
  scheme.set_perplexity(measurement.perplexity().perplexity());
  scheme.set_perplexity_stderr(measurement.perplexity().perplexity_stderr());
  scheme.set_perplexity_gap_percent(paired.perplexity_gap_percent());
  scheme.set_perplexity_gap_stderr_percent(
      paired.perplexity_gap_stderr_percent());
  FillAccuracy(measurement, scheme);
  FillTextPerplexity(measurement, scheme);
  FillBytes(measurement.bytes(), *scheme.mutable_bytes());
  scheme.set_bits_per_weight(measurement.bits_per_weight());
  scheme.set_prediction_flips(paired.flips());
  scheme.set_flips_to_right(paired.flips_to_right());
  scheme.set_flips_to_wrong(paired.flips_to_wrong());
  const Estimate accuracy_gap = PairedShareGap(
      paired.items(), paired.flips_to_right(), paired.flips_to_wrong());
  scheme.set_accuracy_gap_points(100 * accuracy_gap.value);
  scheme.set_accuracy_gap_stderr_points(100 * accuracy_gap.standard_error);
  if (paired.items() > 0 &&
      paired.reference_scheme() != measurement.scheme().name()) {
    scheme.set_mcnemar_p_value(McNemarPValue(
        {paired.items(), paired.flips_to_right(), paired.flips_to_wrong()}));
  }
  scheme.set_mean_margin_nats(measurement.mean_margin_nats());
  scheme.set_mean_margin_change_nats(paired.mean_margin_change_nats());
  for (const AccuracyCell& cell : measurement.cells()) AddStratum(cell, scheme);
  *scheme.mutable_metrics() = measurement.metrics();
  return scheme;
}

}  // namespace

absl::StatusOr<Results> MakeResults(const Sweep& sweep,
                                    absl::string_view experiment,
                                    const VerdictOptions& options) {
  const Measurement& reference = sweep.measurements[sweep.reference];
  Results results;
  results.set_experiment(std::string(experiment));
  results.set_reference_scheme(reference.scheme().name());
  results.set_num_parameters(reference.num_parameters());
  results.set_num_linear_weights(reference.num_linear_weights());
  results.set_num_evaluation_tokens(reference.perplexity().num_tokens());
  results.set_num_headline_items(reference.verb_tense_accuracy().items() +
                                 reference.minimal_pair_accuracy().items());
  if (reference.has_text_perplexity()) {
    results.set_num_evaluation_bytes(reference.num_text_bytes());
    results.set_num_evaluation_words(reference.num_text_words());
  }
  if (reference.num_candidates() > 0) {
    results.set_chance_accuracy(1.0 / reference.num_candidates());
  }
  for (const Measurement& measurement : sweep.measurements) {
    ASSIGN_OR_RETURN(const PairedComparison paired,
                     Compare(measurement, reference));
    *results.add_schemes() = MakeSchemeResult(measurement, paired);
  }
  RETURN_IF_ERROR(AddVerdict(sweep, options, results));
  return results;
}

const SchemeResult& ReferenceOf(const Results& results) {
  for (const SchemeResult& scheme : results.schemes()) {
    if (scheme.name() == results.reference_scheme()) return scheme;
  }
  return SchemeResult::default_instance();
}

const Metric* FindMetric(const SchemeResult& scheme, absl::string_view name) {
  for (const Metric& metric : scheme.metrics()) {
    if (metric.name() == name) return &metric;
  }
  return nullptr;
}

std::vector<int> FrontierOrder(const Results& results) {
  std::vector<int> order;
  for (int i = 0; i < results.schemes_size(); ++i) {
    if (results.schemes(i).on_frontier()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&results](int a, int b) {
    return results.schemes(a).bytes().total() <
           results.schemes(b).bytes().total();
  });
  return order;
}

}  // namespace quant_curve
