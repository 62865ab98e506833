#include "lib/statistics/distributions.h"

#include <cmath>

#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr double kPi = 3.141592653589793;
constexpr double kPrecision = 1e-16;
constexpr int kMaxTerms = 10000;

// log Gamma(degrees / 2) by Gamma(a + 1) = a Gamma(a) from Gamma(1) = 1 or
// Gamma(1/2) = sqrt(pi).
double LogGammaOfHalf(int64_t degrees) {
  double log = degrees % 2 == 0 ? 0 : Log(kPi) / 2;
  for (int64_t twice = degrees % 2 == 0 ? 2 : 1; twice < degrees; twice += 2) {
    log += Log(static_cast<double>(twice) / 2);
  }
  return log;
}

// The lower incomplete gamma function over x^a e^-x (A&S 6.5.29).
double LowerSeries(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kMaxTerms && term > kPrecision * sum; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

// The upper incomplete gamma function over x^a e^-x (A&S 6.5.31), evaluated
// front to back (Lentz, doi:10.1364/AO.15.000668). x > a + 1 keeps every
// denominator positive.
double UpperFraction(double a, double x) {
  double b = x + 1 - a;
  double c = 1e300;
  double d = 1 / b;
  double value = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double numerator = n * (a - n);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    value *= c * d;
    if (std::abs(c * d - 1) < kPrecision) break;
  }
  return value;
}

}  // namespace

double ChiSquareUpperTail(double x, int64_t degrees) {
  if (x <= 0) return 1;
  const double a = static_cast<double>(degrees) / 2;
  const double half = x / 2;
  const double scale = Exp(a * Log(half) - half - LogGammaOfHalf(degrees));
  // Each form converges fast, and does not cancel, on its side of a + 1.
  return half < a + 1 ? 1 - scale * LowerSeries(a, half)
                      : scale * UpperFraction(a, half);
}

double NormalUpperTail(double x) {
  const double tail = ChiSquareUpperTail(x * x, 1) / 2;
  return x < 0 ? 1 - tail : tail;
}

double NormalQuantile(double probability) {
  // Upper tails keep their digits where 1 - p would lose them.
  if (probability > 0.5) return -NormalQuantile(1 - probability);
  double low = 0;
  double high = 9;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (NormalUpperTail(middle) > probability ? low : high) = middle;
  }
  return -(low + high) / 2;
}

double FairBinomialLowerTail(uint64_t successes, uint64_t trials) {
  const double n = static_cast<double>(trials);
  // log of C(n, k) / 2^n, as 2^-n itself would underflow.
  double log_last = -n * Log(2);
  for (uint64_t i = 1; i <= successes; ++i) {
    log_last +=
        Log((n - static_cast<double>(successes - i)) / static_cast<double>(i));
  }
  // The other terms relative to the largest, which is the last.
  double term = 1;
  double sum = 1;
  for (uint64_t i = successes; i > 0; --i) {
    term *= static_cast<double>(i) / (n - static_cast<double>(i) + 1);
    sum += term;
  }
  return sum * Exp(log_last);
}

}  // namespace quant_curve
