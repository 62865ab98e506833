// Where the user is while `bazel run` runs a program in its runfiles.
#ifndef QUANT_CURVE_LIB_CLI_WORKSPACE_H_
#define QUANT_CURVE_LIB_CLI_WORKSPACE_H_

#include <string>

namespace quant_curve {

// A relative path that a flag names: from the workspace's root under `bazel
// run`, else as it is. Absolute paths stay.
std::string InWorkspace(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_WORKSPACE_H_
