#include "lib/text/added_tokens.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int kText = -1;

using Parted = std::vector<std::pair<std::string, int>>;

Parted PartsBy(const AddedTokens& tokens, absl::string_view text) {
  Parted parts;
  EXPECT_THAT(tokens.ForEachPart(text,
                                 [&parts](const TextPart& part) {
                                   parts.emplace_back(
                                       part.text,
                                       part.id.has_value()
                                           ? static_cast<int>(*part.id)
                                           : kText);
                                   return absl::OkStatus();
                                 }),
              IsOk());
  return parts;
}

Parted Parts(absl::string_view text) {
  return PartsBy(AddedTokens({{"ab", 1}, {"abcd", 2}, {"bc", 3}, {" x", 4}}),
                 text);
}

// At each place the longest token that the text goes on with, else a byte on.
Parted PartsOneByOne(const std::vector<std::string>& tokens,
                     absl::string_view text) {
  Parted parts;
  while (!text.empty()) {
    int longest = kText;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (absl::StartsWith(text, tokens[i]) &&
          (longest == kText || tokens[i].size() > tokens[longest].size())) {
        longest = static_cast<int>(i);
      }
    }
    const size_t size = longest == kText ? 1 : tokens[longest].size();
    if (longest == kText && !parts.empty() && parts.back().second == kText) {
      parts.back().first.append(text.data(), 1);
    } else {
      parts.emplace_back(text.substr(0, size), longest);
    }
    text.remove_prefix(size);
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

std::string RandomText(size_t size, Random& random) {
  std::string text;
  while (text.size() < size) {
    text.push_back(static_cast<char>('a' + random.Below(2)));
  }
  return text;
}

TEST(AddedTokensTest, RandomTokensAreFoundAsOneByOne) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> distinct;
    for (int i = 0; i < 6; ++i) {
      distinct.insert(RandomText(1 + random.Below(6), random));
    }
    const std::vector<std::string> tokens(distinct.begin(), distinct.end());
    std::vector<AddedTokens::Token> added;
    for (const std::string& token : tokens) {
      added.push_back({token, static_cast<uint32_t>(added.size())});
    }
    const std::string text = RandomText(40, random);
    EXPECT_EQ(PartsBy(AddedTokens(added), text), PartsOneByOne(tokens, text));
  }
}

// "a", "aa", … up to 1022 "a": 1,000,000 = 978 * 1022 + 484.
TEST(AddedTokensTest, TokensThatBeginAlikeTakeNoLonger) {
  const std::string text(1000000, 'a');
  std::vector<AddedTokens::Token> added;
  for (uint32_t size = 1; size <= 1022; ++size) {
    added.push_back({absl::string_view(text).substr(0, size), size});
  }
  const AddedTokens tokens(added);
  const Parted parts = PartsBy(tokens, text);
  ASSERT_EQ(parts.size(), 979);
  EXPECT_EQ(parts[977].second, 1022);
  EXPECT_EQ(parts[978].second, 484);
}

TEST(AddedTokensTest, TheFirstErrorEndsTheText) {
  int visited = 0;
  EXPECT_THAT(AddedTokens({{"ab", 1}})
                  .ForEachPart("ababab",
                               [&visited](const TextPart&) {
                                 ++visited;
                                 return absl::UnknownError("no");
                               }),
              FailsSaying("no"));
  EXPECT_EQ(visited, 1);
}

// What Hugging Face's AddedVocabulary::find_matches does.
TEST(AddedTokensTest, WhiteSpaceGoesWithTheTokenThatStripsIt) {
  AddedTokens::Token left = {"<l>", 1}, right = {"<r>", 2}, both = {"<b>", 3};
  left.lstrip = right.rstrip = both.lstrip = both.rstrip = true;
  const AddedTokens tokens({left, right, both, {"\n", 4}});
  EXPECT_THAT(
      PartsBy(tokens, "a <l> b"),
      ElementsAre(Pair("a", kText), Pair(" <l>", 1), Pair(" b", kText)));
  EXPECT_THAT(
      PartsBy(tokens, "a <r>\u3000 b"),
      ElementsAre(Pair("a ", kText), Pair("<r>\u3000 ", 2), Pair("b", kText)));
  EXPECT_THAT(PartsBy(tokens, " <b> "), ElementsAre(Pair(" <b> ", 3)));
  // What one has taken is not taken again, but a token there is found.
  EXPECT_THAT(PartsBy(tokens, "<r> <l>x"),
              ElementsAre(Pair("<r> ", 2), Pair("<l>", 1), Pair("x", kText)));
  EXPECT_THAT(PartsBy(tokens, "<r> \nx"),
              ElementsAre(Pair("<r> \n", 2), Pair("\n", 4), Pair("x", kText)));
}

TEST(AddedTokensTest, SingleWordsTouchNoWordCharacter) {
  AddedTokens::Token word = {"ab", 1};
  word.single_word = true;
  const AddedTokens tokens({word, {"b", 2}});
  EXPECT_THAT(PartsBy(tokens, "ab ab-ab"),
              ElementsAre(Pair("ab", 1), Pair(" ", kText), Pair("ab", 1),
                          Pair("-", kText), Pair("ab", 1)));
  // The "b" in it is not looked for either.
  EXPECT_THAT(PartsBy(tokens, "xab"), ElementsAre(Pair("xab", kText)));
  for (const char* text : {"ab1", "_ab", "ab\u0301", "中ab"}) {
    EXPECT_THAT(PartsBy(tokens, text), ElementsAre(Pair(text, kText)));
  }
}

TEST(AddedTokensTest, WhiteSpaceIsReadOnceOrTwice) {
  AddedTokens::Token space = {" ", 1};
  space.lstrip = space.rstrip = true;
  size_t parts = 0;
  EXPECT_THAT(AddedTokens({space}).ForEachPart(std::string(1 << 20, ' '),
                                               [&](const TextPart&) {
                                                 ++parts;
                                                 return absl::OkStatus();
                                               }),
              IsOk());
  EXPECT_EQ(parts, size_t{1} << 20);
}

}  // namespace
}  // namespace quant_curve
