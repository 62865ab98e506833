// Runs a program and waits for it.
#ifndef QUANT_CURVE_TOOLS_AUDIT_PROCESS_H_
#define QUANT_CURVE_TOOLS_AUDIT_PROCESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace quant_curve {

// Without a shell, in `folder`, and with a fixed environment (LC_ALL=C, PATH of
// the system); standard output is dropped. An error when it cannot run or does
// not exit with 0, with the last line that it wrote to standard error, which
// goes to the file `log`. All paths are absolute.
absl::Status RunProgram(const std::string& program,
                        const std::vector<std::string>& arguments,
                        const std::string& folder, const std::string& log);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_PROCESS_H_
