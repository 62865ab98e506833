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
      ->add_dominated_by("fp32");
  return results;
}

TEST(ResultsTableTest, ColumnsAreAligned) {
  EXPECT_EQ(
      ResultsTable(TwoSchemes()),
      "   scheme              bytes      ppl        gap  accuracy  verdict\n"
      "1  fp32               414720   4.8400    +0.00 %    97.2 %  frontier\n"
      "2  int4_per_group_64   65536  14.9352  +201.97 %    97.2 %  beaten by "
      "1\n");
}

TEST(ResultsTableTest, WithoutItemsThereIsNoAccuracy) {
  Results results = TwoSchemes();
  results.set_num_headline_items(0);
  EXPECT_EQ(ResultsTable(results).find("97.2"), std::string::npos);
  EXPECT_EQ(ResultsTable(results).find("accuracy"), std::string::npos);
}

TEST(ResultsTableTest, TheDecisionIsALineWithItsReasons) {
  Results results = TwoSchemes();
  EXPECT_EQ(DecisionLines(results),
            "no decision: the evaluation text is too short\n");
  Decision& decision = *results.mutable_decision();
  decision.set_scheme("int4_per_group_64");
  decision.set_metric("perplexity_gap_percent");
  decision.set_margin(1);
  decision.set_bytes(65536);
  decision.set_value(0.5);
  decision.set_upper_bound(0.75);
  decision.set_splits(20);
  decision.set_splits_chosen(19);
  decision.set_splits_confirmed(18);
  decision.add_reasons("Because.");
  EXPECT_EQ(DecisionLines(results),
            "ship int4_per_group_64: 65536 bytes, perplexity gap +0.5 %, at "
            "most +0.75 % (margin +1 %)\n"
            "  chosen by 19 of 20 random halves of the text, confirmed by the "
            "other half in 18\n"
            "  Because.\n");
  decision.set_scheme("a_scheme_with_a_name_of_forty_five_characters");
  EXPECT_EQ(DecisionLines(results).find(
                "ship a_scheme_with_a_name_of_forty_five_characters: 65536 "
                "bytes, perplexity gap +0.5 %, at most\n    +0.75 % (margin +1 "
                "%)\n"),
            0);
  decision.set_scheme("int4_per_group_64");
  EXPECT_NE(ResultsTable(results).find("%  ship\n"), std::string::npos);
}

}  // namespace
}  // namespace quant_curve
