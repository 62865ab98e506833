#include "tools/text/text_corpus_builder.h"

#include "lib/artifact/status_matchers.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Byte b is token b, "hello" is 259 (test_tokenizers.h).
TextSources Sources() {
  TextSources sources;
  sources.calibration = {"c.txt", "hello\n--\na b\n"};
  sources.evaluation = {"e.txt", "a\n--\n--\nhello hello\n"};
  sources.document_separator = "--";
  return sources;
}

TEST(TextCorpusBuilderTest, DocumentsAreEncodedAndCounted) {
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), Sources()));
  EXPECT_THAT(corpus.calibration().tokens(), ElementsAre(259, 'a', ' ', 'b'));
  EXPECT_THAT(corpus.evaluation().tokens(), ElementsAre('a', 259, ' ', 259));
  ASSERT_EQ(corpus.evaluation().documents_size(), 2);
  const Document& second = corpus.evaluation().documents(1);
  EXPECT_EQ(second.num_tokens(), 3);
  EXPECT_EQ(second.num_bytes(), 11);
  EXPECT_EQ(second.num_words(), 2);
  EXPECT_TRUE(corpus.items().empty());
}

TEST(TextCorpusBuilderTest, PairsAreItemsWhoseSecondSentenceIsRight) {
  TextSources sources = Sources();
  sources.pairs = {"p.jsonl",
                   "{\"sentence_good\": \"hello\", \"sentence_bad\": \"x\", "
                   "\"UID\": \"greeting\"}"};
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  ASSERT_EQ(corpus.items_size(), 1);
  const ClozeItem& item = corpus.items(0);
  EXPECT_EQ(item.stratum(), MINIMAL_PAIR);
  EXPECT_EQ(item.category(), "greeting");
  EXPECT_EQ(item.answer(), 1);
  EXPECT_THAT(item.candidates(0).tokens(), ElementsAre('x'));
  EXPECT_THAT(item.candidates(1).tokens(), ElementsAre(259));
}

// <|endoftext|> is 260 and the begin token.
TEST(TextCorpusBuilderTest, ADocumentsOwnBeginTokenIsNotASecondOne) {
  TextSources sources = Sources();
  sources.evaluation.contents =
      "<|endoftext|>hello a\n--\na<|endoftext|>\n--\n<|endoftext|>";
  sources.pairs = {"p.jsonl",
                   "{\"sentence_good\": \"<|endoftext|>hello\", "
                   "\"sentence_bad\": \"<|endoftext|>\"}"};
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  // Anywhere else, or without a document, it is text.
  EXPECT_THAT(corpus.evaluation().tokens(),
              ElementsAre(259, ' ', 'a', 'a', 260, 260));
  const Document& first = corpus.evaluation().documents(0);
  EXPECT_EQ(first.num_tokens(), 3);
  EXPECT_EQ(first.num_bytes(), 7);
  EXPECT_EQ(first.num_words(), 2);
  EXPECT_EQ(corpus.evaluation().documents(2).num_bytes(), 13);
  EXPECT_THAT(corpus.items(0).candidates(0).tokens(), ElementsAre(260));
  EXPECT_THAT(corpus.items(0).candidates(1).tokens(), ElementsAre(259));
}

// A begin token on its own is not a word of the text.
TEST(TextCorpusBuilderTest, WordsAreCountedBehindTheBeginToken) {
  TextSources sources = Sources();
  sources.evaluation.contents = "<|endoftext|> hello a";
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  EXPECT_EQ(corpus.evaluation().documents(0).num_words(), 2);
  EXPECT_EQ(corpus.evaluation().documents(0).num_bytes(), 8);
}

// " </s>" is 2, found behind the prefix space, which is not a byte of the text.
TEST(TextCorpusBuilderTest, NoSpaceFollowsANormalizedBeginToken) {
  BpeTokenizer tokenizer = NormalizedTestTokenizer();
  tokenizer.set_bos_id(2);
  TextSources sources = Sources();
  sources.evaluation.contents = "</s>the\n--\nthe";
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(tokenizer, sources));
  EXPECT_THAT(corpus.evaluation().tokens(), ElementsAre(265, 266));
  EXPECT_EQ(corpus.evaluation().documents(0).num_bytes(), 3);
}

TEST(TextCorpusBuilderTest, IdsStandForTextWithoutBytesAndWords) {
  TextSources sources = Sources();
  sources.are_tokens = true;
  sources.calibration = {"c", "260 1 2\n3 -- 4"};
  sources.evaluation = {"e", "260"};
  sources.pairs = {"p",
                   "{\"sentence_good\": \"7 8\", \"sentence_bad\": \"9\"}"};
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  EXPECT_THAT(corpus.calibration().tokens(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(corpus.calibration().documents(0).num_tokens(), 3);
  EXPECT_EQ(corpus.calibration().documents(0).num_bytes(), 0);
  EXPECT_EQ(corpus.calibration().documents(0).num_words(), 0);
  EXPECT_THAT(corpus.items(0).candidates(1).tokens(), ElementsAre(7, 8));
}

TEST(TextCorpusBuilderTest, IdsOutsideTheVocabularyAreRefused) {
  TextSources sources = Sources();
  sources.are_tokens = true;
  sources.calibration = {"c", "1 -- 2 261"};
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("c: document 2: token 1 is '261': must be an id in "
                          "[0, 260]"));
  sources.calibration.contents = "-1";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("token 0 is '-1'"));
}

TEST(TextCorpusBuilderTest, TextThatIsNoUtf8IsRefusedByFileAndDocument) {
  TextSources sources = Sources();
  sources.evaluation.contents = "a -- b\xff";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("e.txt: document 2: "));
}

// Neither counts: "a\u00a0" is 3 bytes, as a no-break space is not ASCII.
TEST(TextCorpusBuilderTest, ByteOrderMarksAndWhiteSpaceAroundAreLeftOut) {
  const std::string mark = "\xef\xbb\xbf";
  TextSources sources = Sources();
  sources.evaluation.contents = mark + " \n hello \n = a =\t\r\n--a\xc2\xa0\n";
  sources.pairs = {"p.jsonl", mark +
                                  "{\"sentence_good\": \" hello\", "
                                  "\"sentence_bad\": \"x\"}"};
  ASSERT_OK_AND_ASSIGN(const Corpus corpus,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  EXPECT_THAT(corpus.evaluation().tokens(),
              ElementsAre(259, ' ', '\n', ' ', '=', ' ', 'a', ' ', '=', 'a',
                          0xc2, 0xa0));
  EXPECT_EQ(corpus.evaluation().documents(0).num_bytes(), 13);
  EXPECT_EQ(corpus.evaluation().documents(0).num_words(), 4);
  EXPECT_EQ(corpus.evaluation().documents(1).num_bytes(), 3);
  EXPECT_THAT(corpus.items(0).candidates(1).tokens(), ElementsAre(259));
  sources.are_tokens = true;
  sources.calibration.contents = mark + "7";
  sources.evaluation.contents = "8 -- 9";
  sources.pairs = {};
  ASSERT_OK_AND_ASSIGN(const Corpus ids,
                       BuildTextCorpus(ByteLevelTestTokenizer(), sources));
  EXPECT_THAT(ids.calibration().tokens(), ElementsAre(7));
}

TEST(TextCorpusBuilderTest, ASeparatorThatOccursNowhereIsRefused) {
  TextSources sources = Sources();
  sources.document_separator = "<|end|>";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("--document_separator='<|end|>': occurs neither in "
                          "c.txt nor in e.txt: correct it"));
  sources.evaluation.contents += "<|end|>b";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources), IsOk());
}

TEST(TextCorpusBuilderTest, FilesThatAreNotTextAreRefused) {
  TextSources sources = Sources();
  sources.evaluation.contents =
      "version https://git-lfs.github.com/spec/v1\n--";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("e.txt: is a Git LFS pointer"));
  sources.evaluation.contents = "\xff\xfeh--";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("e.txt: is UTF-16: convert it to UTF-8"));
}

TEST(TextCorpusBuilderTest, AFileWithoutTextIsRefused) {
  TextSources sources = Sources();
  sources.calibration.contents = "-- \n";
  EXPECT_THAT(BuildTextCorpus(ByteLevelTestTokenizer(), sources),
              FailsSaying("c.txt: holds no text"));
}

TEST(TextCorpusBuilderTest, ATokenizerMayHaveNoBeginToken) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.clear_bos_id();
  EXPECT_THAT(BuildTextCorpus(tokenizer, Sources()), IsOk());
}

}  // namespace
}  // namespace quant_curve
