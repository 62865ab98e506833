#include "tools/publish/journal.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(JournalTest, TextIsOneFactPerLine) {
  EXPECT_EQ(JournalText({12, {{"b", "artifacts/a"}, {"c"}}}),
            "quant_curve publication 1\nswap 12\nput artifacts/a\nput b\n"
            "drop c\n");
  EXPECT_EQ(JournalText({0, {}}), "quant_curve publication 1\nmove\n");
}

TEST(JournalTest, ReadsWhatWasWritten) {
  const auto journal =
      ParseJournal(JournalText({12, {{"b", "artifacts/a"}, {"c d"}}}));
  ASSERT_THAT(journal, IsOk());
  EXPECT_EQ(journal->swapped_inode, 12u);
  EXPECT_THAT(journal->change.put, ElementsAre("artifacts/a", "b"));
  EXPECT_THAT(journal->change.drop, ElementsAre("c d"));
  EXPECT_EQ(ParseJournal(JournalText({0, {}})).value().swapped_inode, 0u);
}

TEST(JournalTest, RefusesOtherTextsAndPathsThatLeadOutOfTheFolder) {
  const std::string head = "quant_curve publication 1\nmove\n";
  for (const std::string& text : std::vector<std::string>{
           "", "quant_curve publication 2\nmove\n", "move\n",
           "quant_curve publication 1\nswap\n",
           "quant_curve publication 1\nswap 0\n", head + "put a",
           head + "take a\n", head + "put ../a\n", head + "drop a/../../b\n",
           head + "put /etc/passwd\n", head + "put \n", head + "drop ./a\n"}) {
    EXPECT_THAT(ParseJournal(text), FailsSaying("not a journal")) << text;
  }
}

}  // namespace
}  // namespace quant_curve
