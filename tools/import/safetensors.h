// The safetensors format: https://github.com/huggingface/safetensors#format
//
//   bytes 0-7        N, uint64
//   bytes 8 .. 7+N   JSON: tensor name -> {dtype, shape, data_offsets}, and
//                    "__metadata__": string -> string; may end in spaces
//   the rest         the tensors' bytes: data_offsets [begin, end) count from
//                    here, cover everything and do not overlap
#ifndef QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_H_
#define QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/tensor.h"
#include "tools/import/input_file.h"

namespace quant_curve {

// The largest header that is read. Real ones take about 100 bytes per tensor.
inline constexpr uint64_t kMaxSafetensorsHeaderBytes = uint64_t{16} << 20;

struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as the file says: "F32", "BF16"
  Shape shape;        // row-major
  uint64_t offset;    // in the file
  uint64_t size_bytes;
};

// One file: its header, checked; tensors are read when asked for.
class SafetensorsFile {
 public:
  // InvalidArgument, naming file and field, for a header that is too long, not
  // such JSON, has a dtype that is none of the format's, sizes that overflow or
  // do not match dtype and shape, and for tensors that overlap, leave gaps or
  // lie beyond the end.
  static absl::StatusOr<SafetensorsFile> Open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  // In the order of their bytes.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }

  // One of entries() as the file stores it: F32, F16 or BF16. Refuses other
  // dtypes, infinities and NaNs.
  absl::StatusOr<Tensor> Read(const SafetensorsEntry& entry) const;

 private:
  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}

  InputFile file_;
  std::vector<SafetensorsEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_H_
