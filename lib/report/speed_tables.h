// Measured speed as Markdown tables and sentences.
#ifndef QUANT_CURVE_LIB_REPORT_SPEED_TABLES_H_
#define QUANT_CURVE_LIB_REPORT_SPEED_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A scheme's decode step, its roofline and what it gains over the reference.
struct SchemeStep {
  std::string scheme;
  double seconds_per_token;  // median
  Spread speedup;            // over the reference, round by round
  double bound;              // ratio of the intensities
  RooflineDot dot;
  std::string roof;  // "L2", "FMA" or "int8 dot"
};

// The schemes of one model with `threads`, in the order of the artifact. Fails
// when the reference was not timed or the ceilings are missing.
absl::StatusOr<std::vector<SchemeStep>> StepsOf(const Timing& timing,
                                                absl::string_view model,
                                                uint32_t threads,
                                                absl::string_view reference);

// "AMD EPYC, AVX3_DL, 2 cores (L1 32 KiB, L2 1 MiB a core; L3 32 MiB)".
std::string MachineText(const Machine& machine);

// "1 thread", "2 threads".
std::string ThreadsText(uint32_t threads);

// "1 repeat", "300 repeats".
std::string RepeatsText(const DecodeTiming& decode);

// "32 KiB", "1.5 MiB".
std::string SizeText(double bytes);

// "16.2" and "0.0153": about three digits, without an exponent.
std::string ShortNumber(double value);

// One row per scheme: speed with its spread, speed-up and its bound, roofline.
std::string SpeedTable(const Timing& timing, absl::string_view model,
                       uint32_t threads, const std::vector<SchemeStep>& steps);

// Who is slower than the reference, who is under which ceiling, and who is far
// below it: sentences, each on a line of its own.
std::string StepSentences(const std::vector<SchemeStep>& steps,
                          absl::string_view reference);

// A row a number of threads: peaks and bandwidths.
std::string CeilingTable(const Timing& timing);

// A row a throughput, with its share of the FMA peak; empty when there is none.
std::string ThroughputTable(const Timing& timing);

// A paragraph that names why the machine was not quiet; empty when it was.
std::string BusyWarning(const Timing& timing);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_SPEED_TABLES_H_
