#include "tools/evaluate/evaluate_model.h"

#include <string>
#include <vector>

#include "hwy/targets.h"
#include "lib/artifact/status_matchers.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

// Three windows of eight tokens and two items.
Corpus SmallCorpus() {
  Corpus corpus;
  for (uint32_t i = 0; i < 24; ++i) {
    corpus.mutable_evaluation()->add_tokens(i * 7 % 64);
  }
  for (const Stratum stratum : {HELD_OUT_FORM, UNSEEN_STEM}) {
    ClozeItem& item = *corpus.add_items();
    item.set_stratum(stratum);
    item.set_tense(PAST);
    item.add_prefix(stratum);
    for (uint32_t candidate = 0; candidate < 5; ++candidate) {
      item.add_candidates()->add_tokens(10 + candidate);
    }
  }
  return corpus;
}

absl::StatusOr<Measurement> Evaluate(const std::string& scheme) {
  QuantizedModel model = TestModel(MiniGptConfig(), scheme);
  *model.mutable_bytes() = ComputeByteAccount(model).value();
  ThreadPool threads(2);
  return EvaluateModel(model, SmallCorpus(), 8, threads, [](int64_t) {});
}

TEST(EvaluateModelTest, EveryTokenAndCandidateIsScored) {
  ASSERT_OK_AND_ASSIGN(const Measurement m, Evaluate("int4_per_group_64"));
  EXPECT_EQ(m.token_log_likelihood_nats_size(), 24);
  EXPECT_EQ(m.candidate_log_probability_nats_size(), 10);
  EXPECT_EQ(m.perplexity().num_windows(), 3);
  EXPECT_EQ(m.verb_tense_accuracy().items(), 2);
  EXPECT_EQ(m.bytes().weights(), 49152);
  EXPECT_DOUBLE_EQ(m.bits_per_weight(), 4.25);
  EXPECT_EQ(m.num_parameters(), 103680);
}

TEST(EvaluateModelTest, TheInstructionSetChangesNoByteOfAnyScheme) {
  ASSERT_OK_AND_ASSIGN(const SchemeList named, NamedSchemes());
  for (const Scheme& scheme : named.schemes()) {
    std::vector<std::string> artifacts;
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      ASSERT_OK_AND_ASSIGN(const Measurement m, Evaluate(scheme.name()));
      artifacts.push_back(m.SerializeAsString());
    }
    hwy::SetSupportedTargetsForTest(0);
    for (const auto& other : artifacts) {
      EXPECT_EQ(other, artifacts[0]) << scheme.name();
    }
  }
}

}  // namespace
}  // namespace quant_curve
