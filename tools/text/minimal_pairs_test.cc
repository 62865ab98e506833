#include "tools/text/minimal_pairs.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(MinimalPairsTest, BlimpsLinesAreRead) {
  ASSERT_OK_AND_ASSIGN(
      const std::vector<MinimalPair> pairs,
      ParseMinimalPairs(
          "{\"sentence_good\": \"Cats sleep. \", \"sentence_bad\": \"Cats "
          "sleeps.\", \"field\": \"morphology\", \"UID\": \"agreement_1\", "
          "\"linguistics_term\": \"agreement\", \"pairID\": \"0\"}\r\n\n"
          "{\"sentence_bad\": \"b\", \"sentence_good\": \"a\", "
          "\"linguistics_term\": \"s-selection\"}\n"
          "{\"sentence_bad\": \"d\", \"sentence_good\": \"c\"}",
          "p"));
  ASSERT_EQ(pairs.size(), 3);
  EXPECT_EQ(pairs[0].good, "Cats sleep.");
  EXPECT_EQ(pairs[0].bad, "Cats sleeps.");
  EXPECT_EQ(pairs[0].category, "agreement_1");
  EXPECT_EQ(pairs[1].good, "a");
  EXPECT_EQ(pairs[1].category, "s-selection");
  EXPECT_EQ(pairs[2].category, "");
}

struct Malformed {
  std::string name;
  std::string line;
  std::string error;
};

class MalformedPairsTest : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedPairsTest, AreRefusedWithFileAndLine) {
  const std::string good =
      "{\"sentence_good\": \"a\", \"sentence_bad\": \"b\"}";
  EXPECT_THAT(ParseMinimalPairs(good + "\n\n" + GetParam().line, "pairs.jsonl"),
              FailsSaying("pairs.jsonl: line 3"));
  EXPECT_THAT(ParseMinimalPairs(good + "\n\n" + GetParam().line, "pairs.jsonl"),
              FailsSaying(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedPairsTest,
    ::testing::Values(
        Malformed{"Truncated", "{\"sentence_good\": \"a\"", "parse error"},
        Malformed{"NoObject", "[1]", "expected an object"},
        Malformed{"NoGood", "{\"sentence_bad\": \"b\"}", "sentence_good"},
        Malformed{"NoBad", "{\"sentence_good\": \"b\"}", "sentence_bad"},
        Malformed{"Number", "{\"sentence_good\": 1, \"sentence_bad\": \"b\"}",
                  "sentence_good: is 1, expected a string"},
        Malformed{"Empty",
                  "{\"sentence_good\": \" \", \"sentence_bad\": \"b\"}",
                  "sentence_good: is an empty sentence"},
        Malformed{"Equal",
                  "{\"sentence_good\": \"b\", \"sentence_bad\": \"b\"}",
                  "are the same"},
        Malformed{"Category",
                  "{\"sentence_good\": \"a\", \"sentence_bad\": \"b\", "
                  "\"UID\": \"a|b\"}",
                  "UID 'a|b': must be 1 to 64 letters"},
        Malformed{"NotUtf8",
                  "{\"sentence_good\": \"\xff\", \"sentence_bad\": \"b\"}",
                  "UTF-8"}),
    [](const auto& info) { return info.param.name; });

TEST(MinimalPairsTest, AFileWithoutPairsIsRefused) {
  EXPECT_THAT(ParseMinimalPairs("\n \n", "p.jsonl"),
              FailsSaying("p.jsonl: holds no minimal pairs"));
}

}  // namespace
}  // namespace quant_curve
