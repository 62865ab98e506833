// What the axes of the page's charts can show.
#ifndef QUANT_CURVE_LIB_REPORT_PAGE_QUANTITIES_H_
#define QUANT_CURVE_LIB_REPORT_PAGE_QUANTITIES_H_

#include <optional>
#include <string>
#include <vector>

#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

inline constexpr char kBytesId[] = "bytes";

struct Interval {
  double low;
  double value;
  double high;
};

struct Quantity {
  std::string id;    // "bytes", "tokens_per_second"; a metric has its own name
  std::string name;  // of the switch: "KL divergence"
  std::string axis;  // of the axis: "mean KL divergence from fp32, nats"
  bool less_is_better;
  bool has_zero;  // values begin near 0 and cover decades
  std::vector<std::optional<Interval>> of_scheme;  // in results' order
};

// Stored bytes and, if it was measured, speed with the 10th and 90th percentile
// of its repeats. `speed` may be null.
std::vector<Quantity> CostQuantities(const Results& results,
                                     const Speed* speed);

// The gap in perplexity and, where they were measured, the divergence (both
// with 95 % intervals over the text's units) and the task's accuracy
// (Wilson's).
std::vector<Quantity> QualityQuantities(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PAGE_QUANTITIES_H_
