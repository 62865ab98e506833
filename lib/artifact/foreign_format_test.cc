#include "lib/artifact/foreign_format.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::HasSubstr;

TEST(ForeignFormatTest, FilesOfOtherFormatsAreNamed) {
  EXPECT_THAT(ForeignFormat("version https://git-lfs.github.com/spec/v1\noid"),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(ForeignFormat(absl::string_view("GGUF\3\0\0\0", 8)),
              HasSubstr("is a GGUF file"));
  EXPECT_THAT(ForeignFormat("PK\3\4"), HasSubstr("ZIP archive"));
  EXPECT_THAT(ForeignFormat("\x80\x02}q"), HasSubstr("pickle"));
  EXPECT_THAT(ForeignFormat("\x1f\x8b\x08"), HasSubstr("gzip"));
  EXPECT_THAT(ForeignFormat("<!DOCTYPE HTML><html>"), HasSubstr("HTML page"));
}

TEST(ForeignFormatTest, TextAndShortFilesAreNot) {
  for (const char* text : {"", "G", "{\"version\": 1}", "version 2",
                           "The <html> tag", "PK stands for"}) {
    EXPECT_EQ(ForeignFormat(text), "") << text;
  }
}

}  // namespace
}  // namespace quant_curve
