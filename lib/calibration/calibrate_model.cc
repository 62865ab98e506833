#include "lib/calibration/calibrate_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/histogram.h"
#include "lib/calibration/input_sums.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/sharding/merge.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

// What one block of sequences has gathered, an entry an input.
struct BlockStatistics {
  InputSums sums;
  std::vector<MagnitudeCounter> histograms;
};

// The same of one input over all blocks so far.
struct InputTotal {
  BlockSum sums;
  MagnitudeHistogram histogram = MagnitudeCounter().ToProto();
};

// What one shard works on.
struct Run {
  const Model& model;
  const CalibrationOptions& options;
  int64_t count;  // sequences of the whole
  ShardRange blocks;
  ShardRange ours;  // the sequences of these blocks
  ThreadPool& threads;
};

// Runs one layer of the sequences, whose activations come from the layer before
// and go to the next.
BlockStatistics StatisticsOf(const Run& run, int64_t layer,
                             const ShardRange& sequences,
                             absl::Span<const LinearInputSpec> specs,
                             absl::Span<Activations> activations) {
  BlockStatistics statistics = {MakeInputSums(specs), {}};
  statistics.histograms.resize(specs.size());
  BlockActivations block;
  for (int64_t i = sequences.first; i < sequences.end; ++i) {
    RunBlock(run.model, layer, activations[i - sequences.first], block);
    AddInputs(block, specs, absl::MakeSpan(statistics.sums));
    if (i >= run.options.histogram_sequences) continue;
    size_t next = 0;
    for (const std::vector<float>* x : LinearInputs(block)) {
      statistics.histograms[next++].Add(x->data(), x->size());
    }
  }
  return statistics;
}

// Adds the block that follows all before.
absl::Status AddBlock(int64_t block, BlockStatistics statistics,
                      std::vector<InputTotal>& totals) {
  for (size_t j = 0; j < totals.size(); ++j) {
    totals[j].sums.Add({0, block}, std::move(statistics.sums[j]));
    RETURN_IF_ERROR(
        AddHistogram(statistics.histograms[j].ToProto(), totals[j].histogram));
  }
  return absl::OkStatus();
}

absl::Status FillInput(const LinearInputSpec& spec, const InputTotal& total,
                       LinearInput& input) {
  for (const std::string& linear : spec.linears) input.add_linears(linear);
  *input.mutable_histogram() = total.histogram;
  PartialHessian& partial = *input.mutable_partial();
  partial.set_in_features(spec.in_features);
  for (const std::vector<double>& sums : total.sums.sums()) {
    RETURN_IF_ERROR(CheckFinite(sums, spec.linears[0]));
    *partial.add_sums() = MakeFloat64("sums", {sums.size()}, sums);
  }
  return absl::OkStatus();
}

// Runs one layer of all of the shard's sequences and adds what its inputs have
// gathered. `activations`, one a sequence, go on to the next layer.
absl::Status AddLayer(const Run& run, int64_t layer,
                      absl::FunctionRef<void(int64_t)> progress,
                      absl::Span<Activations> activations,
                      Calibration& calibration) {
  const std::vector<LinearInputSpec> all = LinearInputSpecs(run.model.config);
  const auto specs = absl::MakeConstSpan(all).subspan(layer * kInputsPerBlock,
                                                      kInputsPerBlock);
  const auto range_of = [&run](int64_t block) {
    return SequencesOfBlock(block, run.options.sequences_per_block, run.count);
  };
  std::vector<InputTotal> totals(specs.size());
  const auto gather = [&](int64_t block) {
    const ShardRange range = range_of(block);
    return StatisticsOf(
        run, layer, range, specs,
        activations.subspan(range.first - run.ours.first, range.size()));
  };
  const auto add = [&](int64_t block, BlockStatistics statistics) {
    progress(range_of(block).end - run.ours.first);
    return AddBlock(block, std::move(statistics), totals);
  };
  RETURN_IF_ERROR(AddBlocksInOrder(run.blocks, run.threads, gather, add));
  for (size_t j = 0; j < specs.size(); ++j) {
    RETURN_IF_ERROR(FillInput(specs[j], totals[j], *calibration.add_inputs()));
  }
  return absl::OkStatus();
}

// Before hours of work whose result could not be written.
absl::Status CheckFitsArtifact(const ModelConfig& config) {
  uint64_t bytes = 0;
  for (const LinearInputSpec& spec : LinearInputSpecs(config)) {
    bytes += spec.in_features * spec.in_features * sizeof(double);
  }
  if (bytes < kMaxPayloadBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the Hessians of this model take ", bytes,
      " bytes: a calibration artifact holds at most ", kMaxPayloadBytes,
      "; use schemes that need none, with calibration_sequences = 0"));
}

// What all shards of a run say alike.
Calibration Describe(const Sequences& sequences,
                     const CalibrationOptions& options) {
  const int64_t count = static_cast<int64_t>(sequences.size());
  Calibration calibration;
  calibration.set_num_sequences(count);
  calibration.set_sequence_length(sequences[0].size());
  calibration.set_histogram_sequences(
      std::min(options.histogram_sequences, count));
  calibration.set_sequences_per_block(options.sequences_per_block);
  return calibration;
}

}  // namespace

ShardRange SequencesOfShard(int64_t sequences,
                            const CalibrationOptions& options,
                            const Shard& shard) {
  const int64_t per_block = options.sequences_per_block;
  const ShardRange blocks = BlocksOfShard(sequences, per_block, shard);
  return {blocks.first * per_block,
          std::min(blocks.end * per_block, sequences)};
}

absl::StatusOr<Calibration> CalibrateShard(
    const Model& model, const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, const Shard& shard, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress) {
  RETURN_IF_ERROR(ValidateShard(shard));
  RETURN_IF_ERROR(CheckFitsArtifact(model.config));
  const int64_t count = static_cast<int64_t>(sequences.size());
  const Run run = {
      model,
      options,
      count,
      BlocksOfShard(count, options.sequences_per_block, shard),
      SequencesOfShard(count, options, shard),
      threads,
  };
  std::vector<Activations> activations(run.ours.size());
  for (int64_t i = run.ours.first; i < run.ours.end; ++i) {
    Embed(model, sequences[i], 1, activations[i - run.ours.first]);
  }
  Calibration calibration = Describe(sequences, options);
  *calibration.mutable_shard() = shard;
  const int64_t layers = static_cast<int64_t>(model.blocks.size());
  for (int64_t layer = 0; layer < layers; ++layer) {
    const auto update = [&](int64_t done) {
      progress((layer * run.ours.size() + done) / layers);
    };
    RETURN_IF_ERROR(
        AddLayer(run, layer, update, absl::MakeSpan(activations), calibration));
  }
  return calibration;
}

absl::StatusOr<Calibration> CalibrateModel(
    const Model& model, const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress) {
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  ASSIGN_OR_RETURN(
      Calibration calibration,
      CalibrateShard(model, sequences, options, all, threads, progress));
  return MergeCalibrations(OnlyShard(std::move(calibration)));
}

}  // namespace quant_curve
