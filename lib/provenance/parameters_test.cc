#include "lib/provenance/parameters.h"

#include <map>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "lib/artifact/sha256.h"
#include "proto/activations.pb.h"
#include "proto/calibration.pb.h"
#include "proto/checkpoint.pb.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(ArtifactParametersTest, SettingsAreListedAndContentsAreNot) {
  Corpus corpus;
  corpus.set_seed(42);
  corpus.mutable_train()->set_num_sentences(7);
  corpus.mutable_train()->add_tokens(3);
  corpus.mutable_tokenizer()->add_tokens("a");
  EXPECT_THAT(ArtifactParameters(CORPUS, corpus),
              UnorderedElementsAre(Pair("seed", "42"),
                                   Pair("train.num_sentences", "7")));
}

TEST(ArtifactParametersTest, FloatsAreHexadecimalAndEnumsAreNames) {
  QuantizedModel model;
  model.mutable_scheme()->set_bits(4);
  model.mutable_scheme()->set_damping(0.5);
  model.mutable_scheme()->set_method(GPTQ);
  model.mutable_scheme()->set_symmetric(true);
  const auto parameters = ArtifactParameters(QUANTIZED_MODEL, model);
  EXPECT_THAT(parameters, Contains(Pair("scheme.bits", "4")));
  EXPECT_THAT(parameters, Contains(Pair("scheme.damping", "0x1p-1")));
  EXPECT_THAT(parameters, Contains(Pair("scheme.method", "GPTQ")));
  EXPECT_THAT(parameters, Contains(Pair("scheme.symmetric", "true")));
  // Defaults are stated, too; results and digests are not settings.
  EXPECT_THAT(parameters, Contains(Pair("scheme.group_size", "0")));
  EXPECT_THAT(parameters, Not(Contains(Key("checkpoint_sha256"))));
}

TEST(ArtifactParametersTest, EveryKindListsItsSettings) {
  Calibration calibration;
  calibration.set_num_sequences(1);
  calibration.set_sequence_length(2);
  calibration.set_sequences_begin_with_document(true);
  calibration.set_histogram_sequences(3);
  calibration.set_sequences_per_block(4);
  calibration.mutable_shard()->set_index(5);
  calibration.mutable_shard()->set_count(6);
  calibration.set_corpus_sha256("digest");
  EXPECT_THAT(
      ArtifactParameters(CALIBRATION, calibration),
      UnorderedElementsAre(
          Pair("num_sequences", "1"), Pair("sequence_length", "2"),
          Pair("sequences_begin_with_document", "true"),
          Pair("histogram_sequences", "3"), Pair("sequences_per_block", "4"),
          Pair("shard.index", "5"), Pair("shard.count", "6")));
  ActivationStreams streams;
  streams.set_next_block(8);
  EXPECT_THAT(ArtifactParameters(ACTIVATIONS, streams),
              UnorderedElementsAre(
                  Pair("num_sequences", "0"), Pair("sequence_length", "0"),
                  Pair("sequences_begin_with_document", "false"),
                  Pair("next_block", "8")));
  streams.mutable_scheme()->set_sequential(true);
  EXPECT_THAT(ArtifactParameters(ACTIVATIONS, streams),
              Contains(Pair("scheme.sequential", "true")));
  Measurement measurement;
  measurement.mutable_scheme()->set_bits(3);
  measurement.mutable_shard()->set_count(7);
  measurement.set_num_candidates(5);
  const auto of_measurement = ArtifactParameters(MEASUREMENT, measurement);
  EXPECT_THAT(of_measurement, Contains(Pair("scheme.bits", "3")));
  EXPECT_THAT(of_measurement, Contains(Pair("shard.count", "7")));
  EXPECT_THAT(of_measurement, Not(Contains(Key("num_candidates"))));
  Checkpoint checkpoint;
  checkpoint.mutable_config()->set_d_ff(20);
  EXPECT_THAT(ArtifactParameters(CHECKPOINT, checkpoint),
              Contains(Pair("config.d_ff", "20")));
}

TEST(ArtifactParametersTest, TrainingsFloatsKeepEveryBit) {
  Checkpoint checkpoint;
  checkpoint.mutable_training()->set_learning_rate(0.1f);
  // 0.1f is 0x3dcccccd: 1.10011001100110011001101b * 2^-4.
  EXPECT_THAT(ArtifactParameters(CHECKPOINT, checkpoint),
              Contains(Pair("training.learning_rate", "0x1.99999ap-4")));
}

TEST(SchemaSha256Test, DiffersBetweenSchemasAndRepeats) {
  const std::string corpus = SchemaSha256(*Corpus::descriptor());
  EXPECT_EQ(corpus.size(), 32);
  EXPECT_EQ(corpus, SchemaSha256(*Split::descriptor()));  // the same .proto
  EXPECT_NE(corpus, SchemaSha256(*Checkpoint::descriptor()));
}

}  // namespace
}  // namespace quant_curve
