// A wrong command line rather than a wrong input.
#ifndef QUANT_CURVE_LIB_CLI_USAGE_ERROR_H_
#define QUANT_CURVE_LIB_CLI_USAGE_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// InvalidArgument for which ToolMain (tool_main.h) exits with 2.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

// UsageError "--name is required" when `value` is empty.
absl::Status RequireFlag(absl::string_view name, const std::string& value);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_USAGE_ERROR_H_
