#include "lib/calibration/model_parts.h"

#include <functional>
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

// Of a calibration.
ActivationStreams SomeRun() {
  ActivationStreams run;
  run.set_checkpoint_sha256(std::string(32, '\x11'));
  run.set_corpus_sha256(std::string(32, '\x22'));
  run.set_num_sequences(3);
  run.set_sequence_length(8);
  return run;
}

// Of a sequential scheme on that calibration.
ActivationStreams SomeQuantization() {
  ActivationStreams run = SomeRun();
  run.mutable_scheme()->set_name("int3");
  run.mutable_scheme()->set_bits(3);
  run.set_calibration_sha256(std::string(32, '\x33'));
  return run;
}

TEST(CheckStreamsOfTest, PartsOfARunDifferOnlyInBlockAndStreams) {
  for (const ActivationStreams& run : {SomeRun(), SomeQuantization()}) {
    ActivationStreams before = run;
    before.set_next_block(5);
    before.add_streams()->set_name("stream.0");
    EXPECT_THAT(CheckStreamsOf(run, before, "a.qca"), IsOk());
  }
}

TEST(CheckStreamsOfTest, AnotherRunIsRefusedAndThePropertyNamed) {
  struct Case {
    std::function<void(ActivationStreams&)> edit;
    std::string message;
  };
  const std::vector<Case> cases = {
      {[](ActivationStreams& s) { s.set_checkpoint_sha256("\xab"); },
       "a.qca: its checkpoint is ab, this run's is 1111"},
      {[](ActivationStreams& s) { s.clear_corpus_sha256(); },
       "a.qca: its corpus is none, this run's is 2222"},
      {[](ActivationStreams& s) { s.set_num_sequences(4); },
       "its number of sequences is 4, this run's is 3"},
      {[](ActivationStreams& s) { s.set_sequence_length(7); },
       "its sequence length is 7, this run's is 8"},
      {[](ActivationStreams& s) { s.set_sequences_begin_with_document(true); },
       "its sequences_begin_with_document is true, this run's is false"},
      {[](ActivationStreams& s) { s.mutable_scheme()->set_bits(4); },
       "its scheme is {name: \"int3\" bits: 4}, this run's is {name: "
       "\"int3\" bits: 3}; give the activations that the part before wrote"},
      {[](ActivationStreams& s) { s.set_calibration_sha256("\xcd"); },
       "its calibration is cd, this run's is 3333"}};
  for (const Case& c : cases) {
    ActivationStreams before = SomeQuantization();
    c.edit(before);
    EXPECT_THAT(CheckStreamsOf(SomeQuantization(), before, "a.qca"),
                FailsSaying(c.message));
  }
}

TEST(CheckStreamsOfTest, AQuantizationAndACalibrationAreKeptApart) {
  EXPECT_THAT(CheckStreamsOf(SomeRun(), SomeQuantization(), "a.qca"),
              FailsSaying("its scheme is {name: \"int3\" bits: 3}, this run's "
                          "is none"));
  EXPECT_THAT(CheckStreamsOf(SomeQuantization(), SomeRun(), "a.qca"),
              FailsSaying("its scheme is none, this run's is {name"));
}

TEST(CheckStreamsOfTest, AMessageStaysShortWhateverTheFileSays) {
  ActivationStreams before = SomeQuantization();
  before.mutable_scheme()->set_name(std::string(100000, 'n'));
  const absl::Status status = CheckStreamsOf(SomeRun(), before, "a.qca");
  EXPECT_THAT(status, FailsSaying("nnn..., this run's is none"));
  EXPECT_LT(status.message().size(), 1000);
}

}  // namespace
}  // namespace quant_curve
