// Evidence from disk. Every byte is read and hashed each time: no times are
// looked at.
#ifndef QUANT_CURVE_TOOLS_AUDIT_FOLDER_H_
#define QUANT_CURVE_TOOLS_AUDIT_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/audit/chain.h"
#include "tools/audit/checks.h"
#include "tools/audit/evidence.h"

namespace quant_curve {

// All regular files below `directory`, by their path in it. Refuses links and
// other files that are not regular (they could lead out of the folder), and
// a folder without any file.
absl::StatusOr<Evidence> ReadFolder(const std::string& directory);

// Adds the files below `directories` that the chain names by digest and that
// were not found. Only files of a size that the chain names are read, unless
// it names files from outside.
absl::Status FindArtifacts(const std::vector<std::string>& directories,
                           const Chain& chain, Evidence& evidence);

// The path of a stage's program that was built with the audit:
// "<bin>/tools/quantize/quantize" for "<bin>/tools/audit/audit". `tools_folder`
// is "<bin>/tools".
std::string ToolPath(const std::string& tools_folder, const std::string& stage);

// "<bin>/tools" of the running program.
absl::StatusOr<std::string> ToolsFolder();

// Digests of the chain's tools as built now, and of `gnuplot`. What is not
// there is left out.
ToolDigests DigestsNow(const Chain& chain, const std::string& tools_folder,
                       const std::string& gnuplot);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_FOLDER_H_
