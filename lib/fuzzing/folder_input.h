// A folder of small files as one fuzz input: of each file a line
// "<name> <bytes>", then its bytes and a line feed.
#ifndef QUANT_CURVE_LIB_FUZZING_FOLDER_INPUT_H_
#define QUANT_CURVE_LIB_FUZZING_FOLDER_INPUT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quant_curve {

struct FolderFile {
  std::string name;
  std::string contents;
};

std::string FolderToInput(const std::vector<FolderFile>& files);

// Any input is a folder: a file that is cut short has what is left, one without
// a size all that follows. At most 16 files; the rest is left out.
std::vector<FolderFile> FolderFromInput(absl::string_view input);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FUZZING_FOLDER_INPUT_H_
