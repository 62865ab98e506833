// What the products of float and of int8 inputs share, once for each
// instruction set.
#if defined(QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_INL_H_
#undef QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_INL_H_
#else
#define QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "lib/numerics/packed_matrix.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A panel's 64 outputs are four vectors of sixteen; targets with narrower
// vectors go through them in blocks of lanes: vector v of block b holds the
// outputs 16 v + b * lanes on.
using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;
constexpr int kVectors = 4;
constexpr int64_t kVectorOutputs = kPanelOutputs / kVectors;

// The scales of vector v, from lane `lane` on, of one panel and group.
HWY_INLINE VF LoadScale(const uint16_t* scales, int v, int64_t lane) {
  const hn::Rebind<hwy::float16_t, DF> dh;
  return hn::PromoteTo(
      DF(), hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(scales) +
                              v * kVectorOutputs + lane));
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#endif  // QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_INL_H_
