// Files that are often given in place of the right one.
#ifndef QUANT_CURVE_LIB_ARTIFACT_FOREIGN_FORMAT_H_
#define QUANT_CURVE_LIB_ARTIFACT_FOREIGN_FORMAT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// How many of a file's first bytes tell its format.
inline constexpr size_t kForeignFormatBytes = 64;

// Names the format of a file that begins with `bytes`, and the remedy, for a
// message "<path>: <this>": a Git LFS pointer, GGUF, a PyTorch pickle, a ZIP or
// gzip archive, an HTML page. Empty for everything else.
std::string ForeignFormat(absl::string_view bytes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_FOREIGN_FORMAT_H_
