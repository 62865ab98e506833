// Items whose answer changed between two models.
#ifndef QUANT_CURVE_LIB_STATISTICS_FLIPS_H_
#define QUANT_CURVE_LIB_STATISTICS_FLIPS_H_

#include <cstdint>

namespace quant_curve {

// Of `items` that both models answered: `gained` are right only in the second,
// `lost` only in the first. gained + lost <= items.
struct Flips {
  uint64_t items = 0;
  uint64_t gained = 0;
  uint64_t lost = 0;
};

struct Interval {
  double low;
  double high;
};

// 95 % Wilson score interval of successes / trials (E. B. Wilson 1927,
// doi:10.1080/01621459.1927.10502953). `successes` is at most `trials`; no
// trials give the interval that says nothing, [0, 1].
Interval WilsonInterval(uint64_t successes, uint64_t trials);

// The share of items that went from right to wrong or back, 0 to 1; 0 without
// items. Dutta et al., arXiv:2407.09141.
double FlipVolume(const Flips& flips);

// The share of the flips that are gains; 1/2 without flips. The accuracy
// changes by FlipVolume * (2 * GainShare - 1).
double GainShare(const Flips& flips);

// Two-sided p-value of McNemar's exact test (doi:10.1007/BF02295996): how
// probable a split of the flips is that is at least as uneven, if gains and
// losses are equally likely. 1 without flips.
double McNemarPValue(const Flips& flips);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_FLIPS_H_
