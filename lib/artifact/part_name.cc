#include "lib/artifact/part_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quant_curve {
namespace {

// Of a path: where its last part begins.
size_t NameBegin(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? 0 : slash + 1;
}

}  // namespace

std::string PartPath(absl::string_view path, uint32_t index, uint32_t count) {
  const size_t name = NameBegin(path);
  const size_t dot = path.rfind('.');
  // The dot of a hidden file begins no extension.
  const bool has_extension = dot != absl::string_view::npos && dot > name;
  const size_t stem = has_extension ? dot : path.size();
  return absl::StrFormat("%s-%05d-of-%05d%s", path.substr(0, stem), index + 1,
                         count, path.substr(stem));
}

std::string BesidePath(const std::string& path, absl::string_view name) {
  return absl::StrCat(path.substr(0, NameBegin(path)), name);
}

absl::Status CheckPartName(absl::string_view name) {
  const bool plain =
      !name.empty() && name.size() <= kMaxPartNameBytes && name != "." &&
      name != ".." && std::none_of(name.begin(), name.end(), [](char c) {
        return c == '/' || absl::ascii_iscntrl(static_cast<unsigned char>(c));
      });
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the file '", absl::CHexEscape(name.substr(0, kMaxPartNameBytes)),
      "' of its record: must be a name of 1 to ", kMaxPartNameBytes,
      " bytes, without a folder and control characters"));
}

}  // namespace quant_curve
