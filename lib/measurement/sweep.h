// A sweep: several schemes measured on the same windows and items.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_SWEEP_H_
#define QUANT_CURVE_LIB_MEASUREMENT_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

struct Sweep {
  std::vector<Measurement> measurements;  // in the order given
  int reference = 0;                      // index of the reference scheme
  // Digests (32 raw bytes) of the files that ReadSweep read, in that order.
  std::vector<std::string> sha256s;
};

// Joins measurements that were checked (CheckMeasurement); `names` are theirs
// in messages. Refuses, naming both, two of one scheme name and those of other
// corpora, windows, items or models; refuses a reference that is not among
// them, listing those that are.
absl::StatusOr<Sweep> MakeSweep(std::vector<Measurement> measurements,
                                const std::vector<std::string>& names,
                                absl::string_view reference);

// MakeSweep of measurement artifacts.
absl::StatusOr<Sweep> ReadSweep(const std::vector<std::string>& paths,
                                absl::string_view reference);

// Index of the scheme called `name`, or -1.
int FindScheme(const Sweep& sweep, absl::string_view name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_SWEEP_H_
