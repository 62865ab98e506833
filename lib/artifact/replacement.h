// New contents on the way to a file's name.
#ifndef QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_
#define QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Writes a temporary next to `path`, <path>.tmp-PROCESS, and renames it to
// `path`, which can be undone until the object ends:
//
//   ASSIGN_OR_RETURN(Replacement file, Replacement::Write(path, bytes));
//   RETURN_IF_ERROR(file.PutInPlace(/*for_good=*/false));
//   if (!others_work_too) file.TakeBack();
//
// Where the file system and /proc allow it, the temporary has no name until it
// is whole. A process that is killed while it has one leaves it; the next one
// that writes this path removes it. It knows by the lock (flock(2)) that a
// living process holds on its temporaries.
class Replacement {
 public:
  // Writes and syncs the temporary. `path` is as it was.
  static absl::StatusOr<Replacement> Write(const std::string& path,
                                           absl::string_view contents);

  Replacement(Replacement&& other) noexcept;
  Replacement& operator=(Replacement&&) = delete;
  // Removes what still has a temporary's name.
  ~Replacement();

  // `for_good`: TakeBack() will not be called, so the older file need not be
  // kept.
  absl::Status PutInPlace(bool for_good);
  // `path` is again what it was before PutInPlace(), or absent if it was. On a
  // file system without hard links it stays the new file.
  void TakeBack();

 private:
  enum class State {
    kWritten,
    kNewFile,   // in place; there was no older one
    kKeptOld,   // in place; the older one has the name `old_`
    kLostOld,   // in place; the older one is not kept
    kTakenBack  // or moved from
  };

  explicit Replacement(const std::string& path);
  absl::Status WriteTemporary(absl::string_view contents);

  std::string path_;
  std::string temporary_;
  std::string old_;
  int lock_ = -1;  // a descriptor of the temporary
  State state_ = State::kWritten;
};

// "a" of "a/b", "." of "b".
std::string DirectoryOf(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_REPLACEMENT_H_
