// The residual stream of each token between two blocks, for more sequences than
// fit in memory.
#ifndef QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_
#define QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quant_curve {

// Larger stores use an unlinked temporary file in $TMPDIR or /tmp, which
// disappears when the process ends.
inline constexpr int64_t kMaxActivationBytesInMemory = int64_t{1} << 30;

// Arrays of floats whose sizes are known beforehand. Threads may put and take
// different arrays at the same time.
class ActivationStore {
 public:
  // `sizes`: floats of each array. Fails when the file cannot be created or the
  // disk has no space for it.
  static absl::StatusOr<ActivationStore> Make(
      const std::vector<int64_t>& sizes,
      int64_t max_bytes_in_memory = kMaxActivationBytesInMemory);

  ActivationStore(ActivationStore&& other) noexcept;
  ActivationStore& operator=(ActivationStore&& other) noexcept;
  ~ActivationStore();

  // `values` has the size of array i.
  absl::Status Put(int64_t i, std::vector<float> values);
  // Returns the array and leaves it unset; put it again before the next Take.
  absl::StatusOr<std::vector<float>> Take(int64_t i);

  bool in_memory() const { return fd_ < 0; }

 private:
  ActivationStore() = default;

  std::vector<std::vector<float>> arrays_;  // in memory
  // In bytes in the file; the last one is the end of the last array.
  std::vector<int64_t> offsets_;
  int fd_ = -1;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_ACTIVATION_STORE_H_
