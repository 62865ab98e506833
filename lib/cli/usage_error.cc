#include "lib/cli/usage_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kUsagePayload = "quant_curve/usage";

}  // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

absl::Status RequireFlag(absl::string_view name, const std::string& value) {
  if (!value.empty()) return absl::OkStatus();
  return UsageError(absl::StrCat("--", name, " is required (see --help)"));
}

}  // namespace quant_curve
