#include "tools/generate/generate.h"

#include <algorithm>
#include <limits>

#include "lib/artifact/status_matchers.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

Model TinyModel() {
  Model model = MakeModel(TinyConfig());
  const std::vector<double> p = TinyParameters(model.config, 8);
  SetParameters(std::vector<float>(p.begin(), p.end()), model);
  return model;
}

// The reference's most likely token after each prefix, the whole sequence anew
// each time.
TEST(GenerateTest, TakesTheReferencesMostLikelyTokens) {
  const ModelConfig config = TinyConfig();
  const std::vector<double> parameters = TinyParameters(config, 8);
  std::vector<uint32_t> tokens = {10, 3, 5};  // separator and prompt
  while (tokens.size() <= 9 && tokens.back() != 10) {
    const std::vector<double> logits =
        ReferenceLogits(config, parameters, tokens);
    const auto last = logits.end() - config.vocab_size();
    tokens.push_back(std::max_element(last, logits.end()) - last);
  }
  ThreadPool threads(1);
  ASSERT_OK_AND_ASSIGN(
      const std::vector<uint32_t> text,
      GenerateGreedily(TinyModel(), {3, 5}, {/*start_id=*/10, 10}, threads));
  EXPECT_EQ(text, std::vector<uint32_t>(tokens.begin() + 1, tokens.end()));
}

TEST(GenerateTest, WithoutAStartThePromptIsTheStart) {
  ThreadPool threads(1);
  const Model model = TinyModel();
  GenerationEnds ends;
  ends.end_id = 10;
  ASSERT_OK_AND_ASSIGN(const std::vector<uint32_t> text,
                       GenerateGreedily(model, {10, 3, 5}, ends, threads));
  // The same tokens behind a start.
  ASSERT_OK_AND_ASSIGN(const std::vector<uint32_t> started,
                       GenerateGreedily(model, {3, 5}, {10, 10}, threads));
  EXPECT_EQ(std::vector<uint32_t>(text.begin() + 1, text.end()), started);
  EXPECT_THAT(GenerateGreedily(model, {}, ends, threads),
              FailsSaying("--prompt is empty, and the model has no begin"));
}

TEST(GenerateTest, WithoutAnEndTheContextIsFilled) {
  ThreadPool threads(1);
  const Model model = TinyModel();
  ASSERT_OK_AND_ASSIGN(
      const std::vector<uint32_t> text,
      GenerateGreedily(model, {3, 5}, {10, absl::nullopt}, threads));
  // The start and all but the last token are in the context.
  EXPECT_EQ(text.size(), model.config.context_length());
}

// Without the check the first token is chosen: nothing is above a NaN.
TEST(GenerateTest, LogitsThatAreNotFiniteAreRefused) {
  Model model = TinyModel();
  model.ln_f.shift[0] = std::numeric_limits<float>::quiet_NaN();
  ThreadPool threads(1);
  EXPECT_THAT(GenerateGreedily(model, {3, 5}, {10, absl::nullopt}, threads),
              FailsSaying("the logits after 3 tokens are not finite"));
}

// All 11 rows are chosen among elsewhere; here the likeliest of the others is
// the right one.
TEST(GenerateTest, RowsBeyondTheTokenizerAreNotChosen) {
  const ModelConfig config = TinyConfig();
  const std::vector<double> parameters = TinyParameters(config, 8);
  const auto likeliest = [&](std::vector<uint32_t> tokens, int64_t choices) {
    const std::vector<double> logits =
        ReferenceLogits(config, parameters, tokens);
    const auto last = logits.end() - config.vocab_size();
    return static_cast<uint32_t>(std::max_element(last, last + choices) - last);
  };
  ThreadPool threads(1);
  for (uint32_t start = 0; start < config.vocab_size(); ++start) {
    const uint32_t best = likeliest({start}, config.vocab_size());
    if (best == 0) continue;
    GenerationEnds ends{start, absl::nullopt};
    ends.num_tokens = best;  // the likeliest is the first that is left out
    ASSERT_OK_AND_ASSIGN(const std::vector<uint32_t> text,
                         GenerateGreedily(TinyModel(), {}, ends, threads));
    EXPECT_EQ(text[0], likeliest({start}, best));
    EXPECT_LT(*std::max_element(text.begin(), text.end()), best);
  }
}

TEST(GenerateTest, APromptThatFillsTheContextIsRefused) {
  ThreadPool threads(1);
  EXPECT_THAT(
      GenerateGreedily(TinyModel(), {1, 1, 1, 1, 1, 1, 1, 1}, {0, 0}, threads),
      FailsSaying("8 tokens; at most 7"));
}

}  // namespace
}  // namespace quant_curve
