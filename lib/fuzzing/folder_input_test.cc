#include "lib/fuzzing/folder_input.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

auto IsFile(const std::string& name, const std::string& contents) {
  return AllOf(Field(&FolderFile::name, name),
               Field(&FolderFile::contents, contents));
}

TEST(FolderInputTest, AFolderIsReadAsItWasWritten) {
  EXPECT_EQ(FolderToInput({{"a b", "1\n2"}, {"", ""}}), "a b 3\n1\n2\n 0\n\n");
  EXPECT_THAT(FolderFromInput("a b 3\n1\n2\n 0\n\n"),
              ElementsAre(IsFile("a b", "1\n2"), IsFile("", "")));
}

TEST(FolderInputTest, WhatIsCutShortOrHasNoSizeIsAFileToo) {
  EXPECT_THAT(FolderFromInput(""), IsEmpty());
  EXPECT_THAT(FolderFromInput("a 9\nbc"), ElementsAre(IsFile("a", "bc")));
  EXPECT_THAT(FolderFromInput("a -9\nbc"), ElementsAre(IsFile("a", "bc")));
  EXPECT_THAT(FolderFromInput("a\nbc"), ElementsAre(IsFile("a", "bc")));
  EXPECT_THAT(FolderFromInput("a"), ElementsAre(IsFile("a", "")));
}

TEST(FolderInputTest, AFolderHasAtMostSixteenFiles) {
  EXPECT_THAT(FolderFromInput(std::string(3 * 20, '\n')), SizeIs(1));
  std::string twenty;
  for (int i = 0; i < 20; ++i) twenty += "a 0\n\n";
  EXPECT_THAT(FolderFromInput(twenty), SizeIs(16));
}

}  // namespace
}  // namespace quant_curve
