#include "lib/measurement/name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxNameLength = 64;

}  // namespace

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  bool plain = !name.empty() && name.size() <= kMaxNameLength;
  for (const char c : name) {
    plain = plain && (absl::ascii_isalnum(c) ||
                      std::string("._+-").find(c) != std::string::npos);
  }
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", name, "': must be 1 to ", kMaxNameLength,
                   " letters, digits or ._+-"));
}

}  // namespace quant_curve
