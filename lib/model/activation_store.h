// What a token's residual stream is between two blocks, for more sequences than
// fit into memory.
#ifndef QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_
#define QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quant_curve {

// Stores that need more go through a file in $TMPDIR, or /tmp, that has no name
// and ends with the process.
inline constexpr int64_t kMaxActivationBytesInMemory = int64_t{1} << 30;

// Arrays of floats whose sizes are known beforehand. Different arrays may be
// put and taken by different threads at the same time.
class ActivationStore {
 public:
  // `sizes`: floats of each array. Fails when the file cannot be made or the
  // disk has no space for it.
  static absl::StatusOr<ActivationStore> Make(
      const std::vector<int64_t>& sizes,
      int64_t max_bytes_in_memory = kMaxActivationBytesInMemory);

  ActivationStore(ActivationStore&& other) noexcept;
  ActivationStore& operator=(ActivationStore&& other) noexcept;
  ~ActivationStore();

  // `values` has the size of array i.
  absl::Status Put(int64_t i, std::vector<float> values);
  // What was put last; the array is to be put again before it is taken again.
  absl::StatusOr<std::vector<float>> Take(int64_t i);

  bool in_memory() const { return fd_ < 0; }

 private:
  ActivationStore() = default;

  std::vector<std::vector<float>> arrays_;  // in memory
  std::vector<int64_t> offsets_;            // in the file, bytes; one more
  int fd_ = -1;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_
