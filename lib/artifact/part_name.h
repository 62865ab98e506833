// Names of the files that an index names (docs/formats.md, "Indexes").
#ifndef QUANT_CURVE_LIB_ARTIFACT_PART_NAME_H_
#define QUANT_CURVE_LIB_ARTIFACT_PART_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// A tool that writes parts has all of them open at once.
inline constexpr uint32_t kMaxParts = 256;
// Leaves room for ".manifest.json" in the 255 bytes of a file system.
inline constexpr size_t kMaxPartNameBytes = 200;

// The name of part `index` (counted from 0) of `path`, as Hugging Face calls
// shards: "a/model-00001-of-00004.qca" is part 0 of 4 of "a/model.qca".
std::string PartPath(absl::string_view path, uint32_t index, uint32_t count);

// The file `name` in the folder of `path`.
std::string BesidePath(const std::string& path, absl::string_view name);

// Refuses what is not the plain name of a file: an empty or longer one, "." and
// "..", a slash, a control character.
absl::Status CheckPartName(absl::string_view name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_PART_NAME_H_
