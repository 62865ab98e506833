// Resampling whole documents, all schemes together.
#ifndef QUANT_CURVE_LIB_STATISTICS_BOOTSTRAP_H_
#define QUANT_CURVE_LIB_STATISTICS_BOOTSTRAP_H_

#include <cstdint>
#include <vector>

#include "lib/statistics/paired_losses.h"

namespace quant_curve {

struct BootstrapOptions {
  int64_t replicates = 2000;  // at least 1
  uint64_t seed = 1;
};

// [replicate][scheme]: LossesPerToken of as many documents drawn with
// replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
// A replicate draws the same documents for every scheme, so that what documents
// do to all schemes stays paired.
std::vector<std::vector<double>> BootstrapLosses(
    const PairedLosses& losses, const BootstrapOptions& options);

// [replicate][scheme]: (replicate - loss) / error, with the error that the
// replicate's own documents give (bootstrap-t; Efron and Tibshirani, section
// 12.5). The quantiles of BootstrapLosses over one fixed error are too small
// with few documents, whose own errors vary. 0 where a replicate has no spread.
std::vector<std::vector<double>> BootstrapStudentized(
    const PairedLosses& losses, const BootstrapOptions& options);

// The smallest sample x such that a share of at least `probability` of the
// samples is <= x. Not empty; 0 < probability <= 1.
double SampleQuantile(std::vector<double> samples, double probability);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_BOOTSTRAP_H_
