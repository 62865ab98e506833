// Where a file's bytes go while they are made.
#ifndef QUANT_CURVE_LIB_ARTIFACT_BYTE_SINK_H_
#define QUANT_CURVE_LIB_ARTIFACT_BYTE_SINK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Takes a file's bytes from its first to its last.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual absl::Status Append(absl::string_view bytes) = 0;
};

// The bytes of numbers, little-endian as all machines that this runs on; valid
// as long as `values`.
template <typename T>
absl::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()),
          values.size() * sizeof(T)};
}

// Keeps them.
class StringSink : public ByteSink {
 public:
  absl::Status Append(absl::string_view bytes) override {
    contents.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  std::string contents;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_BYTE_SINK_H_
