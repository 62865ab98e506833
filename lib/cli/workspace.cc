#include "lib/cli/workspace.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {

std::string InWorkspace(const std::string& path) {
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr || absl::StartsWith(path, "/")) return path;
  return absl::StrCat(workspace, "/", path);
}

}  // namespace quant_curve
