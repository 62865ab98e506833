// A whole measurement from its shards.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_MERGE_MEASUREMENTS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_MERGE_MEASUREMENTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "lib/sharding/merge.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// Windows and items of the shards one after another, then FillSummaries. The
// paired comparison is left to the caller. Refuses, naming the files, shards
// that are missing, repeated, of different runs, or whose windows or items are
// not an even share (RangeOf) of all.
absl::StatusOr<Measurement> MergeMeasurements(
    std::vector<ShardFile<Measurement>> files);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_MERGE_MEASUREMENTS_H_
