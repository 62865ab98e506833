// Elementary functions in double, the same bits on every machine: glibc picks
// its versions by CPU, and their last bits differ. Only + - * / and fma here.
#ifndef QUANT_CURVE_LIB_NUMERICS_SCALAR_MATH_H_
#define QUANT_CURVE_LIB_NUMERICS_SCALAR_MATH_H_

namespace quant_curve {

// e^x within 2 units in the last place; 0 below -745.2, infinity above 709.8.
double Exp(double x);

// Natural logarithm within 2 units in the last place; -infinity at 0, NaN
// below.
double Log(double x);

// Sine and cosine for |x| up to 2^20, absolute error below 1e-15.
double Sin(double x);
double Cos(double x);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_SCALAR_MATH_H_
