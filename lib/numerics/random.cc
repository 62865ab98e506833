#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// SplitMix64's finalizer (Steele et al., doi:10.1145/2714064.2660195).
uint64_t SplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed, uint64_t stream) {
  uint64_t mixed = seed;
  uint64_t start = SplitMix(mixed) ^ stream;
  for (uint64_t& word : state_) word = SplitMix(start);
}

uint64_t Random::Bits() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

uint64_t Random::Below(uint64_t bound) {
  // Values under 2^64 mod bound would favour the small remainders.
  const uint64_t threshold = (0 - bound) % bound;
  uint64_t bits = Bits();
  while (bits < threshold) bits = Bits();
  return bits % bound;
}

double Random::Uniform() { return static_cast<double>(Bits() >> 11) * 0x1p-53; }

}  // namespace quant_curve
