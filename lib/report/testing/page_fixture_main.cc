// Writes what page_test.mjs looks at: a page with everything that a page can
// have, and what C++ would ship for many margins and budgets.
//
//   page_fixture FOLDER
//
// FOLDER/report.html; FOLDER/choices.txt with a line per case: margin, byte
// budget, and the index of the scheme to ship, -1 for none.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/report/page.h"
#include "lib/statistics/decision.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {
namespace {

struct FixtureScheme {
  std::string name;
  double bytes;
  double gap;  // percent; its error is a tenth of it
  double bound;
  double accuracy;
  double tokens_per_second;  // 0: not timed
};

// Equal bytes and equal bounds, so that ties are decided; a name that would be
// a script, were it not escaped; a gap below zero.
std::vector<FixtureScheme> FixtureSchemes() {
  return {{"fp32", 400000, 0, 0, 0.971, 900},
          {"fp16", 200000, -0.0004, 0.0011, 0.971, 1100},
          {"int8_per_channel", 102400, 0.046, 0.064, 0.970, 2100},
          {"int8_per_tensor", 102000, 0.24, 0.28, 0.969, 2150},
          {"int4_a", 56000, 0.9, 1, 0.962, 2600},
          {"int4_b", 56000, 0.8, 0.95, 0.964, 2590},
          {"int4_c", 56000, 0.85, 0.95, 0.963, 0},
          {"</script><img src=x onerror=alert(1)>\"'&`", 48000, 6.3, 6.7, 0.94,
           2500},
          {"int3", 44000, 38, 40.4, 0.86, 2300},
          {"int2", 36000, 290, 310, 0.31, 2400}};
}

void FillScheme(const FixtureScheme& from, SchemeResult& scheme) {
  scheme.set_name(from.name);
  scheme.mutable_bytes()->set_total(from.bytes);
  scheme.set_bits_per_weight(from.bytes / 12500);
  scheme.set_verb_tense_accuracy(from.accuracy);
  scheme.set_verb_tense_accuracy_low(from.accuracy - 0.01);
  scheme.set_verb_tense_accuracy_high(from.accuracy + 0.01);
  Metric& gap = *scheme.add_metrics();
  gap.set_name("perplexity_gap_percent");
  gap.set_value(from.gap);
  gap.set_standard_error(std::abs(from.gap) / 10);
  if (from.gap != 0) {
    Metric& divergence = *scheme.add_metrics();
    divergence.set_name("kl_divergence_mean_nats");
    divergence.set_value(std::abs(from.gap) / 80);
    divergence.set_standard_error(std::abs(from.gap) / 4000);
  }
  Confidence& confidence = *scheme.mutable_confidence();
  confidence.set_upper_bound(from.bound);
  confidence.set_resolved_loss(std::abs(from.gap) / 4);
  confidence.set_frontier_probability(from.gap < 1 ? 0.9 : 0.05);
  confidence.set_rank_low(1);
  confidence.set_rank_high(4);
  confidence.set_group_letters("ab");
}

Results FixtureResults() {
  Results results;
  results.set_experiment("page_test");
  results.set_reference_scheme("fp32");
  results.set_num_headline_items(600);
  for (const FixtureScheme& from : FixtureSchemes()) {
    FillScheme(from, *results.add_schemes());
  }
  for (const int i : {2, 3, 5, 7, 8, 9}) {
    results.mutable_schemes(i)->set_on_frontier(true);
  }
  for (const int i : {0, 1, 4, 6}) {
    results.mutable_schemes(i)->add_dominated_by(
        results.schemes(i < 2 ? 2 : 7).name());
  }
  results.mutable_sampling()->set_unit("document");
  results.mutable_sampling()->set_units(1200);
  Decision& decision = *results.mutable_decision();
  decision.set_scheme("int4_b");
  decision.set_metric("perplexity_gap_percent");
  decision.set_margin(1);
  decision.set_meets_margin(true);
  decision.set_value(0.8);
  decision.set_standard_error(0.08);
  decision.set_upper_bound(0.95);
  decision.set_bytes(56000);
  decision.add_reasons(
      "6 of 10 schemes have an upper bound below +1 %, and this is the "
      "smallest of them.");
  return results;
}

Speed FixtureSpeed() {
  Speed speed;
  speed.set_reference_scheme("fp32");
  speed.add_busy_signs("Other processes ran 12 % of the time.");
  for (const FixtureScheme& from : FixtureSchemes()) {
    if (from.tokens_per_second == 0) continue;
    SchemeSpeed& scheme = *speed.add_schemes();
    scheme.set_name(from.name);
    scheme.set_tokens_per_second(from.tokens_per_second);
    scheme.set_tokens_per_second_low(0.97 * from.tokens_per_second);
    scheme.set_tokens_per_second_high(1.02 * from.tokens_per_second);
    scheme.set_speedup(from.tokens_per_second / 900);
  }
  return speed;
}

// Every bound and every size, and values next to them.
std::string Choices() {
  std::vector<Estimate> losses;
  std::vector<double> bounds, bytes;
  std::vector<double> margins = {0.0001, 0.01, 0.5, 2, 1000};
  std::vector<double> budgets = {0, 1, 50000, 1e6};
  for (const FixtureScheme& scheme : FixtureSchemes()) {
    losses.push_back({scheme.gap, 0});
    bounds.push_back(scheme.bound);
    bytes.push_back(scheme.bytes);
    if (scheme.bound > 0) margins.push_back(scheme.bound);
    margins.push_back(scheme.bound + 0.001);
    budgets.push_back(scheme.bytes);
    budgets.push_back(scheme.bytes - 1);
  }
  std::string lines;
  for (const double margin : margins) {
    for (const double budget : budgets) {
      absl::StrAppendFormat(
          &lines, "%.17g %.17g %d\n", margin, budget,
          SchemeToShip(losses, bounds, bytes, margin, budget));
    }
  }
  return lines;
}

int Run(const std::string& folder) {
  const Speed speed = FixtureSpeed();
  const std::string page =
      ReportPage(FixtureResults(), &speed,
                 {"A title with <b>, & and \"quotes\"",
                  "bazel run //pipelines:quant_curve && echo '<done>'",
                  {{"results.json", std::string(64, 'a')},
                   {"model of fp32", std::string(64, 'b')}}});
  std::ofstream(absl::StrCat(folder, "/report.html")) << page;
  std::ofstream choices(absl::StrCat(folder, "/choices.txt"));
  choices << Choices();
  choices.close();
  return choices.good() ? 0 : 1;
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: page_fixture FOLDER\n");
    return 2;
  }
  return quant_curve::Run(argv[1]);
}
