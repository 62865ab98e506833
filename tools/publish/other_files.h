// The files of a published folder that are not part of the publication: a BUILD
// file, notes.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_OTHER_FILES_H_
#define QUANT_CURVE_TOOLS_PUBLISH_OTHER_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "tools/publish/journal.h"

namespace quant_curve {

// Makes `to` contain everything that `from` does, except the files that
// `change` puts or drops: folders are made, all else gets a hard link. Fails
// where there are no hard links, or thousands of files.
absl::Status LinkOthers(const std::string& from, const Change& change,
                        const std::string& to);

// After `from` and `to` of LinkOthers changed places, `to` being the published
// folder now: empties `from`. Files that `change` puts or drops and files that
// are linked into `to` are removed; what others wrote in the meantime moves to
// `to`, unless a newer file of that name is there.
absl::Status ReturnOthers(const std::string& from, const Change& change,
                          const std::string& to);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_OTHER_FILES_H_
