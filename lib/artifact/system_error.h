// The Status of a system call that failed.
#ifndef QUANT_CURVE_LIB_ARTIFACT_SYSTEM_ERROR_H_
#define QUANT_CURVE_LIB_ARTIFACT_SYSTEM_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// "<path>: <what>: <the system's text for `error`>". `error` is an errno:
// NotFound for ENOENT, ResourceExhausted for ENOSPC, FailedPrecondition for any
// other.
//
//   if (fd < 0) return SystemError("cannot open", path, errno);
absl::Status SystemError(absl::string_view what, absl::string_view path,
                         int error);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_SYSTEM_ERROR_H_
