// Our own generator: the same numbers with every compiler and library.
#ifndef QUANT_CURVE_LIB_NUMERICS_RANDOM_H_
#define QUANT_CURVE_LIB_NUMERICS_RANDOM_H_

#include <cstdint>

namespace quant_curve {

// xoshiro256** 1.0 (Blackman and Vigna, doi:10.1145/3460772), its state filled
// by SplitMix64 from the seed and a stream number: streams of one seed are
// independent for our purposes.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0);

  // 64 uniform bits.
  uint64_t Bits();

  // Uniform in [0, bound), without bias; bound >= 1.
  uint64_t Below(uint64_t bound);

  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform();

 private:
  uint64_t state_[4];
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_RANDOM_H_
