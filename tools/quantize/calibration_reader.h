// Calibrations from files, checked against the checkpoint they belong to.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_CALIBRATION_READER_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_CALIBRATION_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/model/config.h"
#include "proto/calibration.pb.h"

namespace quant_curve {

// For each Linear's weight the index of its input in Calibration.inputs.
// Refuses a Linear without an input or with two, and names that the config does
// not have. `config` is valid.
absl::StatusOr<std::map<std::string, int>> InputsOfLinears(
    const Calibration& calibration, const ModelConfig& config);

// Reads the calibration at `path`. Refuses one of another checkpoint than
// `checkpoint`, which was read from `checkpoint_path`: both files are named.
absl::StatusOr<Artifact<Calibration>> ReadCalibrationOf(
    const Artifact<Checkpoint>& checkpoint, const std::string& checkpoint_path,
    const std::string& path);

// Reads the corpus at `path` and cuts from it the sequences that `calibration`,
// of this checkpoint and read from `calibration_path`, was taken on
// (CalibrationSequences). Refuses another corpus, naming both files, and a
// calibration whose counts are out of bounds.
absl::StatusOr<std::vector<std::vector<uint32_t>>> ReadSequencesOf(
    const Calibration& calibration, const std::string& calibration_path,
    const Artifact<Checkpoint>& checkpoint, const std::string& checkpoint_path,
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_CALIBRATION_READER_H_
