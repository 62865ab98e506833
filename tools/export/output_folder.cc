#include "tools/export/output_folder.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

}  // namespace

absl::Status WriteFolder(
    const std::string& path,
    absl::FunctionRef<absl::Status(const std::string&)> fill) {
  const std::string target(absl::StripSuffix(path, "/"));
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (fs::exists(status) &&
      !(fs::is_directory(status) && fs::is_empty(target, error))) {
    return absl::AlreadyExistsError(absl::StrCat(
        target,
        ": exists already and is no empty folder; remove it or name another"));
  }
  const std::string staging = absl::StrCat(target, ".tmp-", getpid());
  if (!fs::create_directory(staging, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(staging, ": cannot make this folder: ",
                     error ? error.message() : "it exists already"));
  }
  const absl::Cleanup remove_staging = [&staging] {
    std::error_code ignored;
    fs::remove_all(staging, ignored);
  };
  RETURN_IF_ERROR(fill(staging));
  fs::rename(staging, target, error);
  if (!error) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      target, ": cannot put the folder in place: ", error.message()));
}

}  // namespace quant_curve
