#include "lib/artifact/part_name.h"

#include <string>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(PartNameTest, APartIsNamedAfterTheIndexAsHuggingFaceNamesShards) {
  EXPECT_EQ(PartPath("a/model.qca", 0, 4), "a/model-00001-of-00004.qca");
  EXPECT_EQ(PartPath("model.v2.qca", 15, 16), "model.v2-00016-of-00016.qca");
}

TEST(PartNameTest, OnlyADotInsideOfTheNameBeginsAnExtension) {
  EXPECT_EQ(PartPath("a.b/model", 0, 2), "a.b/model-00001-of-00002");
  EXPECT_EQ(PartPath("a/.model", 0, 2), "a/.model-00001-of-00002");
}

TEST(PartNameTest, BesideIsInTheSameFolder) {
  EXPECT_EQ(BesidePath("/a/b/index.qca", "part"), "/a/b/part");
  EXPECT_EQ(BesidePath("index.qca", "part"), "part");
}

TEST(PartNameTest, PlainNamesAreAccepted) {
  for (const std::string name : {"a", "model-00001-of-00004.qca", "...", "a b",
                                 "-x", ".hidden", "h\xc3\xa4.qca"}) {
    EXPECT_THAT(CheckPartName(name), IsOk()) << name;
  }
  EXPECT_THAT(CheckPartName(std::string(200, 'x')), IsOk());
}

TEST(PartNameTest, OtherNamesAreRefused) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"),
        std::string("/etc/passwd"), std::string("../a"), std::string("a/"),
        std::string("a\nb"), std::string("a\x7f"), std::string("a\0b", 3),
        std::string(201, 'x')}) {
    EXPECT_THAT(CheckPartName(name),
                FailsSaying("must be a name of 1 to 200 bytes, without a "
                            "folder and control characters"))
        << name;
  }
}

TEST(PartNameTest, ARefusalIsShortAndPrintable) {
  EXPECT_THAT(CheckPartName("a\nb"), FailsSaying("the file 'a\\nb'"));
  EXPECT_LT(CheckPartName(std::string(100000, '\x01')).message().size(), 1000);
}

}  // namespace
}  // namespace quant_curve
