#include "lib/data/windows.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Split SplitOf(const std::vector<uint32_t>& tokens) {
  Split split;
  split.mutable_tokens()->Add(tokens.begin(), tokens.end());
  return split;
}

TEST(WindowsTest, WindowsFollowOneAnotherAndDropTheRest) {
  ASSERT_OK_AND_ASSIGN(
      const auto windows,
      CutWindows("evaluation", SplitOf({5, 6, 7, 8, 9, 1, 2}), 3, 10));
  EXPECT_THAT(windows, ElementsAre(ElementsAre(5, 6, 7), ElementsAre(8, 9, 1)));
}

TEST(WindowsTest, OneWindowMayBeTheWholeSplit) {
  ASSERT_OK_AND_ASSIGN(const auto windows,
                       CutWindows("evaluation", SplitOf({5, 6}), 2, 10));
  EXPECT_THAT(windows, ElementsAre(ElementsAre(5, 6)));
}

TEST(WindowsTest, TooFewTokensAreRefused) {
  EXPECT_THAT(CutWindows("calibration", SplitOf({5, 6}), 3, 10),
              FailsSaying("calibration split: 2 tokens: one window needs 3"));
}

TEST(WindowsTest, CutWindowsFailsWhenTheWindowIsEmpty) {
  EXPECT_THAT(CutWindows("evaluation", SplitOf({5, 6}), 0, 10),
              FailsSaying("window_tokens=0"));
}

TEST(WindowsTest, TokensOutsideTheVocabularyAreRefused) {
  EXPECT_THAT(CutWindows("evaluation", SplitOf({5, 6}), 2, 6),
              FailsSaying("token 6: must be less than vocab_size=6"));
}

Split TwoDocuments() {
  Split split = SplitOf({5, 6, 7, 8, 9, 1, 2});
  split.add_documents()->set_num_tokens(5);
  split.add_documents()->set_num_tokens(2);
  return split;
}

TEST(WindowsTest, EachDocumentStartsAWindowAndNoTokenIsDropped) {
  ASSERT_OK_AND_ASSIGN(const auto windows,
                       CutWindows("evaluation", TwoDocuments(), 3, 10));
  EXPECT_THAT(windows, ElementsAre(ElementsAre(5, 6, 7), ElementsAre(8, 9),
                                   ElementsAre(1, 2)));
}

TEST(WindowsTest, DocumentsShorterThanAWindowAreNotRefused) {
  ASSERT_OK_AND_ASSIGN(const auto windows,
                       CutWindows("evaluation", TwoDocuments(), 100, 10));
  EXPECT_EQ(windows.size(), 2);
}

TEST(WindowsTest, PackedDocumentsAreOneStreamWithStartsBetweenThem) {
  const Split stream = PackDocuments(TwoDocuments(), 4);
  EXPECT_THAT(stream.tokens(), ElementsAre(5, 6, 7, 8, 9, 4, 1, 2));
  EXPECT_TRUE(stream.documents().empty());
}

TEST(WindowsTest, AStreamIsPackedAlready) {
  EXPECT_THAT(PackDocuments(SplitOf({5, 6}), 4).tokens(), ElementsAre(5, 6));
}

TEST(WindowsTest, EveryTokenIsATargetOnceAfterTheTokenBeforeIt) {
  const std::vector<uint32_t> window = {5, 6, 7};
  const ScoredWindow scored = MakeScoredWindow(window, 0);
  EXPECT_THAT(scored.input, ElementsAre(0, 5, 6));
  EXPECT_THAT(scored.targets, ElementsAre(5, 6, 7));
}

TEST(WindowsTest, AnEmptyWindowScoresNothing) {
  const ScoredWindow scored = MakeScoredWindow({}, 0);
  EXPECT_THAT(scored.input, IsEmpty());
  EXPECT_THAT(scored.targets, IsEmpty());
}

}  // namespace
}  // namespace quant_curve
