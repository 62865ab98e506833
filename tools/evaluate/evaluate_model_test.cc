#include "tools/evaluate/evaluate_model.h"

#include <string>
#include <vector>

#include "hwy/targets.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/measurement/merge_measurements.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/test_model.h"
#include "lib/sharding/merge.h"

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

Artifact<QuantizedModel> Model(const std::string& scheme) {
  Artifact<QuantizedModel> model;
  model.message = TestModel(MiniGptConfig(), scheme);
  *model.message.mutable_bytes() = ComputeByteAccount(model.message).value();
  return model;
}

absl::StatusOr<Measurement> Evaluate(const std::string& scheme) {
  ThreadPool threads(2);
  return EvaluateModel(Model(scheme), nullptr, SmallCorpus(), {8}, threads,
                       [](int64_t, int64_t) {});
}

absl::StatusOr<Measurement> EvaluatePart(const std::string& scheme,
                                         uint32_t index, uint32_t count,
                                         int num_threads) {
  ThreadPool threads(num_threads);
  return EvaluateShard(Model(scheme), nullptr, SmallCorpus(), {8},
                       MakeShard(index, count).value(), threads,
                       [](int64_t, int64_t) {});
}

TEST(EvaluateModelTest, EveryTokenAndCandidateIsScored) {
  ASSERT_OK_AND_ASSIGN(const Measurement m, Evaluate("int4_per_group_64"));
  EXPECT_THAT(m.window_tokens(), ::testing::ElementsAre(8, 8, 8));
  EXPECT_EQ(m.window_nll_nats_size(), 3);
  EXPECT_EQ(m.perplexity().num_tokens(), 24);
  EXPECT_EQ(m.candidate_log_probability_nats_size(), 10);
  EXPECT_EQ(m.perplexity().num_windows(), 3);
  EXPECT_EQ(m.verb_tense_accuracy().items(), 2);
  EXPECT_EQ(m.bytes().weights(), 49152);
  EXPECT_DOUBLE_EQ(m.bits_per_weight(), 4.25);
  EXPECT_EQ(m.num_parameters(), 103680);
}

TEST(EvaluateModelTest, TheModelIsDescribedFieldByField) {
  Artifact<QuantizedModel> model = Model("int4_per_group_64_gptq");
  // fc2 of the first block: 64 rows of 256 / 64 = 4 groups.
  QuantizedLinear& fc2 = *model.message.mutable_linears(5);
  fc2.set_has_proxy_losses(true);
  fc2.set_rtn_proxy_loss(0.5);
  fc2.set_gptq_proxy_loss(0.25);
  fc2.set_damping_used(0.125);
  ThreadPool threads(1);
  ASSERT_OK_AND_ASSIGN(const Measurement m,
                       EvaluateModel(model, nullptr, SmallCorpus(), {8},
                                     threads, [](int64_t, int64_t) {}));
  EXPECT_EQ(m.scheme().name(), "int4_per_group_64_gptq");
  EXPECT_EQ(m.bytes().SerializeAsString(),
            model.message.bytes().SerializeAsString());
  EXPECT_EQ(m.num_linear_weights(), 98304);
  EXPECT_EQ(m.num_lm_head_weights(), 64 * 64);
  ASSERT_EQ(m.linears_size(), 12);
  const LinearQuality& quality = m.linears(5);
  EXPECT_EQ(quality.name(), "h.0.mlp.fc2.weight");
  EXPECT_EQ(quality.out_features(), 64);
  EXPECT_EQ(quality.in_features(), 256);
  EXPECT_EQ(quality.num_scales(), 256);
  EXPECT_TRUE(quality.has_proxy_losses());
  EXPECT_EQ(quality.rtn_proxy_loss(), 0.5);
  EXPECT_EQ(quality.gptq_proxy_loss(), 0.25);
  EXPECT_EQ(quality.damping_used(), 0.125);
}

// Three windows and two items: seven shards leave some empty.
TEST(EvaluateModelTest, ShardsAndThreadsChangeNoByteOfTheWhole) {
  for (const char* scheme : {"int4_per_group_64", "int8_weight_activation"}) {
    ASSERT_OK_AND_ASSIGN(const Measurement whole, Evaluate(scheme));
    for (const uint32_t count : {1, 2, 3, 7}) {
      for (const int threads : {1, 3}) {
        std::vector<ShardFile<Measurement>> files;
        for (uint32_t i = 0; i < count; ++i) {
          ASSERT_OK_AND_ASSIGN(Measurement part,
                               EvaluatePart(scheme, i, count, threads));
          files.push_back({"", std::move(part)});
        }
        ASSERT_OK_AND_ASSIGN(const Measurement merged,
                             MergeMeasurements(std::move(files)));
        EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString())
            << count << " shards, " << threads << " threads";
      }
    }
  }
}

TEST(EvaluateModelTest, OfDocumentsEveryTokenIsScoredAndBytesAreCounted) {
  Corpus corpus = SmallCorpus();
  corpus.mutable_bpe_tokenizer()->set_bos_id(1);
  corpus.clear_items();
  for (const uint64_t tokens : {11, 13}) {
    Document& document = *corpus.mutable_evaluation()->add_documents();
    document.set_num_tokens(tokens);
    document.set_num_bytes(4 * tokens);
    document.set_num_words(tokens - 1);
  }
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const Measurement m,
                       EvaluateModel(Model("int8_per_channel"), nullptr, corpus,
                                     {8}, threads, [](int64_t, int64_t) {}));
  EXPECT_THAT(m.window_tokens(), ::testing::ElementsAre(8, 3, 8, 5));
  EXPECT_EQ(m.perplexity().num_tokens(), 24);
  EXPECT_EQ(m.num_text_bytes(), 96);
  EXPECT_EQ(m.num_text_words(), 22);
  EXPECT_NEAR(m.text_perplexity().bits_per_byte(),
              m.perplexity().mean_nll_nats() / 4 / 0.6931471805599453, 1e-12);
  EXPECT_FALSE(m.has_verb_tense_accuracy());
}

// Of documents of 11 and 13 tokens only the first is within 20 tokens.
TEST(EvaluateModelTest, ALimitLeavesWholeDocumentsAndTheirBytes) {
  Corpus corpus = SmallCorpus();
  corpus.mutable_bpe_tokenizer()->set_bos_id(1);
  for (const uint64_t tokens : {11, 13}) {
    Document& document = *corpus.mutable_evaluation()->add_documents();
    document.set_num_tokens(tokens);
    document.set_num_bytes(4 * tokens);
    document.set_num_words(tokens - 1);
  }
  ThreadPool threads(2);
  const auto evaluate = [&](const EvaluationChoice& choice) {
    return EvaluateModel(Model("int8_per_channel"), nullptr, corpus, choice,
                         threads, IgnoreProgress);
  };
  ASSERT_OK_AND_ASSIGN(const Measurement all, evaluate({8}));
  ASSERT_OK_AND_ASSIGN(const Measurement limited, evaluate({8, 20}));
  EXPECT_THAT(limited.window_tokens(), ::testing::ElementsAre(8, 3));
  EXPECT_EQ(limited.window_nll_nats(0), all.window_nll_nats(0));
  EXPECT_EQ(limited.window_nll_nats(1), all.window_nll_nats(1));
  EXPECT_EQ(limited.num_text_bytes(), 44);
  EXPECT_EQ(limited.num_text_words(), 10);
  // The items are not limited.
  EXPECT_EQ(limited.candidate_log_probability_nats_size(), 10);

  corpus.clear_items();
  ASSERT_OK_AND_ASSIGN(const Measurement cut, evaluate({4, 8}));
  EXPECT_THAT(cut.window_tokens(), ::testing::ElementsAre(4, 4));
  EXPECT_EQ(cut.num_text_bytes(), 0);
  EXPECT_FALSE(cut.has_text_perplexity());
}

TEST(EvaluateModelTest, ShardsShareTheWindowsWithinTheLimit) {
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(
      const Measurement whole,
      EvaluateModel(Model("int8_per_channel"), nullptr, SmallCorpus(), {4, 13},
                    threads, IgnoreProgress));
  EXPECT_THAT(whole.window_tokens(), ::testing::ElementsAre(4, 4, 4));
  std::vector<ShardFile<Measurement>> files;
  for (uint32_t i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(
        Measurement part,
        EvaluateShard(Model("int8_per_channel"), nullptr, SmallCorpus(),
                      {4, 13}, MakeShard(i, 2).value(), threads,
                      IgnoreProgress));
    files.push_back({"", std::move(part)});
  }
  ASSERT_OK_AND_ASSIGN(const Measurement merged,
                       MergeMeasurements(std::move(files)));
  EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString());
}

TEST(EvaluateModelTest, AShardHoldsItsOwnScoresAndNoSummaries) {
  ASSERT_OK_AND_ASSIGN(const Measurement part,
                       EvaluatePart("int4_per_group_64", 1, 2, 1));
  EXPECT_EQ(part.window_tokens_size(), 2);
  EXPECT_EQ(part.items_size(), 1);
  EXPECT_EQ(part.items(0).stratum(), UNSEEN_STEM);
  EXPECT_EQ(part.candidate_log_probability_nats_size(), 5);
  EXPECT_FALSE(part.has_perplexity());
}

TEST(EvaluateModelTest, ShardsOfDifferentSchemesAreRefused) {
  std::vector<ShardFile<Measurement>> files;
  files.push_back({"a", EvaluatePart("int4_per_group_64", 0, 2, 1).value()});
  files.push_back({"b", EvaluatePart("int8_per_channel", 1, 2, 1).value()});
  EXPECT_THAT(MergeMeasurements(std::move(files)),
              FailsSaying("a and b: shards of different runs"));
}

// GELU of 60000 is 60000; 256 of them times 0.25 are beyond float16.
TEST(EvaluateModelTest, AnOverflowNamesSchemeWindowAndLinear) {
  Artifact<QuantizedModel> model = Model("fp16");
  for (Tensor& tensor : *model.message.mutable_others()) {
    if (tensor.name() != "h.1.mlp.fc1.bias") continue;
    tensor = MakeFloat16(tensor.name(), {256}, std::vector<float>(256, 6e4f));
  }
  ThreadPool threads(2);
  EXPECT_THAT(
      EvaluateModel(model, nullptr, SmallCorpus(), {8}, threads,
                    [](int64_t, int64_t) {}),
      FailsSaying("scheme 'fp16': window 0 has no score: the output of "
                  "h.1.mlp.fc2 with the residual stream is beyond float16's"));
}

// The message names the file before; nothing is computed.
TEST(EvaluateModelTest, OneWindowIsRefusedBeforeTheWorkWithWhatMakesTwo) {
  const auto refusal = [](int tokens, bool document) {
    Corpus corpus;
    corpus.mutable_evaluation()->mutable_tokens()->Resize(tokens, 1);
    if (document) {
      corpus.mutable_evaluation()->add_documents()->set_num_tokens(tokens);
    }
    ThreadPool threads(1);
    return EvaluateModel(Model("fp32"), nullptr, corpus, {8}, threads,
                         [](int64_t, int64_t) { FAIL() << "work was done"; });
  };
  EXPECT_THAT(refusal(7, true),
              FailsSaying("one window of 7 tokens, and a standard error needs "
                          "two windows; --window_tokens=4 makes two"));
  EXPECT_THAT(refusal(13, false),
              FailsSaying("one window of 8 tokens, and a standard error needs "
                          "two windows; --window_tokens=6 makes two"));
  EXPECT_THAT(refusal(1, true), FailsSaying("two windows; use a longer text"));
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

const Metric& Find(const Measurement& m, const std::string& name) {
  for (const Metric& metric : m.metrics()) {
    if (metric.name() == name) return metric;
  }
  ADD_FAILURE() << "no metric " << name;
  return Metric::default_instance();
}

// TestModel's embedding rows are all equal, and so are its logits. Here they
// differ.
Artifact<QuantizedModel> VariedModel(const std::string& scheme) {
  Artifact<QuantizedModel> model = Model(scheme);
  for (Tensor& tensor : *model.message.mutable_others()) {
    if (tensor.shape_size() != 2) continue;
    const Shape shape(tensor.shape().begin(), tensor.shape().end());
    std::vector<float> values;
    for (uint64_t i = 0; i < shape[0] * shape[1]; ++i) {
      values.push_back(0.01f * static_cast<float>(i * 37 % 101) - 0.5f);
    }
    tensor = tensor.dtype() == FLOAT16
                 ? MakeFloat16(tensor.name(), shape, values)
                 : MakeFloat32(tensor.name(), shape, values);
  }
  return model;
}

// A canary for the whole path: a model next to itself.
TEST(EvaluateModelTest, AModelDoesNotDivergeFromItself) {
  const Artifact<QuantizedModel> model = VariedModel("int4_per_group_64");
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const Measurement m,
                       EvaluateModel(model, &model, SmallCorpus(), {8}, threads,
                                     IgnoreProgress));
  for (const char* name :
       {"kl_divergence_mean_nats", "kl_divergence_median_nats",
        "kl_divergence_p99_nats", "kl_divergence_max_nats",
        "probability_change_rms", "probability_change_mean"}) {
    EXPECT_EQ(Find(m, name).value(), 0) << name;
  }
  EXPECT_EQ(Find(m, "top1_agreement").value(), 1);
}

TEST(EvaluateModelTest, AReferenceChangesNoScore) {
  const Artifact<QuantizedModel> reference = VariedModel("fp32");
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(
      Measurement m,
      EvaluateModel(VariedModel("int4_per_group_64"), &reference, SmallCorpus(),
                    {8}, threads, IgnoreProgress));
  EXPECT_GT(Find(m, "kl_divergence_mean_nats").value(), 0);
  m.clear_divergence();
  m.mutable_metrics()->DeleteSubrange(1, m.metrics_size() - 1);
  ASSERT_OK_AND_ASSIGN(
      const Measurement without,
      EvaluateModel(VariedModel("int4_per_group_64"), nullptr, SmallCorpus(),
                    {8}, threads, IgnoreProgress));
  EXPECT_EQ(m.SerializeAsString(), without.SerializeAsString());
}

TEST(EvaluateModelTest, ShardsOfADivergenceMakeTheWhole) {
  const Artifact<QuantizedModel> reference = VariedModel("fp32");
  const Artifact<QuantizedModel> model = VariedModel("int4_per_group_64");
  Corpus corpus = SmallCorpus();
  for (const uint32_t tokens : {6, 10, 8}) {
    Document& document = *corpus.mutable_evaluation()->add_documents();
    document.set_num_tokens(tokens);
    document.set_num_bytes(30);
    document.set_num_words(7);
  }
  const EvaluationChoice choice = {4, 0};
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const Measurement whole,
                       EvaluateModel(model, &reference, corpus, choice, threads,
                                     IgnoreProgress));
  EXPECT_THAT(whole.window_documents(),
              ::testing::ElementsAre(0, 0, 1, 1, 1, 2, 2));
  EXPECT_EQ(Find(whole, "kl_divergence_mean_nats").documents(), 3);
  std::vector<ShardFile<Measurement>> files;
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(
        Measurement part,
        EvaluateShard(model, &reference, corpus, choice,
                      MakeShard(i, 3).value(), threads, IgnoreProgress));
    files.push_back({"part" + std::to_string(i), std::move(part)});
  }
  ASSERT_OK_AND_ASSIGN(const Measurement merged,
                       MergeMeasurements(std::move(files)));
  EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString());
}

TEST(EvaluateModelTest, AReferenceOfAnotherCheckpointIsRefused) {
  Artifact<QuantizedModel> reference = VariedModel("fp32");
  reference.message.set_checkpoint_sha256(std::string(32, 'x'));
  ThreadPool threads(1);
  EXPECT_THAT(EvaluateModel(VariedModel("fp16"), &reference, SmallCorpus(), {8},
                            threads, IgnoreProgress),
              FailsSaying("scheme 'fp32', has other weights; quantize both "
                          "from one checkpoint"));
}

TEST(EvaluateModelTest, AReferenceOfAnotherArchitectureIsRefused) {
  Artifact<QuantizedModel> reference = VariedModel("fp32");
  reference.message.mutable_config()->set_layer_norm_epsilon(1e-3f);
  ThreadPool threads(1);
  EXPECT_THAT(EvaluateModel(VariedModel("fp32"), &reference, SmallCorpus(), {8},
                            threads, IgnoreProgress),
              FailsSaying("another architecture"));
}

}  // namespace
}  // namespace quant_curve
