// The text of a calibration as a model reads it.
#ifndef QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_
#define QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// A model's inputs: the first `count` windows of `length` tokens of the
// calibration split, each after a separator or a begin token. Documents are
// packed: all sequences have one length. `corpus` is valid (ValidateCorpus).
// Refuses what CutWindows refuses, and, naming `path`, a split that is too
// short.
absl::StatusOr<std::vector<std::vector<uint32_t>>> CalibrationSequences(
    const Corpus& corpus, absl::string_view path, uint64_t count,
    uint64_t length, uint64_t vocab_size);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_
