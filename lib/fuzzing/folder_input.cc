#include "lib/fuzzing/folder_input.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxFiles = 16;

}  // namespace

std::string FolderToInput(const std::vector<FolderFile>& files) {
  std::string input;
  for (const FolderFile& file : files) {
    absl::StrAppend(&input, file.name, " ", file.contents.size(), "\n",
                    file.contents, "\n");
  }
  return input;
}

std::vector<FolderFile> FolderFromInput(absl::string_view input) {
  std::vector<FolderFile> files;
  while (!input.empty() && files.size() < kMaxFiles) {
    const absl::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    const size_t space = std::min(line.rfind(' '), line.size());
    size_t size = input.size();
    if (space < line.size() &&
        !absl::SimpleAtoi(line.substr(space + 1), &size)) {
      size = input.size();
    }
    size = std::min(size, input.size());
    files.push_back({std::string(line.substr(0, space)),
                     std::string(input.substr(0, size))});
    input.remove_prefix(std::min(size + 1, input.size()));
  }
  return files;
}

}  // namespace quant_curve
