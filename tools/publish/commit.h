// How a publication that is put together takes its place: at once, or file by
// file with a journal, and what a later run does after a kill in between.
//
// The staging folder of "experiments/26" (lib/artifact/staging_folder.h):
//
//   experiments/.26:partial/new/     the files of the new publication
//   experiments/.26:partial/old/     files that it replaces, while file by file
//   experiments/.26:partial/journal  from the moment when 26/ may change
//
// 1. At once: new/ gets hard links to what else is in 26/, the journal says
//    which inode new/ has, and renameat2(RENAME_EXCHANGE) swaps new/ and 26/.
//    What others wrote into 26/ in the meantime is then in new/, and is moved
//    back. Killed before the swap, 26/ is the old folder; after it, the new
//    one.
// 2. File by file, where a file system cannot swap folders (overlayfs, for one
//    of a lower layer) or make hard links: each old file goes to old/ and its
//    successor into its place. Other files are not touched. An error moves
//    everything back, and so does the next run after a kill. Until then files
//    of both publications are in the folder, and its audit fails.
//
// Removing the journal ends both: without one the staging folder holds nothing
// that matters.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_COMMIT_H_
#define QUANT_CURVE_TOOLS_PUBLISH_COMMIT_H_

#include <string>

#include "absl/status/status.h"
#include "lib/artifact/staging_folder.h"
#include "tools/publish/journal.h"

namespace quant_curve {

// Where Publish puts the new files.
std::string NewFolder(const StagingFolder& staging);

// Moves the files of NewFolder() to `target`, which may be absent, at once if
// that can be done. On an error `target` is as it was; when even that fails,
// the staging folder stays, for Recover(), and the message says so.
absl::Status Commit(const Change& change, const std::string& target,
                    StagingFolder& staging);

// The second way, for an existing `target`.
absl::Status CommitFileByFile(const Change& change, const std::string& target,
                              StagingFolder& staging);

// Completes or undoes what a killed Commit() left behind, and clears `staging`.
absl::Status Recover(const std::string& target, StagingFolder& staging);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_COMMIT_H_
