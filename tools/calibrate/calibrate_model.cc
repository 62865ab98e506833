#include "tools/calibrate/calibrate_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/sharding/merge.h"
#include "tools/calibrate/histogram.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

// What one input has gathered over one block of sequences.
struct InputStatistics {
  std::vector<double> sums;  // of x x^T, a triangle
  MagnitudeCounter histogram;
};

// The same over all blocks so far.
struct InputTotal {
  BlockSum sums;
  MagnitudeHistogram histogram = MagnitudeCounter().ToProto();
};

// Runs sequences [first, end), one layer at a time: what a layer computed is
// forgotten when the next one runs.
std::vector<InputStatistics> StatisticsOf(
    const Model& model, const Sequences& sequences, int64_t first, int64_t end,
    int64_t histogram_sequences, const std::vector<LinearInputSpec>& specs) {
  std::vector<InputStatistics> statistics(specs.size());
  for (size_t j = 0; j < specs.size(); ++j) {
    statistics[j].sums.resize(TriangleSize(specs[j].in_features));
  }
  Activations activations;
  BlockActivations block;
  for (int64_t i = first; i < end; ++i) {
    const int64_t rows = static_cast<int64_t>(sequences[i].size());
    Embed(model, sequences[i], 1, activations);
    size_t next = 0;
    for (size_t layer = 0; layer < model.blocks.size(); ++layer) {
      RunBlock(model, layer, activations, block);
      // The order of LinearInputSpecs.
      for (const std::vector<float>* x : {&block.ln_1.output, &block.attention,
                                          &block.ln_2.output, &block.gelu}) {
        InputStatistics& input = statistics[next];
        AddOuterProducts(x->data(), rows, specs[next].in_features,
                         input.sums.data());
        if (i < histogram_sequences) input.histogram.Add(x->data(), x->size());
        ++next;
      }
    }
  }
  return statistics;
}

// Adds the block that follows all before.
absl::Status AddBlock(int64_t block, std::vector<InputStatistics> statistics,
                      std::vector<InputTotal>& totals) {
  for (size_t j = 0; j < totals.size(); ++j) {
    totals[j].sums.Add({0, block}, std::move(statistics[j].sums));
    RETURN_IF_ERROR(
        AddHistogram(statistics[j].histogram.ToProto(), totals[j].histogram));
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
  // As many blocks at a time as there are threads: memory stays bounded.
  for (int64_t wave = blocks.first; wave < blocks.end;
       wave += threads.num_threads()) {
    const int64_t in_wave =
        std::min<int64_t>(threads.num_threads(), blocks.end - wave);
    std::vector<std::vector<InputStatistics>> parts(in_wave);
    threads.ParallelFor(in_wave, [&](int64_t i) {
      const int64_t first = (wave + i) * per_block;
      parts[i] = StatisticsOf(model, sequences, first,
                              std::min(first + per_block, count),
                              options.histogram_sequences, specs);
    });
    for (int64_t i = 0; i < in_wave; ++i) {
      RETURN_IF_ERROR(AddBlock(wave + i, std::move(parts[i]), totals));
    }
    progress(std::min((wave + in_wave) * per_block, count) -
             blocks.first * per_block);
  }
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
