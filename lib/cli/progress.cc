#include "lib/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace quant_curve {
namespace {

constexpr int kBarColumns = 30;
constexpr double kRedrawSeconds = 0.1;
constexpr double kLineSeconds = 2;

double NowSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Progress::Progress(absl::string_view label, int64_t total)
    : label_(label),
      total_(std::max<int64_t>(total, 1)),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_seconds_(NowSeconds()) {}

Progress::~Progress() {
  if (terminal_ && drawn_) std::fputc('\n', stderr);
}

void Progress::Update(int64_t done, absl::string_view note) {
  const double now = NowSeconds();
  const std::string text(note);
  if (!terminal_) {
    const int64_t tenths = 10 * done / total_;
    if (tenths <= tenths_printed_) return;
    if (now - std::max(start_seconds_, last_drawn_seconds_) < kLineSeconds) {
      return;
    }
    tenths_printed_ = tenths;
    last_drawn_seconds_ = now;
    std::fprintf(stderr, "%s %3d%%  %lld/%lld  %.1f s  %s\n", label_.c_str(),
                 static_cast<int>(10 * tenths), static_cast<long long>(done),
                 static_cast<long long>(total_), now - start_seconds_,
                 text.c_str());
    return;
  }
  if (done < total_ && drawn_ && now - last_drawn_seconds_ < kRedrawSeconds) {
    return;
  }
  drawn_ = true;
  last_drawn_seconds_ = now;
  const int filled = static_cast<int>(kBarColumns * done / total_);
  const double left =
      done > 0 ? (now - start_seconds_) * (total_ - done) / done : 0;
  std::fprintf(stderr, "\r%s [%s%s] %lld/%lld  %.0f s left  %s\x1b[K",
               label_.c_str(), std::string(filled, '#').c_str(),
               std::string(kBarColumns - filled, '.').c_str(),
               static_cast<long long>(done), static_cast<long long>(total_),
               left, text.c_str());
  std::fflush(stderr);
}

}  // namespace quant_curve
