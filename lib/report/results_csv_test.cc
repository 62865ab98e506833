#include "lib/report/results_csv.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// 0.1 needs 17 digits or its shortest form.
TEST(ResultsCsvTest, EachSchemeIsARowWithItsMetrics) {
  Results results;
  results.set_num_headline_items(10);
  results.mutable_decision()->set_scheme("int4");
  SchemeResult& fp32 = *results.add_schemes();
  fp32.set_name("fp32");
  fp32.mutable_bytes()->set_total(4096);
  fp32.set_bits_per_weight(32);
  fp32.set_verb_tense_accuracy(0.1);
  SchemeResult& int4 = *results.add_schemes();
  int4.set_name("int4");
  int4.mutable_bytes()->set_total(1024);
  int4.set_bits_per_weight(4.25);
  int4.set_on_frontier(true);
  int4.set_verb_tense_accuracy(0.5);
  int4.mutable_confidence()->set_upper_bound(0.625);
  int4.mutable_confidence()->set_frontier_probability(1);
  int4.mutable_confidence()->set_group_letters("ab");
  Metric* gap = int4.add_metrics();
  gap->set_name("perplexity_gap_percent");
  gap->set_value(-0.5);
  gap->set_standard_error(0.25);
  Metric* largest = int4.add_metrics();
  largest->set_name("kl_divergence_max_nats");
  largest->set_value(1e-7);
  EXPECT_EQ(ResultsCsv(results),
            "scheme,bytes,bits_per_weight,on_frontier,shipped,accuracy,"
            "upper_bound,frontier_probability,group,perplexity_gap_percent,"
            "perplexity_gap_percent_stderr,kl_divergence_max_nats\n"
            "fp32,4096,32,0,0,0.1,,,,,,\n"
            "int4,1024,4.25,1,1,0.5,0.625,1,ab,-0.5,0.25,1e-07\n");
}

TEST(ResultsCsvTest, WithoutItemsThereIsNoAccuracyAndNamesAreQuoted) {
  Results results;
  results.add_schemes()->set_name("a,\"b\"");
  EXPECT_EQ(ResultsCsv(results),
            "scheme,bytes,bits_per_weight,on_frontier,shipped,accuracy,"
            "upper_bound,frontier_probability,group\n"
            "\"a,\"\"b\"\"\",0,0,0,0,,,,\n");
}

}  // namespace
}  // namespace quant_curve
