#include "lib/data/model_corpus.h"

#include "lib/artifact/status_matchers.h"
#include "lib/data/tokenizer.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

Artifact<Corpus> VerbCorpus() {
  Artifact<Corpus> corpus;
  Tokenizer& tokenizer = *corpus.message.mutable_tokenizer();
  for (const char* token : {"the", "."}) tokenizer.add_tokens(token);
  tokenizer.set_separator_id(1);
  corpus.sha256 = std::string(32, 'c');
  return corpus;
}

Artifact<Corpus> TextCorpus() {
  Artifact<Corpus> corpus;
  *corpus.message.mutable_bpe_tokenizer() = SentencePieceTestTokenizer();
  corpus.message.mutable_bpe_tokenizer()->set_bos_id(1);
  corpus.sha256 = std::string(32, 't');
  return corpus;
}

TEST(ModelCorpusTest, ASeparatorStandsOnBothSidesInTheVerbCorpus) {
  const TextEnds ends = EndsOf(VerbCorpus().message);
  EXPECT_EQ(ends.start, absl::optional<uint32_t>(1));
  EXPECT_EQ(ends.end, absl::optional<uint32_t>(1));
}

TEST(ModelCorpusTest, TextStartsWithTheBeginTokenAndEndsOpen) {
  const TextEnds ends = EndsOf(TextCorpus().message);
  EXPECT_EQ(ends.start, absl::optional<uint32_t>(1));
  EXPECT_FALSE(ends.end.has_value());
}

TEST(ModelCorpusTest, WithoutABeginTokenNothingStartsText) {
  Artifact<Corpus> corpus = TextCorpus();
  corpus.message.mutable_bpe_tokenizer()->clear_bos_id();
  EXPECT_FALSE(EndsOf(corpus.message).start.has_value());
}

TEST(ModelCorpusTest, AModelOfTheSameRunBelongsToTheCorpus) {
  const Artifact<Corpus> corpus = VerbCorpus();
  EXPECT_THAT(CheckBelongTogether(corpus, "corpus.qca",
                                  TokenizerSha256(corpus.message.tokenizer()),
                                  corpus.sha256, "model.qca"),
              IsOk());
}

TEST(ModelCorpusTest, AnImportedModelTakesAnyTextOfItsTokenizer) {
  const Artifact<Corpus> corpus = TextCorpus();
  EXPECT_THAT(
      CheckBelongTogether(corpus, "corpus.qca",
                          BpeTokenizerSha256(corpus.message.bpe_tokenizer()),
                          "", "model.qca"),
      IsOk());
}

TEST(ModelCorpusTest, AnotherTokenizerIsRefusedNamingBothFiles) {
  EXPECT_THAT(CheckBelongTogether(TextCorpus(), "corpus.qca",
                                  std::string(32, 'x'), "", "model.qca"),
              FailsSaying("corpus.qca and model.qca: their tokenizers differ"));
}

TEST(ModelCorpusTest, AnotherTrainingCorpusIsRefusedNamingBothFiles) {
  const Artifact<Corpus> corpus = VerbCorpus();
  EXPECT_THAT(
      CheckBelongTogether(corpus, "corpus.qca",
                          TokenizerSha256(corpus.message.tokenizer()),
                          std::string(32, 'o'), "model.qca"),
      FailsSaying(
          "corpus.qca and model.qca: the model was trained on another"));
}

}  // namespace
}  // namespace quant_curve
