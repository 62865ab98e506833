// How long work tells what it has done.
#ifndef QUANT_CURVE_LIB_ARTIFACT_PROGRESS_SINK_H_
#define QUANT_CURVE_LIB_ARTIFACT_PROGRESS_SINK_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace quant_curve {

// `done` of `total` steps of about the same length are finished.
using ProgressSink = absl::FunctionRef<void(int64_t done, int64_t total)>;

inline void IgnoreProgress(int64_t, int64_t) {}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_PROGRESS_SINK_H_
