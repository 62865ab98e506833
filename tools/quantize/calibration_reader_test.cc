#include "tools/quantize/calibration_reader.h"

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/data/corpus_reader.h"
#include "lib/model/config.h"
#include "lib/sharding/shard.h"
#include "lib/text/bpe_tokenizer.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Artifact<Checkpoint> SmallCheckpoint() {
  Artifact<Checkpoint> checkpoint;
  checkpoint.sha256 = std::string(32, 'c');
  checkpoint.message.set_tokenizer_sha256(std::string(32, 't'));
  ModelConfig& config = *checkpoint.message.mutable_config();
  config = MiniGptFamily();
  config.set_vocab_size(8);
  config.set_d_model(8);
  config.set_num_layers(1);
  config.set_num_heads(2);
  config.set_d_ff(16);
  config.set_context_length(16);
  return checkpoint;
}

Calibration SmallCalibration() {
  Calibration calibration;
  calibration.set_checkpoint_sha256(std::string(32, 'c'));
  for (const TensorSpec& spec :
       TensorSpecs(SmallCheckpoint().message.config())) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    calibration.add_inputs()->add_linears(spec.name);
  }
  return calibration;
}

TEST(CalibrationReaderTest, AShardIsNotAWholeCalibration) {
  const std::string path = ::testing::TempDir() + "/part.qca";
  Calibration part = SmallCalibration();
  *part.mutable_shard() = MakeShard(1, 4).value();
  ASSERT_THAT(WriteArtifact(path, part), IsOk());
  EXPECT_THAT(ReadCalibrationOf(SmallCheckpoint(), "/x/checkpoint.qca", path),
              FailsSaying("part.qca: shard 1 of 4 (counted from 0); merge"));
}

TEST(CalibrationReaderTest, AnotherCheckpointsCalibrationNamesBothFiles) {
  const std::string path = ::testing::TempDir() + "/calibration.qca";
  Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ASSERT_THAT(WriteArtifact(path, SmallCalibration()), IsOk());
  EXPECT_THAT(ReadCalibrationOf(checkpoint, "/x/checkpoint.qca", path), IsOk());
  checkpoint.sha256[0] = 'd';
  EXPECT_THAT(ReadCalibrationOf(checkpoint, "/x/checkpoint.qca", path),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("calibration.qca"),
                             HasSubstr("/x/checkpoint.qca"))));
}

TEST(CalibrationReaderTest, APartIsNotAWholeCalibration) {
  const std::string path = ::testing::TempDir() + "/first_blocks.qca";
  Calibration part = SmallCalibration();
  *part.mutable_part() = MakeShard(1, 4).value();
  ASSERT_THAT(WriteArtifact(path, part), IsOk());
  EXPECT_THAT(
      ReadCalibrationOf(SmallCheckpoint(), "/x/checkpoint.qca", path),
      FailsSaying("first_blocks.qca: part 1 of 4 (counted from 0); merge"));
}

// a, b and the begin token 2; the documents a b a and b.
Corpus TextCorpus() {
  Corpus corpus;
  BpeTokenizer& tokenizer = *corpus.mutable_bpe_tokenizer();
  tokenizer.set_kind(BYTE_LEVEL);
  tokenizer.set_prefix_space(PREFIX_NONE);
  for (const char* token : {"a", "b", "<s>"}) {
    tokenizer.add_tokens(token);
    tokenizer.add_types(token[0] == '<' ? TOKEN_CONTROL : TOKEN_NORMAL);
  }
  tokenizer.set_bos_id(2);
  for (Split* split :
       {corpus.mutable_calibration(), corpus.mutable_evaluation()}) {
    for (const uint32_t id : {0, 1, 0, 1}) split->add_tokens(id);
    split->add_documents()->set_num_tokens(3);
    split->add_documents()->set_num_tokens(1);
  }
  return corpus;
}

// Packed: 0 1 0 2 1, in pieces of two tokens 0 1 and 0 2.
TEST(CalibrationReaderTest, SequencesAreReadAsTheCalibrationTookThem) {
  const std::string path = ::testing::TempDir() + "/corpus.qca";
  ASSERT_THAT(WriteArtifact(path, TextCorpus()), IsOk());
  Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  checkpoint.message.set_tokenizer_sha256(
      BpeTokenizerSha256(TextCorpus().bpe_tokenizer()));
  Calibration calibration;
  calibration.set_num_sequences(2);
  calibration.set_sequence_length(2);
  calibration.set_sequences_per_block(4);
  ASSERT_OK_AND_ASSIGN(const Artifact<Corpus> corpus, ReadCorpus(path));
  calibration.set_corpus_sha256(corpus.sha256);
  const auto sequences = [&] {
    return ReadSequencesOf(calibration, "hessians.qca", checkpoint,
                           "checkpoint.qca", path)
        .value();
  };
  EXPECT_THAT(sequences(), ElementsAre(ElementsAre(2, 0), ElementsAre(2, 0)));
  calibration.set_sequences_begin_with_document(true);
  EXPECT_THAT(sequences(), ElementsAre(ElementsAre(2, 0), ElementsAre(2, 1)));
}

// Sums over blocks of no sequences, and positions beyond the context.
TEST(CalibrationReaderTest, CountsOutOfBoundsAreRefusedBeforeAnyTextIsRead) {
  Calibration calibration = SmallCalibration();
  calibration.set_num_sequences(4);
  calibration.set_sequence_length(16);
  calibration.set_sequences_per_block(4);
  const auto refusal = [&] {
    return ReadSequencesOf(calibration, "/x/hessians.qca", SmallCheckpoint(),
                           "/x/checkpoint.qca", "/nowhere/corpus.qca");
  };
  EXPECT_THAT(refusal(), FailsSaying("/nowhere/corpus.qca"));
  calibration.set_sequences_per_block(0);
  EXPECT_THAT(refusal(), FailsSaying("/x/hessians.qca: 4 sequences of 16 "
                                     "tokens in blocks of 0"));
  calibration.set_sequences_per_block(4);
  calibration.set_sequence_length(17);
  EXPECT_THAT(refusal(), FailsSaying("the model's context, 16"));
}

}  // namespace
}  // namespace quant_curve
