// The name of the processor that something was measured on.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_CPU_MODEL_H_
#define QUANT_CURVE_LIB_MEASUREMENT_CPU_MODEL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// The first "model name" of /proc/cpuinfo; "unknown" without one.
std::string ParseCpuModel(absl::string_view cpuinfo);

// That of this machine.
std::string CpuModel();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_CPU_MODEL_H_
