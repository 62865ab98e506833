#include "tools/export/output_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/staging_folder.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

absl::Status CheckEmptyOrAbsent(const std::string& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status) ||
      (fs::is_directory(status) && fs::is_empty(target, error))) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat(target,
                   ": exists already and is not an empty folder; "
                   "remove it or name another"));
}

}  // namespace

absl::Status WriteFolder(
    const std::string& path,
    absl::FunctionRef<absl::Status(const std::string&)> fill) {
  std::string target = path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  // First of all: what a killed run left goes, also when this one is refused.
  ASSIGN_OR_RETURN(const StagingFolder staging, StagingFolder::Lock(target));
  RETURN_IF_ERROR(staging.Clear());
  RETURN_IF_ERROR(CheckEmptyOrAbsent(target));
  const std::string folder = staging.path() + "/new";
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": cannot create: ", error.message()));
  }
  RETURN_IF_ERROR(fill(folder));
  // Renaming replaces an empty folder and fails where another process has
  // filled it in the meantime.
  fs::rename(folder, target, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat(
        target, ": cannot put the folder in place: ", error.message()));
  }
  const std::string parent = fs::path(target).parent_path().string();
  SyncDirectory(parent.empty() ? "." : parent);
  return absl::OkStatus();
}

}  // namespace quant_curve
