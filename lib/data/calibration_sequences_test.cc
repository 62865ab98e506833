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

// Packed: 4 5 6 2 7 8 9 1. Each sequence begins with 2 and leaves out the
// window's last token, which is a target alone.
TEST(CalibrationSequencesTest, SequencesAreTheInputsOfPackedWindows) {
  ASSERT_OK_AND_ASSIGN(const auto sequences,
                       CalibrationSequences(SmallCorpus(), "c", 2, 3, 10));
  EXPECT_THAT(sequences,
              ElementsAre(ElementsAre(2, 4, 5), ElementsAre(2, 2, 7)));
}

TEST(CalibrationSequencesTest, MoreThanTheSplitHasIsRefused) {
  EXPECT_THAT(CalibrationSequences(SmallCorpus(), "/x/c.qca", 3, 4, 10),
              FailsSaying("/x/c.qca: the calibration split has 2 sequences of "
                          "4 tokens, not 3"));
}

}  // namespace
}  // namespace quant_curve
