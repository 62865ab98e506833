// The main function of every tool: flags, exit codes, one-line errors.
#ifndef QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_
#define QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/cli/usage_error.h"

namespace quant_curve {

// Parses the flags, checks that no output is an input (output_check.h) and
// calls `run`. Exit codes: 0 done (or --help), 1 bad input or failed work, 2
// wrong usage (unknown flag, unreadable value, positional argument,
// UsageError). An error is one line on stderr, "<stage>: <message>", with
// control characters escaped. An exception (no memory, no thread) is such an
// error. So is an input file that becomes shorter, or cannot be read, while it
// is mapped (lib/artifact/mapped_file.h): the process ends at once then, and
// temporaries that have a name (lib/artifact/replacement.h) stay until the next
// run with the same output. `stage` is the tool's name, with its flags in
// lib/provenance/stages.h; `usage` says what it does, with one example.
//
//   int main(int argc, char** argv) {
//     return quant_curve::ToolMain("merge", argc, argv, kUsage,
//                                  quant_curve::Run);
//   }
int ToolMain(absl::string_view stage, int argc, char** argv,
             absl::string_view usage, absl::FunctionRef<absl::Status()> run);

// The same for a tool that also takes arguments and has exit codes of
// its own: `run` gets the arguments and returns the code.
int ToolMainWithArguments(
    absl::string_view stage, int argc, char** argv, absl::string_view usage,
    absl::FunctionRef<absl::StatusOr<int>(const std::vector<std::string>&)>
        run);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_TOOL_MAIN_H_
