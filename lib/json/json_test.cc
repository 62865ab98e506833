#include "lib/json/json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPath[] = "folder/file.json";

TEST(JsonTest, ParseKeepsEveryKindOfValue) {
  ASSERT_OK_AND_ASSIGN(
      const Json json,
      ParseJson(R"({"a": [1, -2, 2.5, true, null, "\u00e9\ud83d\ude00"]})",
                kPath));
  const Json& array = json["a"];
  EXPECT_EQ(array[0].get<uint64_t>(), 1);
  EXPECT_EQ(array[1].get<int64_t>(), -2);
  EXPECT_EQ(array[2].get<double>(), 2.5);
  EXPECT_TRUE(array[3].get<bool>());
  EXPECT_TRUE(array[4].is_null());
  EXPECT_EQ(array[5].get<std::string>(), "\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(JsonTest, ParseFailsWhenTextIsNoJson) {
  for (const char* text : {"", " ", "{", "{\"a\":1", "[1,]", "{\"a\" 1}", "nul",
                           "01", "+1", ".5", "NaN", "Infinity", "'a'", "{} {}",
                           "[1] x", "// a\n1", "\"\t\"", "\"a"}) {
    EXPECT_THAT(ParseJson(text, kPath), FailsSaying("folder/file.json: parse "
                                                    "error at line "))
        << text;
  }
}

TEST(JsonTest, ParseFailsWhenANulStandsAnywhere) {
  for (const absl::string_view text :
       {absl::string_view("\0", 1), absl::string_view("{}\0x", 4),
        absl::string_view("{}\0", 3), absl::string_view("\"\0\"", 3)}) {
    EXPECT_THAT(ParseJson(text, kPath), FailsSaying("parse error at byte "));
  }
}

TEST(JsonTest, ParseFailsWhenStringIsNotUtf8) {
  for (const char* text :
       {"\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"", R"("\ud800")", R"("\udc00\ud800")"}) {
    EXPECT_THAT(ParseJson(text, kPath), FailsSaying("folder/file.json: "))
        << text;
  }
}

TEST(JsonTest, ParseFailsWhenNumberOverflows) {
  EXPECT_THAT(ParseJson("1e999", kPath), FailsSaying("number overflow"));
}

TEST(JsonTest, ParseFailsWhenKeyOccursTwice) {
  EXPECT_THAT(ParseJson(R"({"a": {"b": 1, "c": 2, "b": 3}})", kPath),
              FailsSaying("key 'b' occurs twice in an object"));
  EXPECT_THAT(ParseJson(R"({"a": {"b": 1}, "b": [{"b": 2}]})", kPath), IsOk());
}

TEST(JsonTest, ParseFailsBeyondTheLimits) {
  JsonLimits limits;
  limits.max_depth = 3;
  EXPECT_THAT(ParseJson("[[[]]]", kPath, limits), IsOk());
  EXPECT_THAT(ParseJson("[[{\"a\":[]}]]", kPath, limits),
              FailsSaying("nested deeper than 3 levels"));
  EXPECT_THAT(ParseJson(std::string(1000000, '['), kPath),
              FailsSaying("nested deeper than 64 levels"));
  limits.max_values = 4;
  EXPECT_THAT(ParseJson("[1,{\"a\":2}]", kPath, limits), IsOk());
  EXPECT_THAT(ParseJson("[1,{\"a\":2},3]", kPath, limits),
              FailsSaying("holds more than 4 values"));
  limits.max_bytes = 5;
  EXPECT_THAT(ParseJson("[1,2]", kPath, limits), IsOk());
  EXPECT_THAT(ParseJson("[1,23]", kPath, limits),
              FailsSaying("6 bytes of JSON, at most 5 are read"));
}

TEST(JsonTest, ErrorsAreShortAndPrintable) {
  const auto result =
      ParseJson("\"" + std::string(100000, 'x') + "\xff\"", kPath);
  ASSERT_THAT(result, Not(IsOk()));
  EXPECT_LT(result.status().message().size(), 1000);
  EXPECT_THAT(std::string(result.status().message()), Not(HasSubstr("\xff")));
}

TEST(JsonTest, ReadNamesTheFile) {
  const std::string path = ::testing::TempDir() + "/bad.json";
  ASSERT_THAT(WriteFileAtomically(path, "{\"a\": 1"), IsOk());
  EXPECT_THAT(ReadJsonFile(path), FailsSaying(path + ": parse error at line "));
  EXPECT_THAT(ReadJsonFile(path + ".none"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(".none")));
}

class JsonViewTest : public ::testing::Test {
 protected:
  const Json json_ = *ParseJson(
      R"({"count": 7, "negative": -1, "half": 0.5, "whole": 7.0, "yes": true,
          "text": "t", "nothing": null, "big": 18446744073709551616,
          "inner": {"deep": [{"leaf": 3}]}})",
      kPath);
  const JsonView view_{json_, kPath};

  JsonView At(absl::string_view key) const { return *view_.MemberOrNull(key); }
};

TEST_F(JsonViewTest, ValuesOfTheRightTypeAreRead) {
  EXPECT_EQ(*At("count").Uint(7), 7);
  EXPECT_EQ(*At("count").Number(), 7.0);
  EXPECT_EQ(*At("negative").Number(), -1.0);
  EXPECT_EQ(*At("half").Number(), 0.5);
  EXPECT_TRUE(*At("yes").Bool());
  EXPECT_EQ(*At("text").String(), "t");
}

TEST_F(JsonViewTest, ErrorsNameFileFieldAndValue) {
  EXPECT_THAT(At("count").Uint(6),
              FailsSaying("folder/file.json: count: is 7, expected an integer "
                          "in [0, 6]"));
  EXPECT_THAT(At("negative").Uint(6), FailsSaying("negative: is -1"));
  EXPECT_THAT(At("whole").Uint(9), FailsSaying("whole: is 7.0"));
  EXPECT_THAT(At("big").Uint(9), FailsSaying("big: is 1.8446744073709552e+19"));
  EXPECT_THAT(At("text").Bool(),
              FailsSaying("text: is 't', expected true or false"));
  EXPECT_THAT(At("yes").String(), FailsSaying("yes: is true, expected a str"));
  EXPECT_THAT(At("inner").Number(), FailsSaying("inner: is an object, expe"));
  EXPECT_THAT(At("text").CheckArray(), FailsSaying("expected an array"));
  EXPECT_THAT(At("text").Member("x"), FailsSaying("text: is 't', expected an"));
  EXPECT_THAT(view_.Member("x"), FailsSaying("folder/file.json: x: is missi"));
}

TEST_F(JsonViewTest, NestedFieldsAreNamedByTheirWholePath) {
  ASSERT_OK_AND_ASSIGN(const JsonView inner, view_.Member("inner"));
  ASSERT_OK_AND_ASSIGN(const JsonView deep, inner.Member("deep"));
  ASSERT_THAT(deep.CheckArray(), IsOk());
  ASSERT_EQ(deep.size(), 1);
  ASSERT_OK_AND_ASSIGN(const JsonView leaf, deep.Element(0).Member("leaf"));
  EXPECT_EQ(leaf.where(), "folder/file.json: inner.deep[0].leaf");
  EXPECT_EQ(*leaf.Uint(3), 3);
}

TEST_F(JsonViewTest, NullAndAbsentGiveTheFallback) {
  for (const char* key : {"nothing", "absent"}) {
    EXPECT_EQ(*At(key).UintOr(5, 9), 5);
    EXPECT_EQ(*At(key).NumberOr(1.5), 1.5);
    EXPECT_EQ(*At(key).BoolOr(true), true);
    EXPECT_EQ(*At(key).StringOr("s"), "s");
  }
  EXPECT_EQ(*At("count").UintOr(5, 9), 7);
  EXPECT_THAT(At("text").UintOr(5, 9), FailsSaying("text: is 't'"));
  EXPECT_THAT(view_.Member("nothing"), IsOk());
}

TEST(ExcerptTest, LongAndUnprintableTextIsShortened) {
  EXPECT_EQ(Excerpt("a\nb"), "'a\\nb'");
  EXPECT_EQ(Excerpt("\xff"), "'\\xff'");
  EXPECT_EQ(Excerpt(std::string(81, 'a')), "'" + std::string(80, 'a') + "…'");
}

}  // namespace
}  // namespace quant_curve
