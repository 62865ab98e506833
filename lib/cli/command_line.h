// A command line checked before Abseil parses it: Abseil's own messages name
// neither the tool nor a remedy.
#ifndef QUANT_CURVE_LIB_CLI_COMMAND_LINE_H_
#define QUANT_CURVE_LIB_CLI_COMMAND_LINE_H_

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace quant_curve {

// UsageError for a flag that does not exist (with the nearest one that does), a
// value that cannot be parsed and a value that is missing. `arguments` are
// those after the program's name; "--" ends the flags. The flags take the
// values.
absl::Status CheckCommandLine(absl::Span<char* const> arguments);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_COMMAND_LINE_H_
