// Names that go into figures and tables.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_NAME_H_
#define QUANT_CURVE_LIB_MEASUREMENT_NAME_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Refuses a name that is not of 1 to 64 letters, digits and ._+-: names go into
// figures and tables as they are. `what` begins the message.
absl::Status CheckName(absl::string_view what, absl::string_view name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_NAME_H_
