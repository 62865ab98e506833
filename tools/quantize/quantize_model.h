// A checkpoint in, one scheme's packed model out.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
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

// Stores the shard's Linears of `checkpoint` (validated) as `scheme`
// (validated) says; the first shard also stores all other tensors. With a
// calibration, every Linear of an integer scheme records RTN's proxy loss on
// the scheme's grid, and one of a GPTQ scheme GPTQ's, too. `calibration` may be
// null unless NeedsCalibration(scheme); it belongs to this checkpoint.
//
// A sequential scheme is refused: its Linears can't be done apart, nor without
// the calibration's text (QuantizeSequentially).
//
// `linear_done` is called with the number of Linears finished so far. The
// result is what MergeModels wants; it does not depend on the pool's threads.
// Errors name the tensor.
absl::StatusOr<QuantizeResult> QuantizeShard(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    const Shard& shard, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done);

// A whole model: one shard, merged. It passes ValidateQuantizedModel.
absl::StatusOr<QuantizeResult> QuantizeModel(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done);

// The same by a sequential scheme: `calibration` gives way to one that is taken
// layer by layer over `sequences`, those that it was taken on. Its histograms
// remain, and its sequences_per_block, at least 1.
absl::StatusOr<QuantizeResult> QuantizeSequentially(
    const Artifact<Checkpoint>& checkpoint, Artifact<Calibration> calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_QUANTIZE_MODEL_H_
