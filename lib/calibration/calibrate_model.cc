#include "lib/calibration/calibrate_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
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

// Runs the sequences, one layer at a time: what a layer computed is forgotten
// when the next one runs.
BlockStatistics StatisticsOf(const Model& model, const Sequences& sequences,
                             const ShardRange& range,
                             int64_t histogram_sequences,
                             absl::Span<const LinearInputSpec> specs) {
  BlockStatistics statistics = {MakeInputSums(specs), {}};
  statistics.histograms.resize(specs.size());
  Activations activations;
  BlockActivations block;
  for (int64_t i = range.first; i < range.end; ++i) {
    Embed(model, sequences[i], 1, activations);
    size_t next = 0;
    for (size_t layer = 0; layer < model.blocks.size(); ++layer) {
      RunBlock(model, layer, activations, block);
      AddInputs(block, specs.subspan(next),
                absl::MakeSpan(statistics.sums).subspan(next));
      for (const std::vector<float>* x : LinearInputs(block)) {
        MagnitudeCounter& histogram = statistics.histograms[next++];
        if (i < histogram_sequences) histogram.Add(x->data(), x->size());
      }
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
    for (const double value : sums) {
      if (!std::isfinite(value)) {
        return absl::FailedPreconditionError(absl::StrCat(
            "the input of ", spec.linears[0],
            " is not finite on the calibration sequences: the checkpoint is no "
            "working model"));
      }
    }
    *partial.add_sums() = MakeFloat64("sums", {sums.size()}, sums);
  }
  return absl::OkStatus();
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
  const std::vector<LinearInputSpec> specs = LinearInputSpecs(model.config);
  const int64_t count = static_cast<int64_t>(sequences.size());
  const int64_t per_block = options.sequences_per_block;
  const ShardRange blocks = BlocksOfShard(count, per_block, shard);
  std::vector<InputTotal> totals(specs.size());
  const auto gather = [&](int64_t block) {
    return StatisticsOf(model, sequences,
                        SequencesOfBlock(block, per_block, count),
                        options.histogram_sequences, specs);
  };
  const auto add = [&](int64_t block, BlockStatistics statistics) {
    progress(SequencesOfBlock(block, per_block, count).end -
             blocks.first * per_block);
    return AddBlock(block, std::move(statistics), totals);
  };
  RETURN_IF_ERROR(AddBlocksInOrder(blocks, threads, gather, add));
  Calibration calibration = Describe(sequences, options);
  *calibration.mutable_shard() = shard;
  for (size_t j = 0; j < specs.size(); ++j) {
    RETURN_IF_ERROR(FillInput(specs[j], totals[j], *calibration.add_inputs()));
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
