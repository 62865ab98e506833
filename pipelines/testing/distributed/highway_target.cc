// Preloaded into a tool, stands in for Highway's own choice of instruction set:
// the target whose bits QUANT_CURVE_HIGHWAY_TARGET holds, in decimal.
//
//   LD_PRELOAD=libhighway_target.so QUANT_CURVE_HIGHWAY_TARGET=512
//   tools/train/train …
#include <cstdint>
#include <cstdlib>

namespace hwy {

// hwy/targets.h declares it; the tools take it from libhwy.so.
int64_t SupportedTargets() {
  const char* text = std::getenv("QUANT_CURVE_HIGHWAY_TARGET");
  const int64_t target = text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
  if (target == 0) std::_Exit(3);
  return target;
}

}  // namespace hwy
