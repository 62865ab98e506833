#include "lib/measurement/task.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(TaskTest, VerbsAreNamedAsTheContractHasThem) {
  Results results;
  results.set_num_headline_items(10);
  results.add_schemes()->set_verb_tense_accuracy(0.5);
  EXPECT_EQ(TaskOf(results).field, "verb_tense_accuracy");
  EXPECT_EQ(AccuracyOf(results.schemes(0)).accuracy, 0.5);
}

TEST(TaskTest, MinimalPairsHaveTheirOwnName) {
  Results results;
  results.set_num_headline_items(10);
  SchemeResult& scheme = *results.add_schemes();
  scheme.set_minimal_pair_accuracy(0.7);
  scheme.set_minimal_pair_accuracy_low(0.6);
  scheme.set_minimal_pair_accuracy_high(0.8);
  EXPECT_EQ(TaskOf(results).field, "minimal_pair_accuracy");
  EXPECT_EQ(AccuracyOf(scheme).low, 0.6);
  EXPECT_EQ(AccuracyOf(scheme).high, 0.8);
}

TEST(TaskTest, WithoutItemsThereIsNoTask) {
  Results results;
  results.add_schemes();
  EXPECT_EQ(TaskOf(results).field, "");
}

}  // namespace
}  // namespace quant_curve
