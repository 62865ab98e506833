#include "tools/calibrate/calibrate_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
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

// Runs layer `layer` of sequences [first, end), whose activations come from the
// layer before and go to the next.
std::vector<InputStatistics> StatisticsOf(
    const Model& model, int64_t layer, int64_t first, int64_t end,
    int64_t histogram_sequences, absl::Span<const LinearInputSpec> specs,
    absl::Span<Activations> activations) {
  std::vector<InputStatistics> statistics(specs.size());
  for (size_t j = 0; j < specs.size(); ++j) {
    statistics[j].sums.resize(TriangleSize(specs[j].in_features));
  }
  BlockActivations block;
  for (int64_t i = first; i < end; ++i) {
    RunBlock(model, layer, activations[i - first], block);
    size_t next = 0;
    // The order of LinearInputSpecs.
    for (const std::vector<float>* x : {&block.ln_1.output, &block.attention,
                                        &block.ln_2.output, &block.gelu}) {
      InputStatistics& input = statistics[next];
      AddOuterProducts(x->data(), activations[i - first].length,
                       specs[next].in_features, input.sums.data());
      if (i < histogram_sequences) input.histogram.Add(x->data(), x->size());
      ++next;
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

// Runs one layer of all sequences of a shard, `range`, and adds its inputs. As
// many blocks at a time as there are threads: memory stays bounded.
absl::Status AddLayer(const Model& model, int64_t layer,
                      const CalibrationOptions& options,
                      const ShardRange& range, ThreadPool& threads,
                      absl::FunctionRef<void(int64_t)> progress,
                      absl::Span<const LinearInputSpec> specs,
                      std::vector<Activations>& activations,
                      Calibration& calibration) {
  const int64_t per_block = options.sequences_per_block;
  const int64_t wave_size = per_block * threads.num_threads();
  std::vector<InputTotal> totals(specs.size());
  for (int64_t wave = range.first; wave < range.end; wave += wave_size) {
    const int64_t end = std::min(wave + wave_size, range.end);
    std::vector<std::vector<InputStatistics>> parts(
        (end - wave - 1) / per_block + 1);
    threads.ParallelFor(parts.size(), [&](int64_t i) {
      const int64_t first = wave + i * per_block;
      const int64_t count = std::min(per_block, end - first);
      parts[i] = StatisticsOf(
          model, layer, first, first + count, options.histogram_sequences,
          specs,
          absl::MakeSpan(activations).subspan(first - range.first, count));
    });
    for (size_t i = 0; i < parts.size(); ++i) {
      RETURN_IF_ERROR(
          AddBlock(wave / per_block + i, std::move(parts[i]), totals));
    }
    progress(end - range.first);
  }
  for (size_t j = 0; j < specs.size(); ++j) {
    RETURN_IF_ERROR(FillInput(specs[j], totals[j], *calibration.add_inputs()));
  }
  return absl::OkStatus();
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
  const ShardRange range =
      SequencesOfShard(static_cast<int64_t>(sequences.size()), options, shard);
  std::vector<Activations> activations(range.size());
  for (int64_t i = range.first; i < range.end; ++i) {
    Embed(model, sequences[i], 1, activations[i - range.first]);
  }
  Calibration calibration = Describe(sequences, options);
  *calibration.mutable_shard() = shard;
  const int64_t layers = static_cast<int64_t>(model.blocks.size());
  const size_t inputs = specs.size() / layers;
  for (int64_t layer = 0; layer < layers; ++layer) {
    const auto update = [&](int64_t done) {
      progress((layer * range.size() + done) / layers);
    };
    RETURN_IF_ERROR(
        AddLayer(model, layer, options, range, threads, update,
                 absl::MakeSpan(specs).subspan(layer * inputs, inputs),
                 activations, calibration));
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
