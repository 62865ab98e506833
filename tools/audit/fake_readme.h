// The README of a fake experiment: its tables alone.
#ifndef QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_
#define QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_

#include <string>

#include "proto/results.pb.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A table of results, every scheme "on it", and two of the speed of "minigpt",
// in the words of tools/report: with one thread as in a sweep's README, with
// two as in a roofline's.
std::string FakeReadme(const Results& results, const Timing& timing);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_FAKE_README_H_
