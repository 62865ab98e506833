#include "tools/publish/publish.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

absl::Status SystemError(absl::string_view what, const std::string& path,
                         int error) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": ", what, ": ", std::strerror(error)));
}

bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

absl::Status CheckFiles(const std::vector<PublishedFile>& files) {
  std::set<std::string> names;
  for (const PublishedFile& file : files) {
    if (!names.insert(file.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two files would be published as ", file.name));
    }
  }
  return absl::OkStatus();
}

// Links everything in `from` into `to` but the names in `except`.
absl::Status LinkTheRest(const std::string& from,
                         const std::set<std::string>& except,
                         const std::string& to) {
  std::error_code error;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (except.count(name) > 0) continue;
    fs::copy(entry->path(), fs::path(to) / name,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                 fs::copy_options::create_hard_links,
             error);
    if (error) break;
  }
  if (!error) return absl::OkStatus();
  return SystemError("cannot keep what it holds", from, error.value());
}

// The folder of "folder/file", or the file itself: what a rename can move.
std::string TopOf(const std::string& name) {
  return name.substr(0, name.find('/'));
}

std::set<std::string> TopNames(const std::vector<PublishedFile>& files) {
  std::set<std::string> names;
  for (const PublishedFile& file : files) names.insert(TopOf(file.name));
  return names;
}

absl::Status Stage(const std::vector<PublishedFile>& files,
                   const std::vector<std::string>& replaced,
                   const std::string& directory, const std::string& staging) {
  for (const PublishedFile& file : files) {
    const std::string path = absl::StrCat(staging, "/", file.name);
    std::error_code error;
    fs::create_directories(fs::path(path).parent_path(), error);
    if (error) return SystemError("cannot create", path, error.value());
    RETURN_IF_ERROR(WriteFileAtomically(path, file.contents));
  }
  std::set<std::string> names = TopNames(files);
  names.insert(replaced.begin(), replaced.end());
  mode_t mode = 0755;
  if (Exists(directory)) {
    RETURN_IF_ERROR(LinkTheRest(directory, names, staging));
    struct stat info;
    if (stat(directory.c_str(), &info) == 0) mode = info.st_mode & 07777;
  }
  if (chmod(staging.c_str(), mode) != 0) {
    return SystemError("cannot set its mode", staging, errno);
  }
  return absl::OkStatus();
}

absl::Status Swap(const std::vector<PublishedFile>& files,
                  const std::string& staging, const std::string& directory) {
  const unsigned int flags = Exists(directory) ? RENAME_EXCHANGE : 0;
  if (renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, directory.c_str(),
                flags) == 0) {
    return absl::OkStatus();
  }
  if (flags == 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS)) {
    return SystemError("cannot put the new folder in place", directory, errno);
  }
  const std::set<std::string> names = TopNames(files);
  return MoveOneByOne({names.begin(), names.end()}, staging, directory);
}

}  // namespace

absl::Status MoveOneByOne(const std::vector<std::string>& names,
                          const std::string& staging,
                          const std::string& directory) {
  struct Move {
    std::string from;
    std::string to;
  };
  std::vector<Move> done;
  const auto move = [&done](const std::string& from, const std::string& to) {
    if (rename(from.c_str(), to.c_str()) != 0) return false;
    done.push_back({from, to});
    return true;
  };
  for (const std::string& name : names) {
    const std::string target = absl::StrCat(directory, "/", name);
    const std::string source = absl::StrCat(staging, "/", name);
    const std::string old = absl::StrCat(source, ".old");
    if ((Exists(target) && !move(target, old)) || !move(source, target)) {
      const int error = errno;
      for (auto last = done.rbegin(); last != done.rend(); ++last) {
        rename(last->to.c_str(), last->from.c_str());
      }
      return SystemError("cannot replace", target, error);
    }
  }
  SyncDirectory(directory);
  return absl::OkStatus();
}

absl::Status Publish(const std::vector<PublishedFile>& files,
                     const std::vector<std::string>& replaced,
                     const std::string& directory) {
  RETURN_IF_ERROR(CheckFiles(files));
  // A link to a folder stays a link; what it points to is exchanged.
  std::error_code error;
  std::string target = fs::weakly_canonical(directory, error).string();
  if (error) return SystemError("cannot resolve", directory, error.value());
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  if (Exists(target) && !fs::is_directory(target, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": not a directory"));
  }
  std::string staging = absl::StrCat(target, ".publish-XXXXXX");
  if (mkdtemp(&staging[0]) == nullptr) {
    return SystemError("cannot create a folder beside it", directory, errno);
  }
  absl::Cleanup remove_staging = [&staging] {
    std::error_code ignored;
    fs::remove_all(staging, ignored);
  };
  RETURN_IF_ERROR(Stage(files, replaced, target, staging));
  SyncDirectory(staging);
  RETURN_IF_ERROR(Swap(files, staging, target));
  SyncDirectory(fs::path(target).parent_path());
  return absl::OkStatus();
}

}  // namespace quant_curve
