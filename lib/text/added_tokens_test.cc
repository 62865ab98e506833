#include "lib/text/added_tokens.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int kText = -1;

// The parts of a text, by tokens "ab" 1, "abcd" 2, "bc" 3 and " x" 4.
std::vector<std::pair<std::string, int>> Parts(absl::string_view text) {
  AddedTokens tokens;
  tokens.Add("ab", 1);
  tokens.Add("abcd", 2);
  tokens.Add("bc", 3);
  tokens.Add(" x", 4);
  std::vector<std::pair<std::string, int>> parts;
  for (const TextPart& part : tokens.Split(text)) {
    parts.emplace_back(
        part.text, part.id.has_value() ? static_cast<int>(*part.id) : kText);
  }
  return parts;
}

TEST(AddedTokensTest, TextStandsBetweenTokens) {
  EXPECT_THAT(Parts("e xf"),
              ElementsAre(Pair("e", kText), Pair(" x", 4), Pair("f", kText)));
  EXPECT_THAT(Parts("no"), ElementsAre(Pair("no", kText)));
  EXPECT_THAT(Parts("x"), ElementsAre(Pair("x", kText)));
}

TEST(AddedTokensTest, EmptyPartsAreLeftOut) {
  EXPECT_THAT(Parts(""), IsEmpty());
  EXPECT_THAT(Parts("ab"), ElementsAre(Pair("ab", 1)));
  EXPECT_THAT(Parts("ab xab"),
              ElementsAre(Pair("ab", 1), Pair(" x", 4), Pair("ab", 1)));
}

TEST(AddedTokensTest, TheLeftmostThenTheLongestIsFound) {
  // "ab" starts before "bc", which has lost its "b" then.
  EXPECT_THAT(Parts("abc"), ElementsAre(Pair("ab", 1), Pair("c", kText)));
  EXPECT_THAT(Parts("abcd"), ElementsAre(Pair("abcd", 2)));
  EXPECT_THAT(Parts("abcbc"),
              ElementsAre(Pair("ab", 1), Pair("c", kText), Pair("bc", 3)));
}

}  // namespace
}  // namespace quant_curve
