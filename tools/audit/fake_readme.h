// The README of a fake experiment: its tables alone.
#ifndef QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_
#define QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_

#include <string>

#include "proto/results.pb.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A table of results, every scheme "on it", and one of the speed of "minigpt"
// with one thread, in the words of tools/report.
std::string FakeReadme(const Results& results, const Timing& timing);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_
