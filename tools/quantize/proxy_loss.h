// How much a quantized weight changes its Linear's outputs on the calibration
// inputs, to second order.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_PROXY_LOSS_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_PROXY_LOSS_H_

#include "absl/types/optional.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/grid.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// tr(M H M^T) for M [out, in] and the undamped, symmetric H [in, in]: the sum
// over rows, in order, of sum_j m_j (H_jj m_j + 2 sum_{i<j} H_ij m_i). The bits
// do not depend on the pool's threads.
double WeightedSquares(const Matrix& matrix, const Matrix& hessian,
                       ThreadPool& pool);

// tr(W H W^T), what losses are relative to. 0 when it is nothing but rounding,
// not above 2^-40 of its diagonal terms: then the Linear's outputs are 0 on the
// calibration text, and no loss can be relative to them.
double OutputPower(const Matrix& weights, const Matrix& hessian,
                   ThreadPool& pool);

// tr((W-Q) H (W-Q)^T) / `output_power`; none where OutputPower is 0 or the
// quotient not finite. Rounding may leave a loss of about 0 negative: it is set
// to 0.
absl::optional<double> ProxyLoss(const Matrix& weights,
                                 const CodedMatrix& coded, const Scheme& scheme,
                                 const Matrix& hessian, double output_power,
                                 ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_PROXY_LOSS_H_
