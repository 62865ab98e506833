#include "tools/publish/results_table.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

SchemeResult* AddScheme(const std::string& name, double bits, double bytes,
                        double perplexity, double gap, Results& results) {
  SchemeResult* scheme = results.add_schemes();
  scheme->set_name(name);
  scheme->set_bits_per_weight(bits);
  scheme->mutable_bytes()->set_total(bytes);
  scheme->set_perplexity(perplexity);
  scheme->set_perplexity_gap_percent(gap);
  scheme->set_verb_tense_accuracy(0.972);
  return scheme;
}

Results TwoSchemes() {
  Results results;
  results.set_num_headline_items(2400);
  AddScheme("fp32", 32, 414720, 4.84, 0, results)->set_on_frontier(true);
  AddScheme("int4_per_group_64", 4.25, 65536, 14.9352, 201.97, results)
      ->add_dominated_by("gptq");
  return results;
}

TEST(ResultsTableTest, ColumnsAreAligned) {
  EXPECT_EQ(
      ResultsTable(TwoSchemes()),
      "scheme             bits/weight   bytes  perplexity        gap  accuracy"
      "  frontier\n"
      "fp32                     32.00  414720      4.8400    +0.00 %    97.2 %"
      "  *\n"
      "int4_per_group_64         4.25   65536     14.9352  +201.97 %    97.2 %"
      "  dominated by gptq\n");
}

TEST(ResultsTableTest, WithoutClozeItemsAccuracyIsADash) {
  Results results = TwoSchemes();
  results.set_num_headline_items(0);
  EXPECT_EQ(ResultsTable(results).find("97.2"), std::string::npos);
}

}  // namespace
}  // namespace quant_curve
