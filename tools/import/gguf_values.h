// The metadata of a GGUF file, value by value: gguf_file.h shows the format.
#ifndef QUANT_CURVE_TOOLS_IMPORT_GGUF_VALUES_H_
#define QUANT_CURVE_TOOLS_IMPORT_GGUF_VALUES_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "tools/import/input_file.h"

namespace quant_curve {

// The most bytes before the tensors' data. A vocabulary of 2^18 tokens with its
// merges takes some 20 MiB.
inline constexpr uint64_t kMaxGgufHeaderBytes = uint64_t{64} << 20;
// The most elements of all arrays together: each takes 32 bytes of memory.
inline constexpr uint64_t kMaxGgufElements = uint64_t{1} << 22;

// Integers of all widths and both signs are kInteger.
enum class GgufKind { kInteger, kFloat, kBool, kString };

// A value, or an array of values of one kind.
struct GgufValue {
  GgufKind kind;
  bool is_array = false;
  // Numbers and booleans, one unless it is an array; beyond 2^53 rounded.
  std::vector<double> numbers;
  std::vector<std::string> texts;  // strings, alike
};

// The header's bytes, taken from the front. Every length is compared with what
// is left before it is used. File and bytes must outlive it.
class GgufCursor {
 public:
  GgufCursor(const InputFile& file, absl::string_view bytes)
      : file_(file), bytes_(bytes) {}

  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }
  absl::Status Refuse(absl::string_view why) const { return file_.Refuse(why); }

  // In these, `what` names the field in messages.
  absl::StatusOr<absl::string_view> Bytes(uint64_t count,
                                          absl::string_view what);

  template <typename Number>
  absl::StatusOr<Number> Take(absl::string_view what) {
    ASSIGN_OR_RETURN(const absl::string_view bytes,
                     Bytes(sizeof(Number), what));
    Number number;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return number;
  }

  absl::StatusOr<std::string> String(absl::string_view what);

  // A key or a tensor's name: UTF-8 of 1 to `max_bytes` bytes.
  absl::StatusOr<std::string> Name(uint64_t max_bytes, absl::string_view what);

  // Counts an array's elements: memory grows with them.
  absl::Status AddElements(uint64_t count, absl::string_view what);

 private:
  const InputFile& file_;
  absl::string_view bytes_;
  uint64_t at_ = 0;
  uint64_t elements_ = 0;
};

// A value with its type before it. InvalidArgument, naming `what`, for arrays
// of arrays and types that GGUF does not have.
absl::StatusOr<GgufValue> TakeGgufValue(absl::string_view what,
                                        GgufCursor& cursor);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_GGUF_VALUES_H_
