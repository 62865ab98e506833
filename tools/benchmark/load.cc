#include "tools/benchmark/load.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tools/benchmark/clock.h"

namespace quant_curve {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

double ProcessCpuSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * time.tv_nsec;
}

double WaitSeconds() {
  double seconds = 0;
  std::error_code ignored;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    seconds += 1e-9 * WaitNanoseconds(
                          FirstLine(thread.path().string() + "/schedstat"));
  }
  return seconds;
}

}  // namespace

uint64_t WaitNanoseconds(absl::string_view schedstat) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(schedstat, ' ', absl::SkipEmpty());
  uint64_t wait = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &wait)) return 0;
  return wait;
}

CpuTicks ParseCpuTicks(absl::string_view stat) {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice
  const std::vector<absl::string_view> fields =
      absl::StrSplit(stat, ' ', absl::SkipEmpty());
  CpuTicks ticks;
  if (fields.size() < 9 || fields[0] != "cpu") return ticks;
  for (const int i : {1, 2, 3, 6, 7, 8}) {
    uint64_t value = 0;
    if (!absl::SimpleAtoi(fields[i], &value)) return {};
    (i == 8 ? ticks.steal : ticks.busy) += value;
  }
  return ticks;
}

LoadMeter::LoadMeter()
    : wall_seconds_(NowSeconds()),
      cpu_seconds_(ProcessCpuSeconds()),
      wait_seconds_(WaitSeconds()),
      ticks_(ParseCpuTicks(FirstLine("/proc/stat"))) {}

MachineLoad LoadMeter::Finish() const {
  const double ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const CpuTicks ticks = ParseCpuTicks(FirstLine("/proc/stat"));
  MachineLoad load;
  load.set_wall_seconds(NowSeconds() - wall_seconds_);
  load.set_cpu_seconds(ProcessCpuSeconds() - cpu_seconds_);
  load.set_wait_seconds(std::max(0.0, WaitSeconds() - wait_seconds_));
  const double busy =
      static_cast<double>(ticks.busy - ticks_.busy) / ticks_per_second;
  // Both clocks round.
  load.set_other_cpu_seconds(std::max(0.0, busy - load.cpu_seconds()));
  load.set_steal_seconds(static_cast<double>(ticks.steal - ticks_.steal) /
                         ticks_per_second);
  return load;
}

}  // namespace quant_curve
