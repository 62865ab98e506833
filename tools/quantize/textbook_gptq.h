// GPTQ as the papers write it, for tests: no Cholesky, no lazy blocks, no
// threads. Eigen inverts the damped Hessian, and after each column that column
// is eliminated from the inverse (Optimal Brain Quantization, arXiv:2208.11580,
// equations 2 and 4, with the columns in order).
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_TEXTBOOK_GPTQ_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_TEXTBOOK_GPTQ_H_

#include <cstdint>
#include <vector>

#include "proto/scheme.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

struct TextbookResult {
  std::vector<int> codes;        // [out, in]
  std::vector<float> scales;     // one per row and group
  std::vector<int> zero_points;  // as scales
};

// `stale_scales` is the known mistake: group scales from the weights as they
// were before any update.
TextbookResult TextbookGptq(const Matrix& weights, const Matrix& hessian,
                            double damping, const Scheme& scheme,
                            bool stale_scales);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_TEXTBOOK_GPTQ_H_
