// bfloat16, the upper half of an IEEE binary32, converted in software: the same
// bits on every machine.
#ifndef QUANT_CURVE_LIB_ARTIFACT_BFLOAT16_H_
#define QUANT_CURVE_LIB_ARTIFACT_BFLOAT16_H_

#include <cstdint>
#include <cstring>

namespace quant_curve {

// Exact; a NaN keeps its bits.
inline float FloatFromBFloat16(uint16_t upper_half) {
  const uint32_t bits = static_cast<uint32_t>(upper_half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Rounds to nearest, ties to even. Values from 2^128 - 2^119 up become
// infinite; a NaN becomes a quiet NaN of its sign and upper payload bits.
inline uint16_t BFloat16FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffff) > 0x7f800000) {
    constexpr uint32_t kQuiet = 0x0040;
    return static_cast<uint16_t>(bits >> 16 | kQuiet);
  }
  // A carry out of the mantissa moves the exponent up, as it should.
  const uint32_t odd = (bits >> 16) & 1;
  return static_cast<uint16_t>((bits + 0x7fff + odd) >> 16);
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_BFLOAT16_H_
