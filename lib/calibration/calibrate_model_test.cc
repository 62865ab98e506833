#include "lib/calibration/calibrate_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "hwy/targets.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/model/reference_model.h"
#include "lib/sharding/merge.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

Model TinyModel() {
  Model model = MakeModel(TinyConfig());
  const std::vector<double> p = TinyParameters(model.config, 4);
  SetParameters(std::vector<float>(p.begin(), p.end()), model);
  return model;
}

Sequences SomeSequences() {
  Sequences sequences;
  for (uint32_t i = 0; i < 10; ++i) sequences.push_back({i, 5, 10 - i, 1});
  return sequences;
}

absl::StatusOr<Calibration> Calibrate(int threads) {
  ThreadPool pool(threads);
  CalibrationOptions options;
  options.histogram_sequences = 6;
  const Model model = TinyModel();
  return CalibrateModel(ModelReader::Of(model), SomeSequences(), options, pool,
                        [](int64_t) {});
}

absl::StatusOr<Calibration> CalibratePart(uint32_t index, uint32_t count,
                                          int threads, size_t sequences = 10) {
  ThreadPool pool(threads);
  CalibrationOptions options;
  options.histogram_sequences = 6;
  Sequences some = SomeSequences();
  some.resize(sequences);
  const Model model = TinyModel();
  return CalibrateShard(ModelReader::Of(model), some, options,
                        MakeShard(index, count).value(), pool, [](int64_t) {});
}

uint64_t NumCounted(const MagnitudeHistogram& histogram) {
  uint64_t total = 0;
  for (const uint64_t count : histogram.counts()) total += count;
  return total;
}

TEST(CalibrateModelTest, EveryLinearHasAnInputAndQkvShareOne) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  ASSERT_EQ(calibration.inputs_size(), 8);  // four a block
  EXPECT_THAT(
      calibration.inputs(4).linears(),
      ::testing::ElementsAre("h.1.attn.q_proj.weight", "h.1.attn.k_proj.weight",
                             "h.1.attn.v_proj.weight"));
  EXPECT_THAT(calibration.inputs(7).linears(),
              ::testing::ElementsAre("h.1.mlp.fc2.weight"));
}

TEST(CalibrateModelTest, EveryFamilysLinearsHaveAHessianOfTheirWidth) {
  for (const auto& [name, config] : TinyConfigs()) {
    Model model = MakeModel(config);
    const std::vector<double> p = TinyParameters(config, 4);
    SetParameters(std::vector<float>(p.begin(), p.end()), model);
    ThreadPool pool(1);
    ASSERT_OK_AND_ASSIGN(
        const Calibration calibration,
        CalibrateModel(ModelReader::Of(model), {{1, 2}, {3, 4}},
                       CalibrationOptions(), pool, [](int64_t) {}));
    std::map<std::string, uint64_t> widths;
    for (const LinearInput& input : calibration.inputs()) {
      for (const std::string& linear : input.linears()) {
        widths[linear] = input.hessian().shape(0);
      }
    }
    size_t linears = 0;
    for (const TensorSpec& spec : TensorSpecs(config)) {
      if (spec.role != TensorRole::kLinearWeight) continue;
      ++linears;
      EXPECT_EQ(widths[spec.name], TriangleSize(spec.shape[1]))
          << name << " " << spec.name;
    }
    EXPECT_EQ(widths.size(), linears) << name;
  }
}

// fc2's input is gelu(fc1 x + b): its Hessian again, by plain loops in double
// over one long batch. The products of a sequence's four tokens are summed in
// float32, which rounds four times (lib/numerics/outer_products.h).
TEST(CalibrateModelTest, HessiansAreMeansOverAllTokens) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  ASSERT_OK_AND_ASSIGN(const std::vector<double> triangle,
                       ReadDoubles(calibration.inputs(3).hessian()));
  const std::vector<double> hessian = MatrixOfTriangle(triangle, 20);
  std::vector<uint32_t> tokens;
  for (const auto& s : SomeSequences()) {
    tokens.insert(tokens.end(), s.begin(), s.end());
  }
  Activations activations;
  Forward(TinyModel(), tokens, 10, activations);
  const std::vector<float>& x = activations.blocks[0].gelu;
  const int n = 20;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double mean = 0, magnitude = 0;
      for (int row = 0; row < 40; ++row) {
        const double product = double{x[row * n + i]} * x[row * n + j];
        mean += product / 40;
        magnitude += std::abs(product) / 40;
      }
      EXPECT_NEAR(hessian[i * n + j], mean, 4 * 0x1p-24 * magnitude);
    }
  }
}

TEST(CalibrateModelTest, HistogramsSeeTheFirstSequencesAlone) {
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
  EXPECT_EQ(NumCounted(calibration.inputs(3).histogram()), 6 * 4 * 20);
  EXPECT_EQ(calibration.histogram_sequences(), 6);
}

TEST(CalibrateModelTest, ThreadsChangeNoBit) {
  ASSERT_OK_AND_ASSIGN(const Calibration one, Calibrate(1));
  ASSERT_OK_AND_ASSIGN(const Calibration three, Calibrate(3));
  EXPECT_EQ(one.SerializeAsString(), three.SerializeAsString());
}

// Ten sequences are three blocks: seven shards leave four empty.
TEST(CalibrateModelTest, ShardsAndThreadsChangeNoByteOfTheWhole) {
  ASSERT_OK_AND_ASSIGN(const Calibration whole, Calibrate(2));
  for (const uint32_t count : {1, 2, 3, 7}) {
    for (const int threads : {1, 3}) {
      std::vector<ShardFile<Calibration>> files;
      for (uint32_t i = 0; i < count; ++i) {
        ASSERT_OK_AND_ASSIGN(Calibration part,
                             CalibratePart(i, count, threads));
        files.push_back({"", std::move(part)});
      }
      ASSERT_OK_AND_ASSIGN(const Calibration merged,
                           MergeCalibrations(std::move(files)));
      EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString())
          << count << " shards, " << threads << " threads";
    }
  }
}

ActivationStreams StreamsOfSomeSequences() {
  ActivationStreams streams;
  streams.set_num_sequences(10);
  streams.set_sequence_length(4);
  return streams;
}

// Parts of a chain: each takes what the one before handed on. Two blocks, so
// that the third part of three has none.
std::vector<ShardFile<Calibration>> Chain(uint32_t count) {
  const Model model = TinyModel();
  const ModelReader reader = ModelReader::Of(model);
  CalibrationOptions options;
  options.histogram_sequences = 6;
  ThreadPool pool(2);
  std::vector<ShardFile<Calibration>> files;
  Artifact<ActivationStreams> before;
  for (uint32_t i = 0; i < count; ++i) {
    const ModelPart part = {MakeShard(i, count).value(),
                            i == 0 ? nullptr : &before};
    absl::optional<ActivationStore> streams;
    files.push_back({"part" + std::to_string(i),
                     CalibratePart(
                         reader, SomeSequences(), options, part, pool,
                         [](int64_t) {}, KeepInMessage, streams)
                         .value()});
    before.message = StreamsOfSomeSequences();
    EXPECT_THAT(HandOn(part.part, model.config, *streams, before.message,
                       KeepInMessage),
                IsOk());
  }
  return files;
}

TEST(CalibrateModelTest, PartsOfAChainMergeToTheWholeInAnyOrder) {
  ASSERT_OK_AND_ASSIGN(const Calibration whole, Calibrate(2));
  for (const uint32_t count : {1, 2, 3}) {
    std::vector<ShardFile<Calibration>> files = Chain(count);
    std::reverse(files.begin(), files.end());
    ASSERT_OK_AND_ASSIGN(const Calibration merged,
                         MergeCalibrations(std::move(files)));
    EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString()) << count;
  }
}

TEST(CalibrateModelTest, AMissingPartIsNamed) {
  std::vector<ShardFile<Calibration>> files = Chain(2);
  files.pop_back();
  EXPECT_THAT(MergeCalibrations(std::move(files)), FailsSaying("is missing"));
}

TEST(CalibrateModelTest, ActivationsOfOtherBlocksOrSequencesAreRefused) {
  const Model model = TinyModel();
  const ModelReader reader = ModelReader::Of(model);
  ThreadPool pool(1);
  absl::optional<ActivationStore> streams;
  ModelPart part = {MakeShard(0, 2).value(), nullptr};
  ASSERT_THAT(CalibratePart(
                  reader, SomeSequences(), CalibrationOptions(), part, pool,
                  [](int64_t) {}, KeepInMessage, streams)
                  .status(),
              IsOk());
  Artifact<ActivationStreams> before;
  before.message = StreamsOfSomeSequences();
  ASSERT_THAT(
      HandOn(part.part, model.config, *streams, before.message, KeepInMessage),
      IsOk());
  part = {MakeShard(1, 2).value(), &before, "before.qca"};
  const auto refusal = [&](const Sequences& sequences) {
    return CalibratePart(
               reader, sequences, CalibrationOptions(), part, pool,
               [](int64_t) {}, KeepInMessage, streams)
        .status();
  };
  EXPECT_THAT(refusal(SomeSequences()), IsOk());
  EXPECT_THAT(
      refusal({{1, 2, 3, 4}}),
      FailsSaying(
          "before.qca: activations of 10 sequences of 4 tokens in 10 "
          "streams, expected 1 of 4 in 1 streams; give the activations that"));
  before.message.set_next_block(0);
  EXPECT_THAT(refusal(SomeSequences()),
              FailsSaying("before.qca: activations before block 0, part 1 of "
                          "2 (counted from 0) begins with block 1; give"));
}

TEST(CalibrateModelTest, OnlyTheFirstPartHasNoActivations) {
  const Model model = TinyModel();
  ThreadPool pool(1);
  absl::optional<ActivationStore> streams;
  const auto refusal = [&](const ModelPart& part) {
    return CalibratePart(
               ModelReader::Of(model), SomeSequences(), CalibrationOptions(),
               part, pool, [](int64_t) {}, KeepInMessage, streams)
        .status();
  };
  EXPECT_THAT(refusal({MakeShard(1, 2).value()}),
              FailsSaying("--activations: part 1 of 2 (counted from 0) needs "
                          "what the part before wrote"));
  const Artifact<ActivationStreams> before;
  EXPECT_THAT(refusal({MakeShard(0, 2).value(), &before}),
              FailsSaying("part 0 of 2 (counted from 0) has no part before; "
                          "leave them out"));
}

TEST(CalibrateModelTest, AShardKeepsTheSumsOfItsOwnBlocksAlone) {
  ASSERT_OK_AND_ASSIGN(const Calibration first, CalibratePart(0, 2, 1));
  ASSERT_OK_AND_ASSIGN(const Calibration second, CalibratePart(1, 2, 1));
  EXPECT_EQ(first.inputs(3).partial().sums_size(), 1);
  EXPECT_EQ(second.inputs(3).partial().sums_size(), 2);  // blocks 1 and 2
  EXPECT_FALSE(first.inputs(3).has_hessian());
  // Four sequences of four tokens; two more are within the six of histograms.
  EXPECT_EQ(NumCounted(first.inputs(3).histogram()), 4 * 4 * 20);
  EXPECT_EQ(NumCounted(second.inputs(3).histogram()), 2 * 4 * 20);
}

TEST(CalibrateModelTest, AShardsSequencesAreWholeBlocks) {
  const ShardRange last =
      SequencesOfShard(10, CalibrationOptions(), MakeShard(1, 2).value());
  EXPECT_EQ(last.first, 4);
  EXPECT_EQ(last.end, 10);
}

TEST(CalibrateModelTest, ShardsOfOtherSequencesAreRefused) {
  std::vector<ShardFile<Calibration>> files;
  files.push_back({"a", CalibratePart(0, 2, 1).value()});
  files.push_back({"b", CalibratePart(1, 2, 1, 6).value()});
  EXPECT_THAT(MergeCalibrations(std::move(files)),
              FailsSaying("a and b: shards of different runs: they differ in "
                          "num_sequences"));
}

TEST(CalibrateModelTest, TheInstructionSetChangesNoByte) {
  std::vector<std::string> artifacts;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibrate(2));
    artifacts.push_back(calibration.SerializeAsString());
  }
  hwy::SetSupportedTargetsForTest(0);
  for (const auto& other : artifacts) EXPECT_EQ(other, artifacts[0]);
}

TEST(CalibrateModelTest, AModelThatOverflowsIsRefused) {
  Model model = TinyModel();
  for (float& v : model.blocks[0].ln_1.scale) v = 1e30f;
  for (float& v : model.blocks[0].ln_1.shift) v = 1e38f;
  ThreadPool pool(1);
  EXPECT_THAT(CalibrateModel(ModelReader::Of(model), SomeSequences(),
                             CalibrationOptions(), pool, [](int64_t) {}),
              FailsSaying("not finite"));
}

}  // namespace
}  // namespace quant_curve
