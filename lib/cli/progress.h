// Progress of long work on stderr: a bar on a terminal, plain lines elsewhere.
#ifndef QUANT_CURVE_LIB_CLI_PROGRESS_H_
#define QUANT_CURVE_LIB_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// Not thread-safe: one thread reports.
class Progress {
 public:
  // `total` steps of work called `label`.
  Progress(absl::string_view label, int64_t total);
  // Ends the bar's line.
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` steps are finished; `note` stands behind the count ("loss 2.31").
  // A terminal's bar is redrawn at most 10 times a second; elsewhere a line
  // appears at every tenth of the work, unless the last one (or the start) was
  // less than two seconds ago: short work prints nothing.
  void Update(int64_t done, absl::string_view note = "");

 private:
  std::string label_;
  int64_t total_;
  bool terminal_;
  bool drawn_ = false;
  int64_t tenths_printed_ = 0;
  double start_seconds_;
  double last_drawn_seconds_ = 0;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_PROGRESS_H_
