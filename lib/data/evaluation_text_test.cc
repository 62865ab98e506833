#include "lib/data/evaluation_text.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Documents of 3, 9 and 9 tokens; 10, 20 and 40 bytes; 1, 2 and 4 words.
Split ThreeDocuments() {
  Split split;
  for (uint32_t i = 0; i < 21; ++i) split.add_tokens(i);
  uint64_t factor = 1;
  for (const uint64_t tokens : {3, 9, 9}) {
    Document& document = *split.add_documents();
    document.set_num_tokens(tokens);
    document.set_num_bytes(10 * factor);
    document.set_num_words(factor);
    factor *= 2;
  }
  return split;
}

Split Stream(uint32_t tokens) {
  Split split;
  for (uint32_t i = 0; i < tokens; ++i) split.add_tokens(i);
  return split;
}

// The text of windows of four tokens, within `max_tokens`.
EvaluationText TextOf(const Split& split, uint64_t max_tokens) {
  const auto text = CutEvaluationText(split, {4, max_tokens}, 100, 1);
  EXPECT_THAT(text, IsOk());
  return text.value_or(EvaluationText());
}

std::vector<size_t> SizesOf(const EvaluationText& text) {
  std::vector<size_t> sizes;
  for (const auto& window : text.windows) sizes.push_back(window.size());
  return sizes;
}

TEST(EvaluationTextTest, WithoutALimitAllIsScored) {
  const EvaluationText text = TextOf(ThreeDocuments(), 0);
  EXPECT_THAT(SizesOf(text), ElementsAre(3, 4, 4, 1, 4, 4, 1));
  EXPECT_THAT(text.documents, ElementsAre(0, 1, 1, 1, 2, 2, 2));
  EXPECT_EQ(text.num_bytes, 70);
  EXPECT_EQ(text.num_words, 7);
}

TEST(EvaluationTextTest, ALimitOfAllTokensOrMoreChangesNothing) {
  for (const uint64_t limit : {uint64_t{21}, uint64_t{22}, ~uint64_t{0}}) {
    const EvaluationText text = TextOf(ThreeDocuments(), limit);
    EXPECT_EQ(text.windows.size(), 7) << limit;
    EXPECT_EQ(text.num_bytes, 70) << limit;
  }
}

TEST(EvaluationTextTest, WholeDocumentsWithinTheLimitAreScored) {
  for (const uint64_t limit : {12, 15, 20}) {
    const EvaluationText text = TextOf(ThreeDocuments(), limit);
    EXPECT_THAT(SizesOf(text), ElementsAre(3, 4, 4, 1)) << limit;
    EXPECT_EQ(text.num_bytes, 30) << limit;
    EXPECT_EQ(text.num_words, 3) << limit;
  }
}

// One window of whole documents has no standard error: the second document is
// cut, and its bytes are not known.
TEST(EvaluationTextTest, ADocumentIsCutRatherThanScoringOneWindow) {
  EvaluationText text = TextOf(ThreeDocuments(), 11);
  EXPECT_THAT(SizesOf(text), ElementsAre(3, 4, 4));
  EXPECT_EQ(text.num_bytes, 0);
  EXPECT_EQ(text.num_words, 0);
  text = TextOf(ThreeDocuments(), 10);
  EXPECT_THAT(SizesOf(text), ElementsAre(3, 4));
  EXPECT_THAT(text.windows[1], ElementsAre(3, 4, 5, 6));
}

TEST(EvaluationTextTest, ThereAreAtLeastTwoWindows) {
  EXPECT_THAT(SizesOf(TextOf(ThreeDocuments(), 1)), ElementsAre(3, 4));
  EXPECT_THAT(SizesOf(TextOf(Stream(21), 1)), ElementsAre(4, 4));
  EXPECT_THAT(SizesOf(TextOf(Stream(7), 1)), ElementsAre(4));
}

TEST(EvaluationTextTest, AStreamIsScoredInWholeWindows) {
  EXPECT_THAT(SizesOf(TextOf(Stream(21), 0)), ElementsAre(4, 4, 4, 4, 4));
  EXPECT_THAT(SizesOf(TextOf(Stream(21), 15)), ElementsAre(4, 4, 4));
  EXPECT_EQ(TextOf(Stream(21), 15).num_bytes, 0);
}

TEST(EvaluationTextTest, ABeginTokenStandsBeforeEachWindow) {
  EXPECT_THAT(TextOf(ThreeDocuments(), 0).starts,
              ElementsAre(1, 1, 1, 1, 1, 1, 1));
}

// Tokens 0 … 20 in documents of 3, 9 and 9: what is scored are 1 2, 4 … 11 and
// 13 … 20.
TEST(EvaluationTextTest, WithoutABeginTokenTheFirstOfADocumentIsContext) {
  ASSERT_OK_AND_ASSIGN(
      EvaluationText text,
      CutEvaluationText(ThreeDocuments(), {4, 0}, 100, absl::nullopt));
  EXPECT_THAT(
      text.windows,
      ElementsAre(ElementsAre(1, 2), ElementsAre(4, 5, 6, 7),
                  ElementsAre(8, 9, 10, 11), ElementsAre(13, 14, 15, 16),
                  ElementsAre(17, 18, 19, 20)));
  EXPECT_THAT(text.starts, ElementsAre(0, 3, 7, 12, 16));
  EXPECT_EQ(text.num_bytes, 70);
  ASSERT_OK_AND_ASSIGN(
      text, CutEvaluationText(ThreeDocuments(), {4, 10}, 100, absl::nullopt));
  EXPECT_THAT(text.starts, ElementsAre(0, 3, 7));
  EXPECT_EQ(text.num_bytes, 30);
}

TEST(EvaluationTextTest, WithoutABeginTokenDocumentsOfOneTokenAreLeftOut) {
  Split split = Stream(4);
  for (const uint64_t tokens : {1, 2, 1}) {
    Document& document = *split.add_documents();
    document.set_num_tokens(tokens);
    document.set_num_bytes(tokens);
  }
  ASSERT_OK_AND_ASSIGN(const EvaluationText text,
                       CutEvaluationText(split, {4, 0}, 100, absl::nullopt));
  EXPECT_THAT(text.windows, ElementsAre(ElementsAre(2)));
  EXPECT_THAT(text.starts, ElementsAre(1));
  EXPECT_EQ(text.num_bytes, 2);
  split.mutable_documents(1)->set_num_tokens(1);
  EXPECT_THAT(CutEvaluationText(split, {4, 0}, 100, absl::nullopt),
              FailsSaying("no document has a second token"));
}

TEST(EvaluationTextTest, RefusesWhatCutWindowsRefuses) {
  EXPECT_THAT(CutEvaluationText(Stream(21), {0, 8}, 100, 1),
              FailsSaying("window_tokens=0"));
  // Also beyond the limit.
  EXPECT_THAT(CutEvaluationText(Stream(21), {4, 8}, 19, 1),
              FailsSaying("token 19: must be less than vocab_size=19"));
}

}  // namespace
}  // namespace quant_curve
