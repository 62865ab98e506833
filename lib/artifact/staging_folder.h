// Where an output folder is put together before it gets its name.
#ifndef QUANT_CURVE_LIB_ARTIFACT_STAGING_FOLDER_H_
#define QUANT_CURVE_LIB_ARTIFACT_STAGING_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quant_curve {

// A folder that one process at a time works in, on the way to one output:
//
//   ASSIGN_OR_RETURN(StagingFolder staging, StagingFolder::Lock("out/model"));
//   // fill staging.path() + "/new", then rename it to "out/model"
//
// Its name is fixed (out/.model:partial), so that the next run finds what a
// killed one left behind and can clear or complete it. Bazel takes no folder
// with a colon in its name for a package, whatever BUILD files are in it. The
// lock is flock(2) on the folder, which ends with the process.
class StagingFolder {
 public:
  // Makes the folder of `target` unless it exists, and waits for up to a minute
  // while another process holds it. What it contains is left as it is. Fails
  // when target's parent is missing and names the remedy.
  static absl::StatusOr<StagingFolder> Lock(const std::string& target);

  StagingFolder(StagingFolder&& other) noexcept;
  StagingFolder& operator=(StagingFolder&&) = delete;
  // Removes the folder with all that is in it, unless Keep() was called.
  ~StagingFolder();

  const std::string& path() const { return path_; }

  // Removes all that is in the folder.
  absl::Status Clear() const;

  // The folder stays for the next run.
  void Keep() { keep_ = true; }

 private:
  StagingFolder(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;  // holds the lock; -1 after a move
  bool keep_ = false;
};

// "out/.model:partial" for "out/model".
std::string StagingPath(const std::string& target);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_STAGING_FOLDER_H_
