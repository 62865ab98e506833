#include "tools/evaluate/score.h"

#include <cmath>

#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

constexpr uint32_t kSeparator = 0;

class ScoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = TinyConfig();
    parameters_ = TinyParameters(config_, 3);
    model_ = MakeModel(config_);
    SetParameters(std::vector<float>(parameters_.begin(), parameters_.end()),
                  model_);
    corpus_.mutable_tokenizer()->set_separator_id(kSeparator);
    AddItem({1, 2}, {{3}, {4, 5}, {6, 7, 8}}, {9});
    AddItem({}, {{10, 10}, {2}, {3}}, {});
  }

  void AddItem(const std::vector<uint32_t>& prefix,
               const std::vector<std::vector<uint32_t>>& candidates,
               const std::vector<uint32_t>& suffix) {
    ClozeItem& item = *corpus_.add_items();
    item.mutable_prefix()->Add(prefix.begin(), prefix.end());
    item.mutable_suffix()->Add(suffix.begin(), suffix.end());
    for (const auto& candidate : candidates) {
      item.add_candidates()->mutable_tokens()->Add(candidate.begin(),
                                                   candidate.end());
    }
  }

  std::vector<double> ScoreWindows(
      const std::vector<std::vector<uint32_t>>& windows, ThreadPool& threads) {
    last_done_ = 0;
    const std::vector<uint32_t> starts(windows.size(), kSeparator);
    const auto scores =
        Score(ModelReader::Of(model_), {windows, starts, corpus_}, threads,
              [this](int64_t done, int64_t total) {
                EXPECT_GT(done, last_done_);
                last_done_ = done;
                total_ = total;
              });
    return scores.ok() ? scores->window_nll : std::vector<double>();
  }

  absl::StatusOr<std::vector<float>> ScoreItems(const ShardRange& items,
                                                ThreadPool& threads) {
    ASSIGN_OR_RETURN(const Scores scores,
                     Score(ModelReader::Of(model_), {{}, {}, corpus_, items},
                           threads, IgnoreProgress));
    return scores.candidates;
  }

  // log p of `sentence` and its closing separator, by the plain reference.
  double SentenceLogProbability(std::vector<uint32_t> sentence) {
    std::vector<uint32_t> tokens = {kSeparator};
    tokens.insert(tokens.end(), sentence.begin(), sentence.end());
    sentence.push_back(kSeparator);
    return -ReferenceLoss(config_, parameters_, tokens, sentence);
  }

  ModelConfig config_;
  std::vector<double> parameters_;
  Model model_;
  Corpus corpus_;
  int64_t last_done_ = 0;
  int64_t total_ = 0;
};

TEST_F(ScoreTest, WindowsAreScoredFromASeparatorOn) {
  std::vector<std::vector<uint32_t>> windows;
  for (uint32_t i = 0; i < 11; ++i) windows.push_back({i, 3, 10 - i, 5});
  ThreadPool threads(2);
  const std::vector<double> scores = ScoreWindows(windows, threads);
  ASSERT_EQ(scores.size(), windows.size());
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto& w = windows[i];
    EXPECT_NEAR(
        scores[i],
        ReferenceLoss(config_, parameters_, {kSeparator, w[0], w[1], w[2]}, w),
        1e-4);
  }
}

// Lengths 4, 4, 2, 4 and ten of 3: five batches.
TEST_F(ScoreTest, WindowsOfDifferentLengthsAreScoredAlone) {
  std::vector<std::vector<uint32_t>> windows = {
      {1, 2, 3, 4}, {4, 3, 2, 1}, {5, 6}, {7, 8, 9, 10}};
  for (uint32_t i = 0; i < 10; ++i) windows.push_back({i, 5, 10 - i});
  ThreadPool threads(2);
  const std::vector<double> scores = ScoreWindows(windows, threads);
  ASSERT_EQ(scores.size(), windows.size());
  // Each token once per block and once in the LM head.
  EXPECT_EQ(total_, 11 * 4 * (config_.num_layers() + 1));
  EXPECT_EQ(last_done_, total_);
  for (size_t i = 0; i < windows.size(); ++i) {
    std::vector<uint32_t> input = windows[i];
    input.pop_back();
    input.insert(input.begin(), kSeparator);
    EXPECT_NEAR(scores[i],
                ReferenceLoss(config_, parameters_, input, windows[i]), 1e-4);
  }
}

TEST_F(ScoreTest, SentencesOfAMinimalPairAreScoredFromTheBeginTokenOn) {
  corpus_.Clear();
  corpus_.mutable_bpe_tokenizer()->set_bos_id(4);
  AddItem({}, {{3, 5, 7}, {6}}, {});
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> scores,
                       ScoreItems({0, 1}, threads));
  ASSERT_EQ(scores.size(), 2);
  EXPECT_NEAR(scores[0],
              -ReferenceLoss(config_, parameters_, {4, 3, 5}, {3, 5, 7}), 1e-4);
  EXPECT_NEAR(scores[1], -ReferenceLoss(config_, parameters_, {4}, {6}), 1e-4);
}

TEST_F(ScoreTest, EachWindowHasItsOwnStart) {
  const std::vector<std::vector<uint32_t>> windows = {{1, 2}, {3, 4}};
  const std::vector<uint32_t> starts = {7, 8};
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const Scores scores, Score(ModelReader::Of(model_),
                                                  {windows, starts, corpus_},
                                                  threads, IgnoreProgress));
  EXPECT_NEAR(scores.window_nll[0],
              ReferenceLoss(config_, parameters_, {7, 1}, {1, 2}), 1e-4);
  EXPECT_NEAR(scores.window_nll[1],
              ReferenceLoss(config_, parameters_, {8, 3}, {3, 4}), 1e-4);
}

TEST_F(ScoreTest, WithoutABeginTokenTheFirstOfASentenceIsNotScored) {
  corpus_.Clear();
  corpus_.mutable_bpe_tokenizer();
  AddItem({}, {{3, 5, 7}, {6, 2}}, {});
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> scores,
                       ScoreItems({0, 1}, threads));
  ASSERT_EQ(scores.size(), 2);
  EXPECT_NEAR(scores[0], -ReferenceLoss(config_, parameters_, {3, 5}, {5, 7}),
              1e-4);
  EXPECT_NEAR(scores[1], -ReferenceLoss(config_, parameters_, {6}, {2}), 1e-4);
  AddItem({}, {{3}, {5, 6}}, {});
  EXPECT_THAT(ScoreItems({0, 2}, threads),
              FailsSaying("item 1: a sentence has one token, which cannot"));
}

TEST_F(ScoreTest, ATokenBeyondTheVocabularyIsRefused) {
  AddItem({}, {{1}, {11}}, {});
  ThreadPool threads(1);
  EXPECT_THAT(ScoreItems({0, 3}, threads),
              FailsSaying("item 2: token 11: must be less than the model's"));
}

TEST_F(ScoreTest, CandidatesAreScoredAsWholeSentences) {
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> scores,
                       ScoreItems({0, corpus_.items_size()}, threads));
  const std::vector<std::vector<uint32_t>> sentences = {
      {1, 2, 3, 9}, {1, 2, 4, 5, 9}, {1, 2, 6, 7, 8, 9}, {10, 10}, {2}, {3}};
  ASSERT_EQ(scores.size(), sentences.size());
  for (size_t i = 0; i < sentences.size(); ++i) {
    EXPECT_NEAR(scores[i], SentenceLogProbability(sentences[i]), 1e-4);
  }
}

TEST_F(ScoreTest, OneItemOfSeveralHasTheSameScores) {
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> all,
                       ScoreItems({0, 2}, threads));
  ASSERT_OK_AND_ASSIGN(const std::vector<float> second,
                       ScoreItems({1, 2}, threads));
  EXPECT_EQ(second, std::vector<float>(all.begin() + 3, all.end()));
}

TEST_F(ScoreTest, ThreadsChangeNoBit) {
  std::vector<std::vector<float>> results;
  for (const int count : {1, 3}) {
    ThreadPool threads(count);
    ASSERT_OK_AND_ASSIGN(const std::vector<float> scores,
                         ScoreItems({0, corpus_.items_size()}, threads));
    results.push_back(scores);
  }
  EXPECT_EQ(results[0], results[1]);
}

// Eight tokens after what starts the sentence: nine, the whole context.
TEST_F(ScoreTest, ASentenceMayFillTheContext) {
  corpus_.clear_items();
  AddItem({1, 2, 3, 4, 5, 6, 7}, {{8}, {9}}, {});
  ThreadPool threads(1);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> scores,
                       ScoreItems({0, 1}, threads));
  EXPECT_NEAR(scores[1], SentenceLogProbability({1, 2, 3, 4, 5, 6, 7, 9}),
              1e-4);
}

TEST_F(ScoreTest, ASentenceLongerThanTheContextIsRefused) {
  AddItem({1, 1, 1, 1, 1, 1, 1}, {{1}, {1, 1}}, {});
  ThreadPool threads(1);
  EXPECT_THAT(ScoreItems({0, corpus_.items_size()}, threads),
              FailsSaying("item 2: 10 tokens with what starts it, the model's "
                          "context is 9"));
}

// KL(reference || model) in nats, summed over the tokens of a window, from the
// plain forward pass in double.
double PlainDivergence(const ModelConfig& config,
                       const std::vector<double>& reference,
                       const std::vector<double>& model,
                       const std::vector<uint32_t>& input) {
  const std::vector<double> a = ReferenceLogits(config, reference, input);
  const std::vector<double> b = ReferenceLogits(config, model, input);
  const size_t vocab = config.vocab_size();
  double kl = 0;
  for (size_t row = 0; row < input.size(); ++row) {
    double sum_a = 0;
    double sum_b = 0;
    for (size_t i = row * vocab; i < (row + 1) * vocab; ++i) {
      sum_a += std::exp(a[i]);
      sum_b += std::exp(b[i]);
    }
    for (size_t i = row * vocab; i < (row + 1) * vocab; ++i) {
      const double p = std::exp(a[i]) / sum_a;
      kl += p * std::log(p / (std::exp(b[i]) / sum_b));
    }
  }
  return kl;
}

TEST_F(ScoreTest, TheDivergenceIsThatOfAPlainComputation) {
  std::vector<double> reference_parameters = parameters_;
  for (size_t i = 0; i < reference_parameters.size(); ++i) {
    // A change of 2 %, as rounding to few bits makes.
    reference_parameters[i] *= i % 2 == 0 ? 1.02 : 0.98;
  }
  Model reference = MakeModel(config_);
  SetParameters(std::vector<float>(reference_parameters.begin(),
                                   reference_parameters.end()),
                reference);
  const ModelReader reference_reader = ModelReader::Of(reference);
  const std::vector<std::vector<uint32_t>> windows = {
      {1, 2, 3, 4}, {9, 3, 2, 1}, {5, 6}};
  const std::vector<uint32_t> starts(windows.size(), kSeparator);
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(
      const Scores scores,
      Score(ModelReader::Of(model_),
            {windows, starts, corpus_, {0, 2}, &reference_reader}, threads,
            IgnoreProgress));
  ASSERT_EQ(scores.window_divergence.size(), 3);
  EXPECT_FALSE(scores.candidates.empty());
  for (size_t i = 0; i < windows.size(); ++i) {
    std::vector<uint32_t> input = windows[i];
    input.pop_back();
    input.insert(input.begin(), kSeparator);
    const double expected =
        PlainDivergence(config_, reference_parameters, parameters_, input);
    ASSERT_GT(expected, 0);
    EXPECT_NEAR(scores.window_divergence[i].kl_nats / expected, 1, 0.01) << i;
  }
}

TEST_F(ScoreTest, AModelDoesNotDivergeFromItself) {
  const ModelReader reader = ModelReader::Of(model_);
  const std::vector<std::vector<uint32_t>> windows = {{1, 2, 3, 4}, {5, 6}};
  const std::vector<uint32_t> starts(windows.size(), kSeparator);
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(
      const Scores scores,
      Score(reader, {windows, starts, corpus_, {0, 0}, &reader}, threads,
            IgnoreProgress));
  ASSERT_EQ(scores.window_divergence.size(), 2);
  for (const WindowDivergence& window : scores.window_divergence) {
    EXPECT_EQ(window.kl_nats, 0);
    EXPECT_EQ(window.squared_probability_changes, 0);
  }
  EXPECT_EQ(scores.window_divergence[0].top1_agreements, 4);
  EXPECT_EQ(scores.divergence_histogram,
            (DivergenceHistogram{{0, uint64_t{6}}}));
}

}  // namespace
}  // namespace quant_curve
