// GGUF version 3, the file of llama.cpp and its forks
// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Little-endian:
//
//   "GGUF", version 3 (uint32), tensors (uint64), metadata pairs (uint64)
//   each pair:    key (string), value type (uint32), value
//   each tensor:  name (string), dimensions (uint32), each extent (uint64, the
//                 innermost first), type (uint32), offset in the data (uint64)
//   zeros up to a multiple of 32; then the tensors' data, each from a multiple
//   of 32, zeros in between and behind
//
// A string is its length (uint64) and its bytes; an array the type of its
// elements (uint32), their number (uint64) and the elements.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/progress_sink.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {

inline constexpr uint64_t kGgufAlignment = 32;

// How a tensor's elements are stored, by ggml's numbers (blocks.h).
enum class GgmlType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ8_0 = 8,
  kIq4Nl = 20
};

// Bytes of a row of `columns`, a multiple of 32 for the block types.
uint64_t RowBytes(GgmlType type, uint64_t columns);

struct GgufTensor {
  std::string name;  // at most 63 bytes: ggml ends it with a zero byte
  GgmlType type;
  Shape shape;  // row-major, the innermost extent last
  // Called when the tensor is written; returns size_bytes() bytes.
  std::function<absl::StatusOr<std::string>()> data;

  uint64_t size_bytes() const;
};

// Typed pairs in the order in which they are added; keys must differ.
class GgufMetadata {
 public:
  void Add(absl::string_view key, absl::string_view text);
  void Add(absl::string_view key, uint32_t number);
  void Add(absl::string_view key, float number);
  void AddBool(absl::string_view key, bool flag);
  void Add(absl::string_view key, absl::Span<const std::string> texts);
  void Add(absl::string_view key, absl::Span<const int32_t> numbers);
  void Add(absl::string_view key, absl::Span<const float> numbers);

  uint64_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void Begin(absl::string_view key, uint32_t type);
  void BeginArray(absl::string_view key, uint32_t type, uint64_t size);

  uint64_t count_ = 0;
  std::string bytes_;
};

// Writes the whole file; memory holds one tensor's data at a time.
absl::Status WriteGguf(const GgufMetadata& metadata,
                       const std::vector<GgufTensor>& tensors, ByteSink& sink,
                       ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_H_
