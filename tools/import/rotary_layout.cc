#include "tools/import/rotary_layout.h"

#include <algorithm>

namespace quant_curve {

std::vector<float> HalvesFromInterleaved(absl::Span<const float> weight,
                                         uint64_t num_heads, uint64_t head_dim,
                                         uint64_t columns) {
  std::vector<float> halves(weight.size());
  for (uint64_t head = 0; head < num_heads; ++head) {
    for (uint64_t row = 0; row < head_dim; ++row) {
      const uint64_t moved = row / 2 + (row % 2) * (head_dim / 2);
      const auto source =
          weight.subspan((head * head_dim + row) * columns, columns);
      std::copy(source.begin(), source.end(),
                halves.begin() + (head * head_dim + moved) * columns);
    }
  }
  return halves;
}

}  // namespace quant_curve
