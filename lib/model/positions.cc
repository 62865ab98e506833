#include "lib/model/positions.h"

#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

// base^(-column / width), the angle from one position to the next.
double Rate(double log_base, int64_t column, int64_t width) {
  return Exp(-static_cast<double>(column) / static_cast<double>(width) *
             log_base);
}

}  // namespace

std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model) {
  std::vector<float> positions(context * d_model);
  const double log_base = Log(10000.0);
  for (int64_t column = 0; column < d_model; column += 2) {
    const double rate = Rate(log_base, column, d_model);
    for (int64_t row = 0; row < context; ++row) {
      const double angle = static_cast<double>(row) * rate;
      positions[row * d_model + column] = static_cast<float>(Sin(angle));
      positions[row * d_model + column + 1] = static_cast<float>(Cos(angle));
    }
  }
  return positions;
}

RotaryTable RotaryPositions(int64_t context, int64_t head_dim, float theta) {
  const int64_t half = head_dim / 2;
  RotaryTable table;
  table.cosines.resize(context * half);
  table.sines.resize(context * half);
  const double log_base = Log(theta);
  for (int64_t i = 0; i < half; ++i) {
    const double rate = Rate(log_base, 2 * i, head_dim);
    for (int64_t row = 0; row < context; ++row) {
      const double angle = static_cast<double>(row) * rate;
      table.cosines[row * half + i] = static_cast<float>(Cos(angle));
      table.sines[row * half + i] = static_cast<float>(Sin(angle));
    }
  }
  return table;
}

}  // namespace quant_curve
