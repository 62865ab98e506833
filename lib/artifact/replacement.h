// New contents on the way to a file's name.
#ifndef QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_
#define QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Writes a temporary next to `path`, <path>.tmp-PROCESS, and renames it to
// `path`, which can be undone until the object ends:
//
//   ASSIGN_OR_RETURN(Replacement file, Replacement::Create(path));
//   while (...) RETURN_IF_ERROR(file.Append(piece));
//   RETURN_IF_ERROR(file.Finish());
//   RETURN_IF_ERROR(file.PutInPlace(/*for_good=*/false));
//   if (!others_work_too) file.TakeBack();
//
// Where the file system and /proc allow it, the temporary has no name until it
// is whole. A process that is killed while it has one leaves it; the next one
// that writes this path removes it. It knows by the lock (flock(2)) that a
// living process holds on its temporaries.
class Replacement {
 public:
  // Begins an empty temporary. `path` is as it was. Refuses a path that names
  // something other than a regular file, which a rename would destroy.
  static absl::StatusOr<Replacement> Create(const std::string& path);
  // Create, Append and Finish in one.
  static absl::StatusOr<Replacement> Write(const std::string& path,
                                           absl::string_view contents);

  Replacement(Replacement&& other) noexcept;
  Replacement& operator=(Replacement&&) = delete;
  // Removes what still has a temporary's name.
  ~Replacement();

  const std::string& path() const { return path_; }

  absl::Status Append(absl::string_view contents);
  // Syncs the temporary to disk; nothing is appended afterwards.
  absl::Status Finish();

  // `for_good`: TakeBack() will not be called, so the older file need not be
  // kept.
  absl::Status PutInPlace(bool for_good);
  // `path` is again what it was before PutInPlace(), or absent if it was. On a
  // file system without hard links it stays the new file.
  void TakeBack();

  // Puts finished files in place, one after another in this order: all of them
  // or, on an error, none. Then makes the renames durable.
  static absl::Status PutAllInPlace(std::vector<Replacement> files);

 private:
  enum class State {
    kWritten,   // or being written
    kNewFile,   // in place; there was no older one
    kKeptOld,   // in place; the older one has the name `old_`
    kLostOld,   // in place; the older one is not kept
    kTakenBack  // or moved from
  };

  explicit Replacement(const std::string& path);
  absl::Status OpenTemporary();

  std::string path_;
  std::string temporary_;
  std::string old_;
  int fd_ = -1;    // until Finish
  int lock_ = -1;  // a descriptor of the temporary
  bool unnamed_ = false;
  State state_ = State::kWritten;
};

// "a" of "a/b", "." of "b".
std::string DirectoryOf(const std::string& path);

// Makes the renames of this folder's entries durable, where that can be done.
void SyncDirectory(const std::string& directory);

// "a folder", "a pipe" and so on, of a file that is not regular.
absl::string_view FileTypeText(mode_t mode);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_
