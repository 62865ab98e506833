// A whole calibration from its shards.
#ifndef QUANT_CURVE_LIB_CALIBRATION_MERGE_CALIBRATIONS_H_
#define QUANT_CURVE_LIB_CALIBRATION_MERGE_CALIBRATIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "lib/artifact/tensor.h"
#include "lib/sharding/merge.h"
#include "lib/sharding/shard.h"
#include "proto/calibration.pb.h"

namespace quant_curve {

// The blocks of a shard: an even share of ceil(num_sequences /
// sequences_per_block). Both are positive.
ShardRange BlocksOfShard(int64_t num_sequences, int64_t sequences_per_block,
                         const Shard& shard);

// Adds the counts of `from` to `to`. Refuses histograms with other bins.
absl::Status AddHistogram(const MagnitudeHistogram& from,
                          MagnitudeHistogram& to);

// Turns the sum over all tokens into the Hessian of `input`; hands it to
// `keep`.
absl::Status SetHessian(std::vector<double> sums, uint64_t in_features,
                        double tokens, LinearInput& input, TensorSink keep);

// The Hessians are the means of all shards' sums, added in the order of the
// tree of blocks (block_sum.h): the bytes do not depend on the number of
// shards. Refuses, naming the files, shards that are missing, repeated, of
// different runs, or whose sums are not those of their blocks. Parts (of the
// model's blocks) are put one after another. Memory holds the
// sums of one input at a time.
absl::StatusOr<Calibration> MergeCalibrations(
    std::vector<ShardFile<Calibration>> files, TensorSink keep = KeepInMessage,
    ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_MERGE_CALIBRATIONS_H_
