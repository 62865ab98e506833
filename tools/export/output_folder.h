// A folder that appears with all its files or not at all.
#ifndef QUANT_CURVE_TOOLS_EXPORT_OUTPUT_FOLDER_H_
#define QUANT_CURVE_TOOLS_EXPORT_OUTPUT_FOLDER_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace quant_curve {

// Makes a folder in the staging folder of `path` (lib/artifact), lets `fill`
// write into it (it gets its path) and renames it to `path`; on an error
// nothing is left behind, and what a killed run left is removed by the next. An
// empty folder at `path` (Bazel makes one before the action) is replaced;
// anything else there is an error: another model's files would stay in it.
absl::Status WriteFolder(
    const std::string& path,
    absl::FunctionRef<absl::Status(const std::string&)> fill);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_OUTPUT_FOLDER_H_
