#include "tools/publish/publish.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/staging_folder.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"
#include "tools/publish/commit.h"
#include "tools/publish/earlier_publication.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kDefaultMode = 0755;

absl::StatusOr<std::set<std::string>> NamesOf(
    const std::vector<PublishedFile>& files) {
  std::set<std::string> names;
  for (const PublishedFile& file : files) {
    if (!names.insert(file.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two files would be published as ", file.name));
    }
  }
  return names;
}

// The folder itself: a link to a folder stays a link.
absl::StatusOr<std::string> Resolve(const std::string& directory) {
  std::error_code error;
  std::string target = fs::weakly_canonical(directory, error).string();
  if (error) return SystemError("cannot resolve", directory, error.value());
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  struct stat info;
  if (stat(target.c_str(), &info) != 0) return target;
  if (!S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": not a directory"));
  }
  struct stat parent;
  const std::string above = fs::path(target).parent_path().string();
  if (stat(above.c_str(), &parent) == 0 && parent.st_dev != info.st_dev) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory,
                     ": is the root of a file system, and cannot be "
                     "replaced; name a folder in it"));
  }
  return target;
}

absl::Status Stage(const std::vector<PublishedFile>& files,
                   const std::string& target, const std::string& folder) {
  std::error_code error;
  fs::create_directory(folder, error);
  for (const PublishedFile& file : files) {
    const std::string path = absl::StrCat(folder, "/", file.name);
    if (!error) fs::create_directories(fs::path(path).parent_path(), error);
    if (error) return SystemError("cannot create", path, error.value());
    RETURN_IF_ERROR(WriteFileAtomically(path, file.contents));
  }
  struct stat info;
  const bool exists = stat(target.c_str(), &info) == 0;
  if (chmod(folder.c_str(), exists ? info.st_mode & 07777 : kDefaultMode) !=
      0) {
    return SystemError("cannot set its mode", folder, errno);
  }
  SyncDirectory(folder);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Published> Publish(const std::vector<PublishedFile>& files,
                                  const std::string& directory,
                                  bool overwrite) {
  Change change;
  ASSIGN_OR_RETURN(change.put, NamesOf(files));
  ASSIGN_OR_RETURN(const std::string target, Resolve(directory));
  ASSIGN_OR_RETURN(StagingFolder staging, StagingFolder::Lock(target));
  RETURN_IF_ERROR(Recover(target, staging));
  ASSIGN_OR_RETURN(const EarlierPublication earlier,
                   FindEarlierPublication(target));
  RETURN_IF_ERROR(CheckMayPublish(earlier, change.put, target, overwrite));
  std::set_difference(earlier.files.begin(), earlier.files.end(),
                      change.put.begin(), change.put.end(),
                      std::inserter(change.drop, change.drop.end()));
  RETURN_IF_ERROR(Stage(files, target, NewFolder(staging)));
  RETURN_IF_ERROR(Commit(change, target, staging));
  SyncDirectory(fs::path(target).parent_path());
  Published published;
  published.removed.assign(change.drop.begin(), change.drop.end());
  published.others = OtherEntries(target, change.put);
  return published;
}

absl::Status CheckDirectory(const std::string& directory, bool overwrite) {
  ASSIGN_OR_RETURN(const std::string target, Resolve(directory));
  ASSIGN_OR_RETURN(StagingFolder staging, StagingFolder::Lock(target));
  RETURN_IF_ERROR(Recover(target, staging));
  ASSIGN_OR_RETURN(const EarlierPublication earlier,
                   FindEarlierPublication(target));
  return CheckMayPublish(earlier, {}, target, overwrite);
}

}  // namespace quant_curve
