#include "tools/import/llama2c_tokenizer.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

struct Piece {
  std::string text;
  float score;
};

// The usual 259, then " " 259, "h" 260, "i" 261, "hi" 262, " hi" 263.
std::vector<Piece> Pieces() {
  std::vector<Piece> pieces = {{"<unk>", 0}, {"\n<s>\n", 0}, {"\n</s>\n", 0}};
  for (int byte = 0; byte < 256; ++byte) {
    pieces.push_back({absl::StrFormat("<0x%02X>", byte), 0});
  }
  for (const Piece& piece :
       {Piece{" ", -9}, {"h", -8}, {"i", -7}, {"hi", -1}, {" hi", -2}}) {
    pieces.push_back(piece);
  }
  return pieces;
}

constexpr uint32_t kVocabSize = 264;
constexpr int32_t kMaxLength = 6;

std::string PieceBytes(int32_t length, const Piece& piece) {
  return absl::StrCat(BytesOf(std::vector<float>{piece.score}),
                      BytesOf(std::vector<int32_t>{length}), piece.text);
}

std::string FileOf(int32_t max_length, const std::vector<Piece>& pieces) {
  std::string bytes = BytesOf(std::vector<int32_t>{max_length});
  for (const Piece& piece : pieces) {
    bytes += PieceBytes(static_cast<int32_t>(piece.text.size()), piece);
  }
  return bytes;
}

std::string WriteOne(const std::string& contents) {
  const std::string path = MakeTestFolder() + "/tokenizer.bin";
  WriteTestFile(path, contents);
  return path;
}

TEST(Llama2cTokenizerTest, TokensAndScoresAreRead) {
  const std::string path = WriteOne(FileOf(kMaxLength, Pieces()));
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer,
                       ReadLlama2cTokenizer(path, kVocabSize));
  EXPECT_EQ(tokenizer.kind(), SENTENCEPIECE_SCORES);
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_EQ(tokenizer.tokens(3 + '\n'), "\n");
  EXPECT_EQ(tokenizer.scores(263), -2);
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, BpeCodec::Create(tokenizer));
  EXPECT_THAT(*codec.Encode("hi\nhh"), ElementsAre(263, 3 + '\n', 260, 260));
  EXPECT_EQ(*codec.Decode(*codec.Encode("hi\n<s>\n é")), "hi\n<s>\n é");
}

TEST(Llama2cTokenizerTest, EarlySpellingsOfBytesAreRead) {
  std::vector<Piece> pieces = Pieces();
  for (int byte = 0; byte < 128; ++byte) {
    pieces[3 + byte].text = std::string(1, static_cast<char>(byte));
  }
  pieces[3 + 0x80].text = "\u0080";
  pieces[3 + 0xff].text = "\u00ff";
  ASSERT_OK_AND_ASSIGN(
      const BpeTokenizer tokenizer,
      ReadLlama2cTokenizer(WriteOne(FileOf(kMaxLength, pieces)), kVocabSize));
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(tokenizer.tokens(3 + byte),
              std::string(1, static_cast<char>(byte)));
  }
}

TEST(Llama2cTokenizerTest, ReadFailsWhenTheFileIsCutAnywhere) {
  const std::string whole = FileOf(kMaxLength, Pieces());
  const std::string path = WriteOne(whole);
  for (size_t size = 0; size < whole.size(); size += 11) {
    WriteTestFile(path, absl::string_view(whole).substr(0, size));
    ExpectRefused(path, "", [&] {
      return ReadLlama2cTokenizer(path, kVocabSize).status();
    });
  }
}

TEST(Llama2cTokenizerTest, ReadFailsWhenTheVocabularyHasNoRoomForBytes) {
  const std::string path = WriteOne(FileOf(kMaxLength, Pieces()));
  for (const uint32_t size : {0u, 1u, 258u}) {
    ExpectRefused(path, "llama2.c's has at least 259",
                  [&] { return ReadLlama2cTokenizer(path, size).status(); });
  }
}

TEST(Llama2cTokenizerTest, ReadFailsWhenTheModelHasOtherTokens) {
  const std::string path = WriteOne(FileOf(kMaxLength, Pieces()));
  ExpectRefused(path, "11 bytes follow the model's 263 tokens",
                [&] { return ReadLlama2cTokenizer(path, 263).status(); });
  for (const uint32_t size : {265u, 1u << 20, ~0u}) {
    ExpectRefused(path, "ends after 264 of ",
                  [&] { return ReadLlama2cTokenizer(path, size).status(); });
  }
}

// One piece has another text or score.
MalformedInput With(const std::string& name, size_t id, const Piece& piece,
                    const std::string& error) {
  std::vector<Piece> pieces = Pieces();
  pieces[id] = piece;
  return {name, FileOf(2000, pieces), error};
}

// One piece claims another length than it has.
MalformedInput WithLength(const std::string& name, size_t id, int32_t length,
                          const std::string& error) {
  const std::vector<Piece> pieces = Pieces();
  std::string bytes = BytesOf(std::vector<int32_t>{kMaxLength});
  for (size_t i = 0; i < pieces.size(); ++i) {
    bytes += PieceBytes(
        i == id ? length : static_cast<int32_t>(pieces[i].text.size()),
        pieces[i]);
  }
  return {name, bytes, error};
}

MalformedInput WithMaxLength(const std::string& name, int32_t max_length,
                             const std::string& error) {
  return {name, FileOf(max_length, Pieces()), error};
}

std::vector<MalformedInput> MalformedTokenizers() {
  const std::string good = FileOf(kMaxLength, Pieces());
  std::vector<Piece> more = Pieces();
  more.push_back({"x", 0});
  std::vector<Piece> no_specials = Pieces();
  no_specials.erase(no_specials.begin(), no_specials.begin() + 3);
  std::vector<MalformedInput> inputs = {
      {"Empty", "", "too short for a tokenizer"},
      {"ThreeBytes", "abc", "too short for a tokenizer"},
      {"MaxLengthAlone", good.substr(0, 4), "ends after 0 of 264 tokens"},
      {"Json", "{\"version\": \"1.0\", \"model\": {}}", "token 0 has "},
      {"Zeros", std::string(5000, '\0'), "token 3 is ''"},
      {"Ones", std::string(5000, '\xff'), "token 0 has 4294967295 bytes"},
      {"SentencePieceModel", "\n\016\n\005<unk>\025" + good, "token 0 has "},
      {"ByteMore", good + "x", "1 bytes follow the model's 264 tokens"},
      {"TokenMore", FileOf(kMaxLength, more), "9 bytes follow"},
      {"FileTwice", good + good, "bytes follow the model's 264 tokens"},
      {"SpecialsMissing", FileOf(kMaxLength, no_specials), "token 3 is"},
      {"NoMaxLength", good.substr(4), "token 0 has "},
      {"TooLarge", good + std::string(16 << 20, 'x'),
       "at most 16777216 can be read"},
      WithMaxLength("MaxLengthZero", 0, "token 0 has 5 bytes: the longest"),
      WithMaxLength("MaxLengthOneLess", 5, "token 2 has 6 bytes"),
      WithLength("LengthOneLess", 1, 4, "token 2 has "),
      WithLength("LengthOneMore", 0, 6, "token 1 has "),
      WithLength("LengthNegative", 7, -1, "token 7 has 4294967295 bytes"),
      WithLength("LengthSmallest", 7, INT32_MIN, "token 7 has 2147483648"),
      WithLength("LengthLargest", 7, INT32_MAX, "token 7 has 2147483647"),
      WithLength("LengthBeyondTheEnd", 263, 4,
                 "token 263 has 4 bytes: the longest has 6, the file 3 more"),
      WithLength("LengthZeroOfTheLast", 263, 0, "3 bytes follow"),
      WithLength("LengthZeroOfAByte", 3, 0, "token 3 is ''"),
      With("NoText", 260, {"", 0}, "tokens[260] is empty"),
      With("Twice", 261, {"h", 0}, "tokens[261] spells the same bytes"),
      With("MergeTwice", 263, {"hi", 0}, "tokens[263] spells the same bytes"),
      With("TooLong", 263, {std::string(1025, 'x'), 0},
           "tokens[263] has 1025 bytes, at most 1024"),
      With("ScoreNan", 262, {"hi", NAN}, "scores[262] is not finite"),
      With("ScoreInfinite", 262, {"hi", INFINITY}, "scores[262] is not fin"),
      With("ScoreMinusInfinite", 262, {"hi", -INFINITY}, "scores[262] is no"),
      With("SpecialScoreNan", 1, {"\n<s>\n", NAN}, "scores[1] is not finite"),
      With("ByteScoreNan", 9, {"<0x06>", NAN}, "scores[9] is not finite"),
      With("ByteOfAnother", 3 + 10, {"<0x0B>", 0},
           "token 13 is '<0x0B>', expected '<0x0A>'"),
      With("ByteLowerCase", 3 + 10, {"<0x0a>", 0}, "token 13 is '<0x0a>'"),
      With("ByteDecimal", 3 + 10, {"<10>", 0}, "token 13 is '<10>'"),
      With("ByteWord", 3 + 65, {"hello", 0}, "token 68 is 'hello'"),
      With("ByteOtherLetter", 3 + 65, {"B", 0}, "token 68 is 'B'"),
      With("ByteRaw", 3 + 0xff, {"\xff", 0}, "token 258 is '\\xff'"),
      With("ByteSpaces", 3 + 32, {"  ", 0}, "token 35 is '  '"),
      With("ByteFirst", 3, {"<unk>", 0}, "token 3 is '<unk>'"),
      With("ByteLast", 258, {" ", 0}, "token 258 is ' ', expected '<0xFF>'"),
      With("ByteUnfinished", 20, {"<0x11", 0}, "token 20 is '<0x11'"),
  };
  return inputs;
}

class MalformedLlama2cTokenizerTest
    : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedLlama2cTokenizerTest, ReadFailsNamingFileAndToken) {
  const std::string path = WriteOne(GetParam().contents);
  ExpectRefused(path, GetParam().error, [&] {
    return ReadLlama2cTokenizer(path, kVocabSize).status();
  });
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, MalformedLlama2cTokenizerTest,
                         ::testing::ValuesIn(MalformedTokenizers()),
                         NameOfInput);

}  // namespace
}  // namespace quant_curve
