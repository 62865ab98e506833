#include "lib/numerics/scalar_math.h"

#include <cmath>
#include <limits>

namespace quant_curve {
namespace {

// ln 2 in two parts; k * kLn2High is exact for |k| < 2^11.
constexpr double kLn2High = 0x1.62e42fefa38p-1;
constexpr double kLn2Low = 0x1.ef35793c7673p-45;
constexpr double kLog2E = 0x1.71547652b82fep0;

// pi/2 in three parts of 33 bits: k times the first two is exact for |k| <
// 2^20.
constexpr double kHalfPiHigh = 0x1.921fb544p0;
constexpr double kHalfPiMiddle = 0x1.0b4611a6p-34;
constexpr double kHalfPiLow = 0x1.3198a2e037073p-69;
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;

// x minus the nearest multiple of pi/2; `quadrant` is that multiple mod 4.
double ReduceToQuarterTurn(double x, int& quadrant) {
  const double k = std::nearbyint(x * kTwoOverPi);
  double r = std::fma(-k, kHalfPiHigh, x);
  r = std::fma(-k, kHalfPiMiddle, r);
  r = std::fma(-k, kHalfPiLow, r);
  quadrant = static_cast<int>(static_cast<long long>(k) & 3);
  return r;
}

// Taylor series on |r| <= pi/4; the first term left out is below 1e-19.
double SinTaylor(double r) {
  const double r2 = r * r;
  double sum = 0;
  for (int n = 19; n >= 3; n -= 2) {
    sum = std::fma(sum, r2, 1.0) * (-1.0 / (n * (n - 1)));
  }
  return std::fma(r * r2, sum, r);
}

double CosTaylor(double r) {
  const double r2 = r * r;
  double sum = 0;
  for (int n = 20; n >= 2; n -= 2) {
    sum = std::fma(sum, r2, 1.0) * (-1.0 / (n * (n - 1)));
  }
  return std::fma(r2, sum, 1.0);
}

}  // namespace

double Exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.8) return std::numeric_limits<double>::infinity();
  if (x < -745.2) return 0;
  const double k = std::nearbyint(x * kLog2E);
  double r = std::fma(-k, kLn2High, x);
  r = std::fma(-k, kLn2Low, r);
  // Taylor series on |r| <= ln2/2, to r^14/14!.
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = std::fma(sum, r / n, 1.0);
  return std::ldexp(sum, static_cast<int>(k));
}

double Log(double x) {
  if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (std::isinf(x)) return x;
  int exponent;
  double m = std::frexp(x, &exponent);
  if (m < 0x1.6a09e667f3bcdp-1) {  // sqrt(1/2)
    m *= 2;
    --exponent;
  }
  // log m = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + …), |s| <= 0.172.
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double sum = 0;
  for (int n = 25; n >= 3; n -= 2) sum = std::fma(sum, s2, 1.0 / n);
  const double low = std::fma(2 * s * s2, sum, exponent * kLn2Low);
  return std::fma(exponent, kLn2High, 2 * s + low);
}

double Sin(double x) {
  int quadrant;
  const double r = ReduceToQuarterTurn(x, quadrant);
  const double value = quadrant & 1 ? CosTaylor(r) : SinTaylor(r);
  return quadrant & 2 ? -value : value;
}

double Cos(double x) {
  int quadrant;
  const double r = ReduceToQuarterTurn(x, quadrant);
  const double value = quadrant & 1 ? SinTaylor(r) : CosTaylor(r);
  return quadrant == 1 || quadrant == 2 ? -value : value;
}

}  // namespace quant_curve
