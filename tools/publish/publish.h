// Puts finished files into an experiment's folder: all of them or none.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_
#define QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/publish/published_file.h"

namespace quant_curve {

struct Published {
  std::vector<std::string> removed;  // of the earlier publication, not of this
  std::vector<std::string> others;   // entries that are not of a publication
};

// Writes `files` into `directory`, which may be absent; its parent may not.
// Files of the earlier publication that are not among `files` are removed. All
// else in the folder stays, also what others write into it in the meantime; a
// file of theirs that would be replaced is an error without `overwrite`
// (CheckMayPublish, earlier_publication.h).
//
// On an error `directory` is as it was and nothing is left behind. A killed
// run leaves the old folder, the new one, or what the next run of publish
// repairs (commit.h). Two processes publish into one folder in turn.
absl::StatusOr<Published> Publish(const std::vector<PublishedFile>& files,
                                  const std::string& directory, bool overwrite);

// Whether Publish would accept `directory`, as far as can be said before there
// are files.
absl::Status CheckDirectory(const std::string& directory, bool overwrite);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_
