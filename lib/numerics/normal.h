// Normal deviates from the project's own generator and logarithm.
#ifndef QUANT_CURVE_LIB_NUMERICS_NORMAL_H_
#define QUANT_CURVE_LIB_NUMERICS_NORMAL_H_

#include "lib/numerics/random.h"

namespace quant_curve {

// One N(0, 1) deviate (Marsaglia's polar method, doi:10.1137/1006063; the
// second of each pair is dropped, so that no state hides here).
double Normal(Random& random);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_NORMAL_H_
