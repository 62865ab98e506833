#include "lib/text/bpe_codec.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/random.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

BpeCodec Codec(BpeTokenizer tokenizer) {
  return BpeCodec::Create(std::move(tokenizer)).value();
}

std::vector<uint32_t> Ids(const BpeTokenizer& tokenizer,
                          absl::string_view text) {
  return Codec(tokenizer).Encode(text).value();
}

std::string Text(const BpeTokenizer& tokenizer,
                 const std::vector<uint32_t>& ids) {
  return Codec(tokenizer).Decode(ids).value();
}

// ids: byte b is b; he 256, ll 257, hell 258, hello 259, <|endoftext|> 260.
TEST(ByteLevelCodecTest, MergesStayWithinWords) {
  const BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "hello hello's"),
              ElementsAre(259, ' ', 259, '\'', 's'));
  // The line feed is a word, so "he" and "llo" don't meet.
  EXPECT_THAT(Ids(tokenizer, "he\nllo"), ElementsAre(256, '\n', 257, 'o'));
  EXPECT_THAT(Ids(tokenizer, "é"), ElementsAre(0xc3, 0xa9));
  EXPECT_THAT(Ids(tokenizer, ""), IsEmpty());
}

TEST(ByteLevelCodecTest, ControlTokensAreFoundInTheText) {
  const BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "he<|endoftext|>he"), ElementsAre(256, 260, 256));
  EXPECT_THAT(Ids(tokenizer, "<|endoftext|>"), ElementsAre(260));
  EXPECT_THAT(Ids(tokenizer, "<|end"), ElementsAre('<', '|', 'e', 'n', 'd'));
}

TEST(ByteLevelCodecTest, EncodeFailsWhenAByteHasNoToken) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_types(0xa9, TOKEN_UNUSED);
  EXPECT_THAT(Codec(tokenizer).Encode("he é"),
              FailsSaying("byte 4: no token spells this character"));
}

TEST(ByteLevelCodecTest, PatternsCutWhatMergesStayWithin) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.clear_split_patterns();
  EXPECT_THAT(Ids(tokenizer, "xhello"), ElementsAre('x', 259));
  tokenizer.add_split_patterns("e");
  EXPECT_THAT(Ids(tokenizer, "hello"), ElementsAre('h', 'e', 257, 'o'));
  tokenizer.set_split_patterns(0, "hel");
  tokenizer.add_split_patterns("l(?!l)");
  EXPECT_THAT(Ids(tokenizer, "hello"), ElementsAre(256, 'l', 'l', 'o'));
  EXPECT_THAT(Ids(tokenizer, "<|endoftext|>hello"),
              ElementsAre(260, 256, 'l', 'l', 'o'));
  EXPECT_EQ(Text(tokenizer, Ids(tokenizer, "hello \u00e9")), "hello \u00e9");
}

// No merge makes "oh" 261.
TEST(ByteLevelCodecTest, IgnoreMergesTakesAPieceThatIsAToken) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.add_tokens("oh");
  tokenizer.add_types(TOKEN_NORMAL);
  EXPECT_THAT(Ids(tokenizer, "oh"), ElementsAre('o', 'h'));
  tokenizer.set_ignore_merges(true);
  EXPECT_THAT(Ids(tokenizer, "oh"), ElementsAre(261));
  EXPECT_THAT(Ids(tokenizer, "oh,ohh hello oh"),
              ElementsAre(261, ',', 'o', 'h', 'h', ' ', 259, ' ', 'o', 'h'));
  // An added token is found before, and is no piece.
  EXPECT_THAT(Ids(tokenizer, "oh<|endoftext|>"), ElementsAre(261, 260));
}

// "e" and U+0301 are U+00E9, c3 a9; a token between them keeps them apart.
TEST(ByteLevelCodecTest, TextIsNormalizedBetweenTheTokensOfTheFirstRound) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_normalization(NFC);
  EXPECT_THAT(Ids(tokenizer, "he\u0301"), ElementsAre('h', 0xc3, 0xa9));
  EXPECT_THAT(Ids(tokenizer, "he<|endoftext|>\u0301"),
              ElementsAre(256, 260, 0xcc, 0x81));
  EXPECT_THAT(Ids(tokenizer, "\ufb01"), ElementsAre(0xef, 0xac, 0x81));
  tokenizer.set_normalization(NFKC);
  EXPECT_THAT(Ids(tokenizer, "\ufb01"), ElementsAre('f', 'i'));
  // A token of the second round is found in the normal form.
  tokenizer.set_tokens(260, "\u00e9");
  tokenizer.add_normalized_ids(260);
  EXPECT_THAT(Ids(tokenizer, "he\u0301"), ElementsAre('h', 260));
  tokenizer.set_types(0xa9, TOKEN_UNUSED);
  tokenizer.set_tokens(260, "<|endoftext|>");
  EXPECT_THAT(Codec(tokenizer).Encode("he\u0301"),
              FailsSaying("byte 2 in NFKC: no token spells this character"));
}

TEST(ByteLevelCodecTest, TokensTakeWhiteSpaceWithThemWhereTheyStrip) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.add_rstrip_ids(260);
  EXPECT_THAT(Ids(tokenizer, "h <|endoftext|>\n h"),
              ElementsAre('h', ' ', 260, 'h'));
  tokenizer.add_lstrip_ids(260);
  EXPECT_THAT(Ids(tokenizer, "h <|endoftext|>\n h"),
              ElementsAre('h', 260, 'h'));
  tokenizer.add_single_word_ids(260);
  EXPECT_THAT(Ids(tokenizer, "x<|endoftext|>").size(), 14u);
}

TEST(ByteLevelCodecTest, APatternThatTakesTooLongRefusesTheText) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_split_patterns(0, "(x+x+)+y");
  const BpeCodec codec = Codec(tokenizer);
  EXPECT_THAT(codec.Encode(std::string(100, 'x')),
              FailsSaying("split_patterns[0]: takes too long on this text"));
  EXPECT_THAT(codec.Encode("xxy"), IsOk());
}

// ids: byte b is 3 + b; " " 259, t 260, h 261, e 262, "e " 263, th 264,
// the 265, " the" 266, <user> 267.
TEST(SentencePieceCodecTest, MergesCrossWordsWithoutSplit) {
  // " the the": "e " comes first, then "th" twice, then "the" at the end.
  EXPECT_THAT(Ids(SentencePieceTestTokenizer(), "the the"),
              ElementsAre(259, 264, 263, 265));
}

TEST(SentencePieceCodecTest, MergesStayWithinWordsWithSplit) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.set_split_at_spaces(true);
  EXPECT_THAT(Ids(tokenizer, "the the"), ElementsAre(266, 266));
  EXPECT_THAT(Ids(tokenizer, "the  the "), ElementsAre(266, 259, 266, 259));
}

TEST(SentencePieceCodecTest, OtherCharactersFallBackToBytes) {
  EXPECT_THAT(Ids(SentencePieceTestTokenizer(), "hé"),
              ElementsAre(259, 261, 3 + 0xc3, 3 + 0xa9));
  // "▁" is text like other text, not a space.
  EXPECT_THAT(Ids(SentencePieceTestTokenizer(), "▁"),
              ElementsAre(259, 3 + 0xe2, 3 + 0x96, 3 + 0x81));
}

TEST(SentencePieceCodecTest, CharactersWithoutAllTheirBytesAreUnknown) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.set_types(3 + 0xa9, TOKEN_UNUSED);  // of "é", not of "ê"
  EXPECT_THAT(Ids(tokenizer, "éêéé"),
              ElementsAre(259, 0, 3 + 0xc3, 3 + 0xaa, 0, 0));
  tokenizer.set_fuse_unknown(true);
  EXPECT_THAT(Ids(tokenizer, "éêéé"),
              ElementsAre(259, 0, 3 + 0xc3, 3 + 0xaa, 0));
  tokenizer.clear_unknown_id();
  EXPECT_THAT(Codec(tokenizer).Encode("hé"),
              FailsSaying("byte 1: no token spells this character"));
}

TEST(SentencePieceCodecTest, PrefixSpaceStandsWhereTheTokenizerSays) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "h</s>h"), ElementsAre(259, 261, 2, 259, 261));
  tokenizer.set_prefix_space(PREFIX_FIRST);
  EXPECT_THAT(Ids(tokenizer, "h</s>h"), ElementsAre(259, 261, 2, 261));
  EXPECT_THAT(Ids(tokenizer, "</s>h"), ElementsAre(2, 261));
  tokenizer.set_prefix_space(PREFIX_NONE);
  EXPECT_THAT(Ids(tokenizer, "h</s>h"), ElementsAre(261, 2, 261));
  EXPECT_THAT(Ids(tokenizer, ""), IsEmpty());
}

TEST(SentencePieceCodecTest, TheLongestAddedTokenWins) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.add_tokens("</s></s>");
  tokenizer.add_types(TOKEN_ADDED);
  EXPECT_THAT(Ids(tokenizer, "</s></s></s>"), ElementsAre(268, 2));
}

// The text gets its space first and is searched for " </s>" then; what stands
// behind that is searched on as it is. (<s> is 1, <user> 267.)
TEST(NormalizedTokenTest, TheSpaceBeforeItIsItsOwnAndNoneFollows) {
  const BpeTokenizer tokenizer = NormalizedTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "</s>"), ElementsAre(2));
  EXPECT_THAT(Ids(tokenizer, "</s>h"), ElementsAre(2, 261));  // " </s>h"
  EXPECT_THAT(Ids(tokenizer, "h </s> h"), ElementsAre(259, 261, 2, 259, 261));
  EXPECT_THAT(Ids(tokenizer, " </s>"), ElementsAre(259, 2));  // "  </s>"
  EXPECT_THAT(Ids(tokenizer, "</s> </s>"), ElementsAre(2, 2));
  // "the" as in the middle of a word: there is no space to merge with.
  EXPECT_THAT(Ids(tokenizer, "</s>the the"), ElementsAre(2, 264, 263, 265));
}

TEST(NormalizedTokenTest, WithoutASpaceBeforeItItIsText) {
  const BpeTokenizer tokenizer = NormalizedTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "h</s>"),
              ElementsAre(259, 261, 3 + '<', 3 + '/', 3 + 's', 3 + '>'));
  EXPECT_THAT(Ids(tokenizer, "</s></s>"),
              ElementsAre(2, 3 + '<', 3 + '/', 3 + 's', 3 + '>'));
  EXPECT_THAT(Ids(tokenizer, "\n</s>"),
              ElementsAre(259, 3 + '\n', 3 + '<', 3 + '/', 3 + 's', 3 + '>'));
}

// What stands between "<user>"s gets its space, and with it " </s>" is found.
TEST(NormalizedTokenTest, EachStretchBetweenTheOthersHasItsOwnSpace) {
  const BpeTokenizer tokenizer = NormalizedTestTokenizer();
  EXPECT_THAT(Ids(tokenizer, "h<user>h"), ElementsAre(259, 261, 267, 259, 261));
  EXPECT_THAT(Ids(tokenizer, "<user></s>h<user>h"),
              ElementsAre(267, 2, 261, 267, 259, 261));
  EXPECT_THAT(Ids(tokenizer, "<s></s>"), ElementsAre(1, 2));
}

TEST(NormalizedTokenTest, DecodesWithItsSpaceButTheFirstOfAStretch) {
  const BpeTokenizer tokenizer = NormalizedTestTokenizer();
  EXPECT_EQ(Text(tokenizer, {2, 261}), "</s>h");
  EXPECT_EQ(Text(tokenizer, {259, 261, 2, 261}), "h </s>h");
  EXPECT_EQ(Text(tokenizer, {2, 2, 1, 2}), "</s> </s><s></s>");
}

TEST(NormalizedTokenTest, WithAPrefixAfterItWhatFollowsGetsTheSpace) {
  BpeTokenizer tokenizer = NormalizedTestTokenizer();
  tokenizer.set_tokens(2, "</s>");
  tokenizer.set_prefix_space(PREFIX_EACH);
  EXPECT_THAT(Ids(tokenizer, "h</s>h"), ElementsAre(259, 261, 2, 259, 261));
  tokenizer.set_prefix_space(PREFIX_FIRST);
  EXPECT_THAT(Ids(tokenizer, "h</s>h"), ElementsAre(259, 261, 2, 261));
  EXPECT_THAT(Ids(tokenizer, "</s>h"), ElementsAre(2, 261));
}

TEST(NormalizedTokenTest, IsLookedForInWhatTheOthersLeave) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.add_tokens("x<|endoftext|>");
  tokenizer.add_types(TOKEN_ADDED);
  EXPECT_THAT(Ids(tokenizer, "x<|endoftext|>"), ElementsAre(261));
  tokenizer.add_normalized_ids(261);  // comes too late now
  EXPECT_THAT(Ids(tokenizer, "x<|endoftext|>"), ElementsAre('x', 260));
}

TEST(NormalizedTokenTest, ErrorsCountTheBytesOfTheTextAlone) {
  BpeTokenizer tokenizer = NormalizedTestTokenizer();
  tokenizer.set_types(3 + 0xa9, TOKEN_UNUSED);  // of "é"
  tokenizer.clear_unknown_id();
  EXPECT_THAT(Codec(tokenizer).Encode("h </s>é"), FailsSaying("byte 6: no"));
  EXPECT_THAT(Codec(tokenizer).Encode("<user>é"), FailsSaying("byte 6: no"));
  tokenizer.set_tokens(2, "</s>");
  tokenizer.set_prefix_space(PREFIX_EACH);
  EXPECT_THAT(Codec(tokenizer).Encode("h </s>é"), FailsSaying("byte 6: no"));
}

TEST(SentencePieceCodecTest, TheUnknownTokensSpellingIsText) {
  EXPECT_EQ(Ids(SentencePieceTestTokenizer(), "<unk>").size(), 6);
}

TEST(ScoreCodecTest, TheHighestScoreIsJoinedFirst) {
  // " the the": both "th" first, then "e ", then the last "the".
  EXPECT_THAT(Ids(ScoreTestTokenizer(), "the the"),
              ElementsAre(259, 264, 263, 265));
  // "the" (-3) before " the" (-4): both are reached.
  EXPECT_THAT(Ids(ScoreTestTokenizer(), "the"), ElementsAre(266));
}

TEST(ScoreCodecTest, TheLeftmostOfEqualScoresIsJoinedFirst) {
  BpeTokenizer tokenizer = ScoreTestTokenizer();
  tokenizer.set_scores(264, -2);  // "th", as "e "
  tokenizer.add_tokens("he");
  tokenizer.add_types(TOKEN_NORMAL);
  tokenizer.add_scores(-2);
  tokenizer.set_prefix_space(PREFIX_NONE);
  EXPECT_THAT(Ids(tokenizer, "the"), ElementsAre(265));
  tokenizer.set_scores(267, -1);  // now "he" is better, and "t" stays
  EXPECT_THAT(Ids(tokenizer, "the"), ElementsAre(265));
  tokenizer.set_types(265, TOKEN_UNUSED);
  EXPECT_THAT(Ids(tokenizer, "the"), ElementsAre(260, 267));
}

TEST(BpeCodecTest, EncodeFailsWhenTextIsNotUtf8) {
  for (const BpeTokenizer& tokenizer :
       {ByteLevelTestTokenizer(), SentencePieceTestTokenizer(),
        ScoreTestTokenizer()}) {
    EXPECT_THAT(Codec(tokenizer).Encode("ab\xe2\x82"),
                FailsSaying("byte 2 does not start a UTF-8"));
  }
}

TEST(BpeCodecTest, DecodeShowsWhateverAModelWrites) {
  const BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  EXPECT_EQ(Text(tokenizer, {1, 266, 263, 259, 2, 265, 3 + 0xff}),
            "<s>thee  </s>the\xff");
  EXPECT_EQ(Text(tokenizer, {}), "");
  EXPECT_THAT(Codec(tokenizer).Decode(std::vector<uint32_t>{1, 268}),
              FailsSaying("token 1 is 268: must be less than 268"));
}

TEST(BpeCodecTest, CreateFailsWhenTheTokenizerIsInvalid) {
  EXPECT_THAT(BpeCodec::Create(BpeTokenizer()), FailsSaying("kind=0"));
}

void AppendUtf8(char32_t value, std::string& text) {
  const auto trail = [value](int shift) {
    return static_cast<char>(0x80 | ((value >> shift) & 0x3f));
  };
  if (value < 0x80) {
    text += static_cast<char>(value);
  } else if (value < 0x800) {
    text += {static_cast<char>(0xc0 | value >> 6), trail(0)};
  } else if (value < 0x10000) {
    text += {static_cast<char>(0xe0 | value >> 12), trail(6), trail(0)};
  } else {
    text +=
        {static_cast<char>(0xf0 | value >> 18), trail(12), trail(6), trail(0)};
  }
}

// Letters, signs, spaces, CJK, combining marks, emoji, what tokenizers treat
// specially, and any code point.
std::string RandomText(Random& random) {
  const char* const kPieces[] = {
      "the",         "hello",   "</s>",   "<s>",          "<unk>", "<0x",
      "0A>",         "▁",       "'s",     "  ",           "\r\n",  "Ġ",
      "👩‍👧", "e\u0301", "<user>", "<|endoftext|>"};
  std::string text;
  for (uint64_t i = random.Below(30); i > 0; --i) {
    char32_t value = random.Below(0x80);
    switch (random.Below(6)) {
      case 0:
        text += kPieces[random.Below(std::size(kPieces))];
        continue;
      case 1:
        value = 0x80 + random.Below(0x300);
        break;
      case 2:
        value = 0x2000 + random.Below(0x1000);
        break;
      case 3:
        value = 0x4e00 + random.Below(0x5200);
        break;
      case 4:
        value = 0x10000 + random.Below(0x100000);
        break;
    }
    AppendUtf8(value, text);
  }
  return text;
}

TEST(BpeCodecTest, AnyUtf8DecodesToItself) {
  for (const BpeTokenizer& base :
       {ByteLevelTestTokenizer(), SentencePieceTestTokenizer(),
        NormalizedTestTokenizer(), ScoreTestTokenizer()}) {
    for (const PrefixSpace prefix :
         {PREFIX_NONE, PREFIX_FIRST, PREFIX_EACH, PREFIX_NORMALIZED}) {
      for (const bool split : {false, true}) {
        BpeTokenizer tokenizer = base;
        tokenizer.set_prefix_space(prefix);
        tokenizer.set_split_at_spaces(split);
        const BpeCodec codec = Codec(tokenizer);
        Random random(7);
        for (int i = 0; i < 500; ++i) {
          const std::string text = RandomText(random);
          ASSERT_OK_AND_ASSIGN(const auto ids, codec.Encode(text));
          ASSERT_OK_AND_ASSIGN(const std::string decoded, codec.Decode(ids));
          ASSERT_EQ(decoded, text) << BpeKind_Name(tokenizer.kind()) << " "
                                   << PrefixSpace_Name(prefix) << " " << split;
        }
      }
    }
  }
}

TEST(BpeCodecTest, NulAndUnusualSpacesDecodeToThemselves) {
  const std::string text("\0a\0 \0\0\xc2\xa0", 8);
  for (const BpeTokenizer& tokenizer :
       {ByteLevelTestTokenizer(), SentencePieceTestTokenizer(),
        ScoreTestTokenizer()}) {
    EXPECT_EQ(Text(tokenizer, Ids(tokenizer, text)), text);
  }
}

TEST(BpeCodecTest, AMebibyteIsEncodedInTimeOfItsLength) {
  std::string text;
  while (text.size() < (1 << 20)) text += "the hello thethe ";
  for (const BpeTokenizer& tokenizer :
       {ByteLevelTestTokenizer(), SentencePieceTestTokenizer(),
        ScoreTestTokenizer()}) {
    EXPECT_EQ(Text(tokenizer, Ids(tokenizer, text)), text);
  }
}

}  // namespace
}  // namespace quant_curve
