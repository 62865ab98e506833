// The worked frontier's count of int8 bytes, next to the stored bytes.
#ifndef QUANT_CURVE_LIB_REPORT_ACCOUNTING_H_
#define QUANT_CURVE_LIB_REPORT_ACCOUNTING_H_

#include <string>

#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Both accountings line by line, with the difference. The source gives 106 KiB
// for int8-w: one byte for every parameter, embedding, biases and LayerNorm
// included, and one float32 scale per row of the Linears and of the embedding.
// int8-wa adds 4 bytes for each of what it calls 7 layers. Empty for another
// model than the predictions' and without int8_per_channel.
std::string AccountingSection(const Sweep& sweep, const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_ACCOUNTING_H_
