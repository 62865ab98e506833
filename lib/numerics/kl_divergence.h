// How far one softmax distribution is from another, from their logits in
// float32, with bits that do not depend on the machine.
//
//   const LogitRow reference = {a, LogSumExp(a, vocab)};
//   const LogitRow model = {b, LogSumExp(b, vocab)};
//   const double nats = KlDivergence(reference, model, vocab);
#ifndef QUANT_CURVE_LIB_NUMERICS_KL_DIVERGENCE_H_
#define QUANT_CURVE_LIB_NUMERICS_KL_DIVERGENCE_H_

#include <cstdint>

namespace quant_curve {

// Logits of all classes, which the caller owns, and their LogSumExp
// (lib/numerics/nonlinear.h). The probability of class i is
// exp(logits[i] - log_sum_exp).
struct LogitRow {
  const float* logits;
  double log_sum_exp;
};

// KL(p || q) in nats, with p the distribution of `a` and q that of `b`, over
// n >= 1 classes:
//   delta_i = log(q_i / p_i) = (b_i - a_i) - (log sum exp(b) - log sum exp(a))
//   KL = sum_i p_i (exp(delta_i) - 1 - delta_i)
// This equals the definition, sum_i p_i (-delta_i), because sum_i p_i
// exp(delta_i) = sum_i q_i = 1. Its terms are not negative, so they do not
// cancel, and an error of a log_sum_exp enters only by its square. Terms are
// added in the order of nonlinear.h.
//
// Error: at most 4e-6 of the result plus 1e-12 nats for up to 32,000 classes,
// which a test checks; float32 sums are less exact for more (6e-6 was measured
// for 152,000). The 1e-12 nats come from the errors of the log_sum_exps. A p_i
// below e^-87 counts as 0.
//
// Never negative; exactly 0 for equal rows. NaN when a logit is infinite or
// NaN, or when two logits differ by more than float32 can hold.
double KlDivergence(const LogitRow& a, const LogitRow& b, int64_t n);

// Whether the first of the largest values is at the same place in both rows;
// n >= 1. Unspecified when a value is NaN.
bool FirstMaximaAgree(const float* a, const float* b, int64_t n);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_KL_DIVERGENCE_H_
