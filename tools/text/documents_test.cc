#include "tools/text/documents.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DocumentsTest, SeparatorsSplitAndWhiteSpaceAroundDocumentsGoes) {
  EXPECT_THAT(SplitDocuments("One. \n--\n Two\nlines.\n--\n", "--"),
              ElementsAre("One.", "Two\nlines."));
}

TEST(DocumentsTest, EmptyDocumentsAreLeftOut) {
  EXPECT_THAT(SplitDocuments("----a-- \n--", "--"), ElementsAre("a"));
  EXPECT_THAT(SplitDocuments(" \n", "--"), IsEmpty());
  EXPECT_THAT(SplitDocuments("", ""), IsEmpty());
}

TEST(DocumentsTest, WithoutSeparatorTheTextIsOneDocument) {
  EXPECT_THAT(SplitDocuments("a\n\nb\n", ""), ElementsAre("a\n\nb"));
}

TEST(DocumentsTest, ASeparatorMayBeWhiteSpace) {
  EXPECT_THAT(SplitDocuments("a\nb\n\nc", "\n\n"), ElementsAre("a\nb", "c"));
}

TEST(DocumentsTest, AByteOrderMarkAtTheStartIsNoText) {
  EXPECT_EQ(WithoutByteOrderMark("\xef\xbb\xbf"
                                 "a"),
            "a");
  EXPECT_EQ(WithoutByteOrderMark("a\xef\xbb\xbf"), "a\xef\xbb\xbf");
  EXPECT_EQ(WithoutByteOrderMark("\xef\xbb"), "\xef\xbb");
}

TEST(DocumentsTest, WordsStandBetweenWhiteSpace) {
  EXPECT_EQ(CountWords("  the cat's\n mat.\t"), 3);
  EXPECT_EQ(CountWords(""), 0);
}

}  // namespace
}  // namespace quant_curve
