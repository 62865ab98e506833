#include "lib/measurement/cpu_model.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace quant_curve {

std::string ParseCpuModel(absl::string_view cpuinfo) {
  for (const absl::string_view line : absl::StrSplit(cpuinfo, '\n')) {
    if (!absl::StartsWith(line, "model name")) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    return std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return "unknown";
}

std::string CpuModel() {
  std::ostringstream text;
  text << std::ifstream("/proc/cpuinfo").rdbuf();
  return ParseCpuModel(text.str());
}

}  // namespace quant_curve
