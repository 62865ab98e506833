// Hessians and histograms of every Linear's input over calibration sequences.
#ifndef QUANT_CURVE_LIB_CALIBRATION_CALIBRATE_MODEL_H_
#define QUANT_CURVE_LIB_CALIBRATION_CALIBRATE_MODEL_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/model_parts.h"
#include "lib/model/activation_store.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
#include "proto/calibration.pb.h"

namespace quant_curve {

struct CalibrationOptions {
  // Sums are taken over blocks of this many sequences; the blocks are added in
  // the order of a fixed tree, so that threads and shards change no bit.
  int64_t sequences_per_block = 4;
  // The histograms see this many of the sequences, from the first on.
  int64_t histogram_sequences = 64;
};

// Which of `sequences` sequences a shard runs: whole blocks.
ShardRange SequencesOfShard(int64_t sequences,
                            const CalibrationOptions& options,
                            const Shard& shard);

// Runs `model` over all of `sequences`, of one length between 1 and the
// context, ids below the vocabulary size, block by block. Memory holds the
// weights of one block and its sums, once per thread and once per pending node
// of the tree (block_sum.h), and a row of d_model for each token
// (ActivationStore). `progress` is called with the number of sequences' worth
// of work done; `keep` gets each Hessian. Fails when an activation is not
// finite. The caller sets the digests.
absl::StatusOr<Calibration> CalibrateModel(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress, TensorSink keep = KeepInMessage);

// CalibrateModel for the blocks of one part: MergeCalibrations makes the whole
// of all parts, to the bit. `streams` becomes what the next part begins with.
// Refuses what BeginStreams refuses.
absl::StatusOr<Calibration> CalibratePart(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, const ModelPart& part,
    ThreadPool& threads, absl::FunctionRef<void(int64_t)> progress,
    TensorSink keep, absl::optional<ActivationStore>& streams);

// The shard's part of that: MergeCalibrations makes the whole of all shards, to
// the bit. `keep` gets the sums.
absl::StatusOr<Calibration> CalibrateShard(
    const ModelReader& model,
    const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, const Shard& shard, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress, TensorSink keep = KeepInMessage);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_CALIBRATE_MODEL_H_
