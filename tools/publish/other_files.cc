#include "tools/publish/other_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

// More than any experiment has: a home folder with --overwrite, perhaps.
constexpr int kMaxLinks = 5000;

bool IsOurs(const std::string& name, const Change& change) {
  return change.put.count(name) > 0 || change.drop.count(name) > 0;
}

// Whether files of the publication are in the folder `name`.
bool HoldsOurs(const std::string& name, const Change& change) {
  const std::string prefix = absl::StrCat(name, "/");
  for (const std::set<std::string>* names : {&change.put, &change.drop}) {
    const auto first = names->lower_bound(prefix);
    if (first != names->end() && absl::StartsWith(*first, prefix)) return true;
  }
  return false;
}

// Names in `directory`/`below`, as paths in `directory`. All of them first:
// entries are removed while they are gone through.
absl::Status List(const std::string& directory, const std::string& below,
                  std::vector<std::string>& names) {
  const std::string folder = absl::StrCat(directory, "/", below);
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(absl::StrCat(below, below.empty() ? "" : "/",
                                 entry->path().filename().string()));
  }
  if (!error) return absl::OkStatus();
  return SystemError("cannot read the folder", folder, error.value());
}

// One walk over `from`, with what does not change on the way.
struct Walk {
  const std::string& from;
  const Change& change;
  const std::string& to;
  int links = 0;

  std::string From(const std::string& name) const {
    return absl::StrCat(from, "/", name);
  }
  std::string To(const std::string& name) const {
    return absl::StrCat(to, "/", name);
  }
};

absl::Status LinkBelow(const std::string& below, Walk& walk);

absl::Status LinkOne(const std::string& name, Walk& walk) {
  struct stat info;
  if (lstat(walk.From(name).c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();  // removed in the meantime
    return SystemError("cannot stat", walk.From(name), errno);
  }
  if (++walk.links > kMaxLinks) {
    return absl::ResourceExhaustedError(
        absl::StrCat(walk.from, ": more than ", kMaxLinks, " other files"));
  }
  if (S_ISDIR(info.st_mode)) {
    if (mkdir(walk.To(name).c_str(), info.st_mode & 07777) != 0 &&
        errno != EEXIST) {
      return SystemError("cannot create", walk.To(name), errno);
    }
    RETURN_IF_ERROR(LinkBelow(name, walk));
    // artifacts/ without any: it goes with the publication. Not when not empty.
    if (HoldsOurs(name, walk.change)) rmdir(walk.To(name).c_str());
    return absl::OkStatus();
  }
  if (linkat(AT_FDCWD, walk.From(name).c_str(), AT_FDCWD, walk.To(name).c_str(),
             0) != 0 &&
      errno != ENOENT) {
    return SystemError("cannot link", walk.From(name), errno);
  }
  return absl::OkStatus();
}

absl::Status LinkBelow(const std::string& below, Walk& walk) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(List(walk.from, below, names));
  for (const std::string& name : names) {
    if (IsOurs(name, walk.change)) continue;
    RETURN_IF_ERROR(LinkOne(name, walk));
  }
  return absl::OkStatus();
}

bool IsNewer(const struct stat& a, const struct stat& b) {
  return std::tie(a.st_mtim.tv_sec, a.st_mtim.tv_nsec) >
         std::tie(b.st_mtim.tv_sec, b.st_mtim.tv_nsec);
}

absl::Status Remove(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return SystemError("cannot remove", path, errno);
}

absl::Status ReturnFile(const std::string& name, const struct stat& info,
                        Walk& walk) {
  struct stat there;
  const bool exists = lstat(walk.To(name).c_str(), &there) == 0;
  const bool linked =
      exists && there.st_dev == info.st_dev && there.st_ino == info.st_ino;
  if (linked || IsOurs(name, walk.change) || (exists && IsNewer(there, info))) {
    return Remove(walk.From(name));
  }
  if (rename(walk.From(name).c_str(), walk.To(name).c_str()) == 0) {
    return absl::OkStatus();
  }
  return SystemError("cannot move back", walk.From(name), errno);
}

absl::Status ReturnBelow(const std::string& below, Walk& walk);

absl::Status ReturnFolder(const std::string& name, Walk& walk) {
  struct stat there;
  if (!HoldsOurs(name, walk.change) &&
      lstat(walk.To(name).c_str(), &there) != 0 && errno == ENOENT &&
      rename(walk.From(name).c_str(), walk.To(name).c_str()) == 0) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ReturnBelow(name, walk));
  if (rmdir(walk.From(name).c_str()) == 0) return absl::OkStatus();
  return SystemError("cannot remove", walk.From(name), errno);
}

absl::Status ReturnBelow(const std::string& below, Walk& walk) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(List(walk.from, below, names));
  for (const std::string& name : names) {
    struct stat info;
    if (lstat(walk.From(name).c_str(), &info) != 0) continue;
    RETURN_IF_ERROR(S_ISDIR(info.st_mode) ? ReturnFolder(name, walk)
                                          : ReturnFile(name, info, walk));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LinkOthers(const std::string& from, const Change& change,
                        const std::string& to) {
  Walk walk = {from, change, to};
  return LinkBelow("", walk);
}

absl::Status ReturnOthers(const std::string& from, const Change& change,
                          const std::string& to) {
  Walk walk = {from, change, to};
  return ReturnBelow("", walk);
}

}  // namespace quant_curve
