// Puts finished files into an experiment's folder: all of them or none.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_
#define QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace quant_curve {

struct PublishedFile {
  std::string name;  // "README.md", or in a folder: "artifacts/fp32.qca"
  std::string contents;
};

// Fills a folder beside `directory` with the new files and hard links to what
// `directory` holds besides them (a folder that is named in `files` or in
// `replaced` is new as a whole), syncs it, and exchanges the two in one step
// (renameat2(2), RENAME_EXCHANGE). `directory` itself may be absent, its parent
// may not. On an error `directory` is as it was and nothing is left behind.
//
// Where the file system cannot exchange folders (overlayfs, for one of a lower
// layer), the files are moved in one by one, and back if one fails: all or none
// for whoever looks afterwards, but not for a power cut.
absl::Status Publish(const std::vector<PublishedFile>& files,
                     const std::vector<std::string>& replaced,
                     const std::string& directory);

// That second way, for its test: moves `names` from `staging` to `directory`.
absl::Status MoveOneByOne(const std::vector<std::string>& names,
                          const std::string& staging,
                          const std::string& directory);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_PUBLISH_H_
