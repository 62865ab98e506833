// No tool writes over what it reads.
#ifndef QUANT_CURVE_LIB_CLI_OUTPUT_CHECK_H_
#define QUANT_CURVE_LIB_CLI_OUTPUT_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace quant_curve {

// A path that a flag names.
struct NamedPath {
  std::string flag;
  std::string path;
};

// The files that a command line reads and writes. The manifest of an artifact
// (<path>.manifest.json) belongs to it and need not be listed.
struct CommandPaths {
  // Read, each with its manifest; of an index also its parts.
  std::vector<NamedPath> artifacts;
  std::vector<NamedPath> files;    // files and folders from outside, programs
  std::vector<NamedPath> outputs;  // written, each with its manifest
};

// InvalidArgument, naming both flags, when an output (or its manifest) is an
// input, an input's manifest, another output, the folder that holds an input,
// or a file of a folder that is read (except this project's own artifacts,
// which earlier runs left there). Compares files, not spellings: links and
// "a/../b" are followed. Paths that do not exist are left to who opens them.
absl::Status CheckOutputsAreNotInputs(const CommandPaths& paths);

// InternalError when the program's own flags and those that stages.h declares
// for `stage` are not the same: an undeclared one would escape manifests and
// checks. OK for a program that is not a stage.
absl::Status CheckFlagsAreDeclared(const std::string& stage);

// The paths that the flags of `stage` (lib/provenance/stages.h) name now, and
// the parts of those that are indexes or will be. Empty for a program that is
// not a stage.
CommandPaths CommandPathsOf(const std::string& stage);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_OUTPUT_CHECK_H_
