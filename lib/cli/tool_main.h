// What every tool's main does: flags, exit codes, one-line errors.
#ifndef QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_
#define QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// A wrong command line rather than a wrong input: exit code 2.
absl::Status UsageError(absl::string_view message);

// UsageError "--name is required" when `value` is empty.
absl::Status RequireFlag(absl::string_view name, const std::string& value);

// Parses the flags and calls `run`. Exit codes: 0 done (or --help), 1 bad
// input or failed work, 2 wrong usage (unknown flag, unreadable value,
// positional argument, UsageError). An error is one line on stderr,
// "<tool>: <message>". `usage` says what the tool does, with one example.
int ToolMain(int argc, char** argv, absl::string_view usage,
             absl::FunctionRef<absl::Status()> run);

// The same for a tool that takes arguments besides flags and has exit codes of
// its own: `run` gets the arguments and returns the code.
int ToolMainWithArguments(
    int argc, char** argv, absl::string_view usage,
    absl::FunctionRef<absl::StatusOr<int>(const std::vector<std::string>&)>
        run);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_
