// A checkpoint in, one scheme's packed model out.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/model_parts.h"
#include "lib/model/activation_store.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
#include "proto/activations.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/warnings.h"

namespace quant_curve {

struct QuantizeResult {
  QuantizedModel model;
  Warnings warnings;
};

// Which of the config's Linears, counted in the order of TensorSpecs, a shard
// quantizes: shares of about the same work by GPTQ. Neighbours stay together,
// as those of one input share its factorization.
ShardRange LinearsOfShard(const ModelConfig& config, const Shard& shard);
// Those of a part of a sequential run: all Linears of its blocks.
ShardRange LinearsOfPart(const ModelConfig& config, const Shard& part);

// Stores all tensors of `checkpoint` (validated) as `scheme` (validated) says,
// one after another: memory holds one Linear, and the Hessian of its input, at
// a time. With a calibration, every Linear of an integer scheme records RTN's
// proxy loss on the scheme's grid, and for a GPTQ scheme also GPTQ's proxy
// loss. `calibration` may be null unless NeedsCalibration(scheme); it belongs
// to this checkpoint.
//
// A sequential scheme is refused: its Linears can't be done without those
// before them, nor without the calibration's text (QuantizeSequentially).
//
// `linear_done` is called with the number of Linears finished so far, `keep`
// with each tensor. The result passes ValidateQuantizedModel and does not
// depend on the pool's threads. Errors name the tensor.
absl::StatusOr<QuantizeResult> QuantizeModel(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done,
    TensorSink keep = KeepInMessage);

// The shard's Linears; of the first shard also all other tensors. MergeModels
// makes the whole of all shards.
absl::StatusOr<QuantizeResult> QuantizeShard(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    const Shard& shard, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done,
    TensorSink keep = KeepInMessage);

// The same by a sequential scheme: `calibration` gives way to one that is taken
// layer by layer over `sequences`, those that it was taken on. Its histograms
// remain, and its sequences_per_block, at least 1.
absl::StatusOr<QuantizeResult> QuantizeSequentially(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>& calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done,
    TensorSink keep = KeepInMessage);

// The Linears of one part's blocks, in a chain of parts; of the first part also
// all other tensors. The part is the model's `shard`: MergeModels makes of all
// parts the bytes of QuantizeSequentially. `streams` becomes what the next part
// begins with; after the last part it stays empty. Refuses part.before of
// another run (StreamsOfRun) or of other blocks.
absl::StatusOr<QuantizeResult> QuantizePart(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>& calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    const ModelPart& part, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done, TensorSink keep,
    absl::optional<ActivationStore>& streams);

// What the activations of all parts of a run say alike: for HandOn.
ActivationStreams StreamsOfRun(const Artifact<Checkpoint>& checkpoint,
                               const Artifact<Calibration>& calibration,
                               const Scheme& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_
