#include "lib/numerics/normal.h"

#include <cmath>

#include "lib/numerics/scalar_math.h"

namespace quant_curve {

double Normal(Random& random) {
  while (true) {
    const double x = 2 * random.Uniform() - 1;
    const double y = 2 * random.Uniform() - 1;
    const double s = x * x + y * y;
    if (s > 0 && s < 1) return x * std::sqrt(-2 * Log(s) / s);
  }
}

}  // namespace quant_curve
