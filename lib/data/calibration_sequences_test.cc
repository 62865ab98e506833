#include "lib/data/calibration_sequences.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Two documents, 4 5 6 and 7 8 9 1, of a model whose texts begin with 2.
Corpus SmallCorpus() {
  Corpus corpus;
  corpus.mutable_bpe_tokenizer()->set_bos_id(2);
  for (const uint32_t id : {4, 5, 6, 7, 8, 9, 1}) {
    corpus.mutable_calibration()->add_tokens(id);
  }
  for (const uint64_t length : {3, 4}) {
    corpus.mutable_calibration()->add_documents()->set_num_tokens(length);
  }
  return corpus;
}

TEST(CalibrationSequencesTest, ALimitOfTokensKeepsWholeSequences) {
  EXPECT_EQ(SequencesWithin(0, 128, 64), 128);
  EXPECT_EQ(SequencesWithin(8192, 128, 64), 128);
  EXPECT_EQ(SequencesWithin(8191, 128, 64), 127);
  EXPECT_EQ(SequencesWithin(64, 128, 64), 1);
  EXPECT_EQ(SequencesWithin(1, 128, 64), 1);
  EXPECT_EQ(SequencesWithin(~uint64_t{0}, 128, 64), 128);
}

// Packed: 4 5 6 2 7 8 9 1. The piece 4 5 6 gets a begin token in place of its
// last token; 2 7 8 has one.
TEST(CalibrationSequencesTest, EachPieceOfThePackedTextHasOneBeginToken) {
  ASSERT_OK_AND_ASSIGN(
      const auto sequences,
      CalibrationSequences(SmallCorpus(), "c", {2, 3, false}, 10));
  EXPECT_THAT(sequences,
              ElementsAre(ElementsAre(2, 4, 5), ElementsAre(2, 7, 8)));
}

// Documents of length - 1 tokens with a begin token between them: from the
// second piece on every piece begins with that token.
TEST(CalibrationSequencesTest, NoSequenceBeginsWithTwoBeginTokens) {
  Corpus corpus;
  corpus.mutable_bpe_tokenizer()->set_bos_id(1);
  for (uint32_t document = 0; document < 4; ++document) {
    const uint32_t tokens = document == 0 ? 4 : 3;
    for (uint32_t i = 0; i < tokens; ++i) {
      corpus.mutable_calibration()->add_tokens(5 + document + i);
    }
    corpus.mutable_calibration()->add_documents()->set_num_tokens(tokens);
  }
  ASSERT_OK_AND_ASSIGN(const auto sequences,
                       CalibrationSequences(corpus, "c", {3, 4, false}, 20));
  EXPECT_THAT(sequences,
              ElementsAre(ElementsAre(1, 5, 6, 7), ElementsAre(1, 6, 7, 8),
                          ElementsAre(1, 7, 8, 9)));
}

// 0 ends the sentences 4 5, 6 and 7 8. Pieces: 4 5, 0 6, 0 7; evaluation puts a
// separator before each.
TEST(CalibrationSequencesTest, PiecesOfTheVerbCorpusBeginAsItsWindowsDo) {
  Corpus corpus;
  corpus.mutable_tokenizer()->set_separator_id(0);
  for (const uint32_t id : {4, 5, 0, 6, 0, 7, 8, 0}) {
    corpus.mutable_calibration()->add_tokens(id);
  }
  ASSERT_OK_AND_ASSIGN(const auto packed,
                       CalibrationSequences(corpus, "c", {3, 2, false}, 10));
  EXPECT_THAT(packed, ElementsAre(ElementsAre(0, 4), ElementsAre(0, 0),
                                  ElementsAre(0, 0)));
  ASSERT_OK_AND_ASSIGN(const auto from_starts,
                       CalibrationSequences(corpus, "c", {2, 3, true}, 10));
  EXPECT_THAT(from_starts,
              ElementsAre(ElementsAre(0, 4, 5), ElementsAre(0, 6, 0)));
}

// 4 5 6 is longer than two tokens: the rest is left out. Of four tokens the
// first sequence has the whole document.
TEST(CalibrationSequencesTest, SequencesMayBeginWithDocuments) {
  ASSERT_OK_AND_ASSIGN(const auto cut, CalibrationSequences(SmallCorpus(), "c",
                                                            {2, 3, true}, 10));
  EXPECT_THAT(cut, ElementsAre(ElementsAre(2, 4, 5), ElementsAre(2, 7, 8)));
  ASSERT_OK_AND_ASSIGN(
      const auto packed,
      CalibrationSequences(SmallCorpus(), "c", {1, 6, true}, 10));
  EXPECT_THAT(packed, ElementsAre(ElementsAre(2, 4, 5, 6, 2, 7)));
}

TEST(CalibrationSequencesTest, MoreThanTheSplitHasIsRefused) {
  EXPECT_THAT(
      CalibrationSequences(SmallCorpus(), "/x/c.qca", {3, 4, false}, 10),
      FailsSaying("/x/c.qca: the calibration split has 2 sequences of "
                  "4 tokens, not 3"));
  EXPECT_THAT(CalibrationSequences(SmallCorpus(), "/x/c.qca", {2, 6, true}, 10),
              FailsSaying("/x/c.qca: the calibration split has 1 sequences of "
                          "6 tokens that begin with a document, not 2"));
  EXPECT_THAT(CalibrationSequences(SmallCorpus(), "c", {1, 3, true}, 5),
              FailsSaying("token 5: must be less than vocab_size=5"));
}

TEST(CalibrationSequencesTest, WithoutABeginTokenDocumentsFollowOneAnother) {
  Corpus corpus;
  corpus.mutable_bpe_tokenizer();
  for (const uint32_t id : {4, 5, 6, 7, 8, 9}) {
    corpus.mutable_calibration()->add_tokens(id);
  }
  corpus.mutable_calibration()->add_documents()->set_num_tokens(3);
  corpus.mutable_calibration()->add_documents()->set_num_tokens(3);
  ASSERT_OK_AND_ASSIGN(const auto packed,
                       CalibrationSequences(corpus, "c", {3, 2, false}, 10));
  EXPECT_THAT(packed, ElementsAre(ElementsAre(4, 5), ElementsAre(6, 7),
                                  ElementsAre(8, 9)));
  ASSERT_OK_AND_ASSIGN(const auto from_starts,
                       CalibrationSequences(corpus, "c", {2, 2, true}, 10));
  EXPECT_THAT(from_starts, ElementsAre(ElementsAre(4, 5), ElementsAre(7, 8)));
}

}  // namespace
}  // namespace quant_curve
