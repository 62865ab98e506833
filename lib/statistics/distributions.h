// Tails and quantiles of the distributions that the tests use; the same bits
// on every machine (lib/numerics/scalar_math.h instead of libm).
#ifndef QUANT_CURVE_LIB_STATISTICS_DISTRIBUTIONS_H_
#define QUANT_CURVE_LIB_STATISTICS_DISTRIBUTIONS_H_

#include <cstdint>

namespace quant_curve {

// P(X >= x) for X chi-square distributed with `degrees` >= 1 degrees of
// freedom; x >= 0. By the series or the continued fraction of the incomplete
// gamma function (Abramowitz and Stegun 6.5.29 and 6.5.31), relative error
// below 1e-10 for up to 100 degrees.
double ChiSquareUpperTail(double x, int64_t degrees);

// P(X >= x) of the standard normal distribution.
double NormalUpperTail(double x);

// The z with P(X <= z) = probability, within 1e-12; 0 < probability < 1, at
// least 1e-15 away from both.
double NormalQuantile(double probability);

// P(X <= successes) for X ~ Binomial(trials, 1/2); successes <= trials / 2.
double FairBinomialLowerTail(uint64_t successes, uint64_t trials);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_DISTRIBUTIONS_H_
