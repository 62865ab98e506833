// The products of PackedMatrix, one implementation an instruction set.
#ifndef QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_H_
#define QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_H_

#include <cstdint>
#include <vector>

#include "lib/numerics/packed_matrix.h"

namespace quant_curve {

// Outputs of the panels [first, last) of y[rows, out] = x[rows, in] W^T, in the
// order of terms that packed_matrix.h promises.
void MultiplyPanels(const PackedMatrix::View& matrix, int64_t first,
                    int64_t last, const float* x, int64_t rows, float* y);

// An int8 vector as the running instruction set takes it, for
// Only MultiplyInt8Panels; the groups are padded with zeros as the matrix's
// steps are.
std::vector<uint32_t> ArrangeInt8Input(const PackedMatrix::View& matrix,
                                       const int8_t* x);

// Outputs of the panels [first, last) of MultiplyInt8.
void MultiplyInt8Panels(const PackedMatrix::View& matrix, int64_t first,
                        int64_t last, const uint32_t* x, float scale, float* y);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_PACKED_KERNELS_H_
