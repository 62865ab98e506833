// The contents of a folder that is published into, and what of it publish
// may replace or remove.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_EARLIER_PUBLICATION_H_
#define QUANT_CURVE_TOOLS_PUBLISH_EARLIER_PUBLICATION_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quant_curve {

// The publication in a folder, proved by its manifest.json: a manifest of stage
// publish. Names are paths in the folder, "artifacts/fp32.qca".
struct EarlierPublication {
  bool exists = false;
  // Files with the digests that manifest.json, or a manifest that it leads to,
  // says; and manifest.json and run.json, which no digest covers.
  std::set<std::string> files;
};

// Reads only files that the manifests name, and fails when one cannot be read.
// A folder that is absent, or whose manifest.json is not one of publish, holds
// no publication.
absl::StatusOr<EarlierPublication> FindEarlierPublication(
    const std::string& directory);

// Whether `names` may be written into `directory`, which may be absent. Refuses
// a folder that contains other things than BUILD files and is not an earlier
// publication, and a file that would be replaced and is not as it was
// published; `overwrite` allows both. A folder in the place of a file, or a
// file in the place of a folder, is always refused.
absl::Status CheckMayPublish(const EarlierPublication& earlier,
                             const std::set<std::string>& names,
                             const std::string& directory, bool overwrite);

// Files and folders in `directory`, artifacts/ and provenance/ that are not
// among `names` and not BUILD files, sorted; folders end with a slash.
std::vector<std::string> OtherEntries(const std::string& directory,
                                      const std::set<std::string>& names);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_EARLIER_PUBLICATION_H_
