#include "lib/text/pattern_syntax.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

std::string Icu(absl::string_view pattern) {
  return IcuPattern(pattern).value();
}

TEST(PatternSyntaxTest, WhatBothReadAlikeStays) {
  for (const char* pattern :
       {R"((?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?\p{P}+[\r\n]*)",
        R"((?=a)(?!b)(?<=c)(?<!d)(?:e)(?>f)(g)h*i+?j?k{2}l{2,}m*+)",
        R"(\d\D\t\f\-\\\.\u0041\x{1F600}\P{Lu}^$.)", "[一-龥ࠀ-一]+", "# x "}) {
    EXPECT_EQ(Icu(pattern), pattern);
  }
}

TEST(PatternSyntaxTest, WhiteSpaceBecomesASet) {
  EXPECT_EQ(Icu(R"(\s+(?!\S)|[^\s\S])"), R"([\s]+(?![^\s])|[^\s\S])");
}

TEST(PatternSyntaxTest, SignsInASetAreEscaped) {
  EXPECT_EQ(Icu(R"([!$&'{|}~#,\-./a-z^])"),
            R"([\!\$\&\'\{\|\}\~\#\,\-\.\/a-z^])");
  EXPECT_EQ(Icu("[a[b&]c$]d$"), R"([a[b\&]c\$]d$)");
}

TEST(PatternSyntaxTest, WhatTheTwoReadDifferentlyIsRefused) {
  const struct {
    absl::string_view pattern;
    absl::string_view why;
  } cases[] = {{R"(ab\w)", "byte 2: the escape \\w is not supported"},
               {R"(\b)", "byte 0: the escape \\b"},
               {R"(\h)", "the escape \\h"},
               {R"(\v)", "the escape \\v"},
               {R"((a)\1)", "byte 3: the escape \\1"},
               {R"(\u12)", "the escape \\u"},
               {R"(\x41)", "the escape \\x without {H}"},
               {"a\\", "byte 1: a \\ at the end"},
               {R"(\pL)", "a property without braces"},
               {R"(\p{Alphabetic})", "the property \\p{Alphabetic}"},
               {R"(\p{^L})", "the property \\p{^L}"},
               {"(?m)a", "the group (?m"},
               {"[[:alpha:]]", "byte 1: a POSIX class"},
               {"[a&&b]", "byte 2: an operation on sets"},
               {"[a--b]", "byte 2: an operation on sets"},
               {"[]a]", "a set that starts with ]"},
               {"a{,3}", "byte 1: a { that starts no repetition"},
               {"a{x}", "a { that starts no repetition"},
               {"a{1,3}+", "byte 6: + after a repetition"},
               {"a{2}?", "? after a repetition"},
               {"", "has 0 bytes"},
               {"\xff", "does not start a UTF-8"}};
  for (const auto& [pattern, why] : cases) {
    EXPECT_THAT(IcuPattern(pattern), FailsSaying(std::string(why))) << pattern;
  }
  EXPECT_THAT(IcuPattern(std::string(8193, 'a')),
              FailsSaying("has 8193 bytes, supported are 1 to 8192"));
}

TEST(PatternSyntaxTest, ALiteralMatchesItself) {
  EXPECT_EQ(LiteralPattern(" a.(é"), " a\\.\\(é");
}

}  // namespace
}  // namespace quant_curve
