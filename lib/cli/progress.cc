#include "lib/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quant_curve {
namespace {

constexpr int64_t kBarColumns = 30;
constexpr double kRedrawSeconds = 0.1;
// A line every 10 seconds can be followed; Bazel repeats all lines of an action
// on its console, so that an action of hours prints fewer.
constexpr double kLineSeconds = 10;
constexpr double kLongSeconds = 600;
constexpr double kLineSecondsOfLongWork = 60;

double NowSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string DurationText(double seconds) {
  const int64_t whole = static_cast<int64_t>(std::max(seconds, 0.0) + 0.5);
  const int64_t minutes = whole / 60;
  if (minutes == 0) return absl::StrCat(whole, " s");
  if (minutes < 60) return absl::StrCat(minutes, " min ", whole % 60, " s");
  return absl::StrCat(minutes / 60, " h ", minutes % 60, " min");
}

Progress::Progress(absl::string_view label, int64_t total)
    : Progress(label, total, {stderr, isatty(STDERR_FILENO) != 0, NowSeconds}) {
}

Progress::Progress(absl::string_view label, int64_t total,
                   ProgressOutput output)
    : label_(label),
      output_(std::move(output)),
      start_seconds_(output_.now_seconds()),
      total_(std::max<int64_t>(total, 1)),
      last_drawn_seconds_(start_seconds_) {}

Progress::~Progress() {
  if (output_.is_terminal && drawn_) std::fputc('\n', output_.stream);
}

void Progress::Update(int64_t done, absl::string_view note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Draw(done, note);
}

void Progress::Update(int64_t done, int64_t total) {
  const std::lock_guard<std::mutex> lock(mutex_);
  total_ = std::max<int64_t>(total, 1);
  Draw(done, "");
}

void Progress::Draw(int64_t done, absl::string_view note) {
  done = std::min(std::max<int64_t>(done, 0), total_);
  const bool is_last = done == total_;
  const double now = output_.now_seconds();
  const double elapsed = now - start_seconds_;
  const double pause = output_.is_terminal      ? kRedrawSeconds
                       : elapsed < kLongSeconds ? kLineSeconds
                                                : kLineSecondsOfLongWork;
  const bool is_early = now - last_drawn_seconds_ < pause;
  if (is_early && (drawn_ ? !is_last : !output_.is_terminal)) return;
  drawn_ = true;
  last_drawn_seconds_ = now;
  const double share = static_cast<double>(done) / total_;
  std::string text =
      absl::StrFormat("%d of %d (%d %%), %s", done, total_,
                      static_cast<int>(100 * share), DurationText(elapsed));
  if (done > 0 && !is_last) {
    absl::StrAppend(&text, ", ", DurationText(elapsed * (1 / share - 1)),
                    " left");
  }
  if (!note.empty()) absl::StrAppend(&text, ", ", note);
  if (output_.is_terminal) {
    const int64_t filled = static_cast<int64_t>(kBarColumns * share);
    text = absl::StrCat("\r", label_, " [", std::string(filled, '#'),
                        std::string(kBarColumns - filled, '.'), "] ", text,
                        "\x1b[K");
  } else {
    text = absl::StrCat(label_, ": ", text, "\n");
  }
  // One write for each line: other processes may write to the same file.
  std::fputs(text.c_str(), output_.stream);
  std::fflush(output_.stream);
}

}  // namespace quant_curve
