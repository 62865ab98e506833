// GGUF files, versions 2 and 3, little-endian
// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md):
//
//   "GGUF", version (uint32), tensors (uint64), metadata pairs (uint64)
//   each pair:    key (string), value type (uint32), value
//   each tensor:  name (string), dimensions (uint32), each extent (uint64, the
//                 innermost first), type (uint32), offset in the data (uint64)
//   zeros up to a multiple of the alignment; then the tensors' data, each from
//   a multiple of the alignment on
//
// A string is its length (uint64) and its bytes; an array the type of its
// elements (uint32), their number (uint64) and the elements. The alignment is
// 32, or what general.alignment says.
#ifndef QUANT_CURVE_TOOLS_IMPORT_GGUF_FILE_H_
#define QUANT_CURVE_TOOLS_IMPORT_GGUF_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/tensor.h"
#include "tools/import/gguf_values.h"
#include "tools/import/input_file.h"

namespace quant_curve {

struct GgufEntry {
  std::string name;
  DType dtype;      // FLOAT32, FLOAT16 or BFLOAT16
  Shape shape;      // row-major
  uint64_t offset;  // in the file
  uint64_t size_bytes;
};

// One file: its header, checked; tensors are read when asked for.
class GgufFile {
 public:
  // InvalidArgument, naming file and field: another version or byte order; a
  // header beyond kMaxGgufHeaderBytes or with more elements in arrays than
  // kMaxGgufElements; counts, lengths and offsets beyond the file; keys and
  // names that are empty, too long, not UTF-8 or repeated; unknown types of
  // values; arrays of arrays; tensors that are not F32, F16 or BF16 (all of
  // them in one message, with the number of each type), without elements,
  // misaligned, that overlap or leave gaps; one part of a split model.
  static absl::StatusOr<GgufFile> Open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const std::map<std::string, GgufValue>& metadata() const { return metadata_; }
  const std::map<std::string, GgufEntry>& entries() const { return entries_; }

  // The value of a key, if it is there. InvalidArgument, naming key and kind,
  // when it is of another kind or an array.
  absl::StatusOr<const GgufValue*> FindScalar(absl::string_view key,
                                              GgufKind kind) const;
  // The same for an array.
  absl::StatusOr<const GgufValue*> FindArray(absl::string_view key,
                                             GgufKind kind) const;

  // One of entries(), in the file's precision. Refuses infinities and NaNs.
  absl::StatusOr<Tensor> Read(const GgufEntry& entry) const;

  // InvalidArgument "<path>: <why>".
  absl::Status Refuse(absl::string_view why) const { return file_.Refuse(why); }

 private:
  explicit GgufFile(InputFile file) : file_(std::move(file)) {}

  absl::StatusOr<const GgufValue*> Find(absl::string_view key, GgufKind kind,
                                        bool is_array) const;

  InputFile file_;
  std::map<std::string, GgufValue> metadata_;
  std::map<std::string, GgufEntry> entries_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_GGUF_FILE_H_
