#include "lib/calibration/calibrate_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/histogram.h"
#include "lib/calibration/input_sums.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/model/activation_store.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/model/streams.h"

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

// What one run works on.
struct Run {
  const ModelReader& reader;
  const Model& ends;
  const CalibrationOptions& options;
  int64_t count;  // sequences of the whole
  ShardRange blocks;
  ShardRange ours;  // the sequences of these blocks
  ActivationStore& streams;
  ThreadPool& threads;
  TensorSink keep;
};

// Runs one layer of the sequences, whose activations come from the layer before
// and go to the next.
absl::StatusOr<BlockStatistics> StatisticsOf(
    const Run& run, const Block& layer, const ShardRange& sequences,
    absl::Span<const LinearInputSpec> specs) {
  BlockStatistics statistics = {MakeInputSums(specs), {}};
  statistics.histograms.resize(specs.size());
  LayerWorkspace workspace;
  for (int64_t i = sequences.first; i < sequences.end; ++i) {
    const int64_t stream = i - run.ours.first;
    ASSIGN_OR_RETURN(std::vector<float> input, run.streams.Take(stream));
    RunLayer(run.ends, layer, 1, std::move(input), workspace);
    RETURN_IF_ERROR(
        run.streams.Put(stream, std::move(workspace.activations.output)));
    AddInputs(workspace.layer, specs, absl::MakeSpan(statistics.sums));
    if (i >= run.options.histogram_sequences) continue;
    size_t next = 0;
    for (const std::vector<float>* x : LinearInputs(workspace.layer)) {
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

LinearInput DescribeInput(const LinearInputSpec& spec,
                          const MagnitudeHistogram& histogram) {
  LinearInput input;
  for (const std::string& linear : spec.linears) input.add_linears(linear);
  *input.mutable_histogram() = histogram;
  return input;
}

// What a shard hands on of an input.
absl::Status AddPartial(const LinearInputSpec& spec, InputTotal total,
                        TensorSink keep, Calibration& calibration) {
  LinearInput& input = *calibration.add_inputs();
  input = DescribeInput(spec, total.histogram);
  PartialHessian& partial = *input.mutable_partial();
  partial.set_in_features(spec.in_features);
  for (const std::vector<double>& sums : total.sums.sums()) {
    RETURN_IF_ERROR(CheckFinite(sums, spec.linears[0]));
    Tensor& tensor = *partial.add_sums();
    tensor = MakeFloat64("sums", {sums.size()}, sums);
    RETURN_IF_ERROR(keep(tensor));
  }
  return absl::OkStatus();
}

absl::Status AddWhole(const LinearInputSpec& spec, InputTotal total,
                      TensorSink keep, Calibration& calibration) {
  std::vector<double> sums = total.sums.TakeTotal();
  RETURN_IF_ERROR(CheckFinite(sums, spec.linears[0]));
  LinearInput& input = *calibration.add_inputs();
  input = DescribeInput(spec, total.histogram);
  const double tokens = static_cast<double>(calibration.num_sequences() *
                                            calibration.sequence_length());
  return SetHessian(std::move(sums), spec.in_features, tokens, input, keep);
}

// Runs one layer of all of the run's sequences and adds what its inputs have
// gathered.
absl::Status AddLayer(const Run& run, int64_t layer,
                      absl::FunctionRef<void(int64_t)> progress,
                      Calibration& calibration) {
  ASSIGN_OR_RETURN(const Block block,
                   run.reader.ReadBlock(layer, &run.threads));
  const std::vector<LinearInputSpec> all = LinearInputSpecs(run.ends.config);
  const auto specs = absl::MakeConstSpan(all).subspan(layer * kInputsPerBlock,
                                                      kInputsPerBlock);
  const auto range_of = [&run](int64_t block) {
    return SequencesOfBlock(block, run.options.sequences_per_block, run.count);
  };
  std::vector<InputTotal> totals(specs.size());
  const auto gather = [&](int64_t i) -> absl::StatusOr<BlockStatistics> {
    return StatisticsOf(run, block, range_of(i), specs);
  };
  const auto add = [&](int64_t i, absl::StatusOr<BlockStatistics> statistics) {
    RETURN_IF_ERROR(statistics.status());
    progress(range_of(i).end - run.ours.first);
    return AddBlock(i, *std::move(statistics), totals);
  };
  RETURN_IF_ERROR(AddBlocksInOrder(run.blocks, run.threads, gather, add));
  const auto finish = calibration.has_shard() ? AddPartial : AddWhole;
  for (size_t j = 0; j < specs.size(); ++j) {
    RETURN_IF_ERROR(
        finish(specs[j], std::move(totals[j]), run.keep, calibration));
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

// Runs blocks [layers.first, layers.end) over the shard's sequences and adds
// their inputs to `calibration`, which is described already.
absl::Status RunLayers(const ModelReader& reader, const Model& ends,
                       const CalibrationOptions& options, int64_t count,
                       const Shard& shard, const ShardRange& layers,
                       ActivationStore& streams, ThreadPool& threads,
                       absl::FunctionRef<void(int64_t)> progress,
                       TensorSink keep, Calibration& calibration) {
  const ShardRange ours = SequencesOfShard(count, options, shard);
  const Run run = {
      reader,
      ends,
      options,
      count,
      BlocksOfShard(count, options.sequences_per_block, shard),
      ours,
      streams,
      threads,
      keep,
  };
  for (int64_t layer = layers.first; layer < layers.end; ++layer) {
    const auto update = [&](int64_t done) {
      progress(((layer - layers.first) * ours.size() + done) / layers.size());
    };
    RETURN_IF_ERROR(AddLayer(run, layer, update, calibration));
  }
  return absl::OkStatus();
}

absl::Status Calibrate(const ModelReader& reader, const Sequences& sequences,
                       const CalibrationOptions& options, const Shard& shard,
                       ThreadPool& threads,
                       absl::FunctionRef<void(int64_t)> progress,
                       TensorSink keep, Calibration& calibration) {
  RETURN_IF_ERROR(ValidateShard(shard));
  const int64_t count = static_cast<int64_t>(sequences.size());
  const ShardRange ours = SequencesOfShard(count, options, shard);
  ASSIGN_OR_RETURN(
      ActivationStore streams,
      MakeStreams(reader.config(), ours.size(), sequences[0].size()));
  ASSIGN_OR_RETURN(const Model ends,
                   EmbedSequences(reader,
                                  absl::MakeConstSpan(sequences).subspan(
                                      ours.first, ours.size()),
                                  streams));
  return RunLayers(reader, ends, options, count, shard,
                   {0, reader.num_layers()}, streams, threads, progress, keep,
                   calibration);
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

absl::StatusOr<Calibration> CalibrateModel(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress, TensorSink keep) {
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  Calibration calibration = Describe(sequences, options);
  RETURN_IF_ERROR(Calibrate(model, sequences, options, all, threads, progress,
                            keep, calibration));
  return calibration;
}

absl::StatusOr<Calibration> CalibratePart(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, const ModelPart& part,
    ThreadPool& threads, absl::FunctionRef<void(int64_t)> progress,
    TensorSink keep, absl::optional<ActivationStore>& streams) {
  ASSIGN_OR_RETURN(const Model ends,
                   BeginStreams(model, sequences, part, streams));
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  Calibration calibration = Describe(sequences, options);
  *calibration.mutable_part() = part.part;
  RETURN_IF_ERROR(RunLayers(model, ends, options,
                            static_cast<int64_t>(sequences.size()), all,
                            BlocksOfPart(part.part, model.num_layers()),
                            *streams, threads, progress, keep, calibration));
  return calibration;
}

absl::StatusOr<Calibration> CalibrateShard(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, const Shard& shard, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress, TensorSink keep) {
  Calibration calibration = Describe(sequences, options);
  *calibration.mutable_shard() = shard;
  RETURN_IF_ERROR(Calibrate(model, sequences, options, shard, threads, progress,
                            keep, calibration));
  return calibration;
}

}  // namespace quant_curve
