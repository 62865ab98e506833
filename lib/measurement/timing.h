// Timing artifacts that can be trusted.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_TIMING_H_
#define QUANT_CURVE_LIB_MEASUREMENT_TIMING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// Refuses, naming the entry and the value: numbers that are not finite and
// positive, two entries of one model, scheme and thread count, a model of two
// sizes or two numbers of repeats, repeats without what memory gave, a memory
// level that is not LevelFor's (memory_level.h), ceilings twice for a thread
// count or without bandwidth, names that CheckName refuses and texts that would
// break a table.
absl::Status CheckTiming(const Timing& timing);

// Reads a timing and checks it.
absl::StatusOr<Artifact<Timing>> ReadTiming(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_TIMING_H_
