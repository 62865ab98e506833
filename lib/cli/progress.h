// Progress of long work on stderr: a bar on a terminal, whole lines elsewhere.
//
//   Progress progress("calibrate", sequences.size());
//   for (...) progress.Update(++done);
//
//   calibrate: 24 of 128 (18 %), 1 min 10 s, 5 min 3 s left
#ifndef QUANT_CURVE_LIB_CLI_PROGRESS_H_
#define QUANT_CURVE_LIB_CLI_PROGRESS_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// "45 s", "12 min 5 s", "3 h 12 min"; seconds are rounded.
std::string DurationText(double seconds);

// Where progress goes and what time it is; for tests.
struct ProgressOutput {
  std::FILE* stream;
  bool is_terminal;
  std::function<double()> now_seconds;
};

// Thread-safe.
class Progress {
 public:
  // Work called `label`, of `total` steps unless Update says otherwise.
  explicit Progress(absl::string_view label, int64_t total = 1);
  Progress(absl::string_view label, int64_t total, ProgressOutput output);
  // Ends the bar's line.
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` steps are finished; `note` follows the time left ("loss 2.31"). The
  // time left is what the remaining steps take at the mean speed so far.
  //
  // A terminal's bar is redrawn at most 10 times per second. Elsewhere a line
  // is printed at most every 10 seconds, after ten minutes at most every
  // minute: work of up to 10 seconds prints nothing. Longer work ends with a
  // line.
  void Update(int64_t done, absl::string_view note = "");
  // The same, of `total` steps from now on.
  void Update(int64_t done, int64_t total);

 private:
  void Draw(int64_t done, absl::string_view note);

  std::mutex mutex_;
  const std::string label_;
  const ProgressOutput output_;
  const double start_seconds_;
  int64_t total_;
  bool drawn_ = false;
  double last_drawn_seconds_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_PROGRESS_H_
