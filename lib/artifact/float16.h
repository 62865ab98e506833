// IEEE 754 binary16, converted in software: the same bits on every machine.
#ifndef QUANT_CURVE_LIB_ARTIFACT_FLOAT16_H_
#define QUANT_CURVE_LIB_ARTIFACT_FLOAT16_H_

#include <cstdint>
#include <cstring>

namespace quant_curve {

// Every binary16 is a float exactly.
inline float FloatFromFloat16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  uint32_t bits;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float magnitude = static_cast<float>(half & 0x3ff) * 0x1p-24f;
    std::memcpy(&bits, &magnitude, sizeof(bits));
  } else {
    const uint32_t widened = exponent == 31 ? 255 : exponent - 15 + 127;
    bits = (widened << 23) | (static_cast<uint32_t>(half & 0x3ff) << 13);
  }
  bits |= sign;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Rounds to nearest, ties to even. Values from 65520 up become infinite; NaN
// stays NaN (quiet).
inline uint16_t Float16FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7e00;   // NaN
  if (bits >= 0x477ff000) return sign | 0x7c00;  // 65520 and beyond
  if (bits < 0x38800000) {  // below 2^-14: subnormal, in steps of 2^-24
    float magnitude;
    std::memcpy(&magnitude, &bits, sizeof(magnitude));
    // Adding 0.5 leaves 2^-24 as the last place; the FPU rounds.
    magnitude += 0.5f;
    std::memcpy(&bits, &magnitude, sizeof(bits));
    return sign | static_cast<uint16_t>(bits - 0x3f000000);
  }
  const uint32_t odd = (bits >> 13) & 1;
  bits += 0x0fff + odd;
  return sign | static_cast<uint16_t>((bits - 0x38000000) >> 13);
}

// The float16 nearest to `value`, as a float.
inline float RoundToFloat16(float value) {
  return FloatFromFloat16(Float16FromFloat(value));
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_FLOAT16_H_
