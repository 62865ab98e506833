#include "tools/benchmark/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/measurement/cpu_model.h"
#include "tools/benchmark/peak_kernels.h"

namespace quant_curve {
namespace {

constexpr int kMaxCacheIndex = 16;

// Files of /proc and /sys have no size to ask for. Empty when there is none.
std::string ReadSystemFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void SetLevel(absl::string_view level, uint64_t bytes, Machine& machine) {
  if (level == "1") machine.set_l1_data_bytes(bytes);
  if (level == "2") machine.set_l2_bytes(bytes);
  if (level == "3") machine.set_l3_bytes(bytes);
}

void ReadCachesFromSysfs(Machine& machine) {
  for (int index = 0; index < kMaxCacheIndex; ++index) {
    const std::string folder =
        absl::StrCat("/sys/devices/system/cpu/cpu0/cache/index", index, "/");
    if (absl::StartsWith(ReadSystemFile(folder + "type"), "Instruction")) {
      continue;
    }
    const std::string level = ReadSystemFile(folder + "level");
    SetLevel(absl::StripAsciiWhitespace(level),
             ParseCacheSize(ReadSystemFile(folder + "size")), machine);
  }
}

uint64_t SystemValue(int name) {
  return static_cast<uint64_t>(std::max(0L, sysconf(name)));
}

void ReadCachesFromSysconf(Machine& machine) {
  if (machine.l1_data_bytes() == 0) {
    machine.set_l1_data_bytes(SystemValue(_SC_LEVEL1_DCACHE_SIZE));
  }
  if (machine.l2_bytes() == 0) {
    machine.set_l2_bytes(SystemValue(_SC_LEVEL2_CACHE_SIZE));
  }
  if (machine.l3_bytes() == 0) {
    machine.set_l3_bytes(SystemValue(_SC_LEVEL3_CACHE_SIZE));
  }
}

uint32_t UsableCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) {
    return static_cast<uint32_t>(
        std::max<uint64_t>(1, SystemValue(_SC_NPROCESSORS_ONLN)));
  }
  return CPU_COUNT(&cores);
}

}  // namespace

uint64_t ParseCacheSize(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  int shift = 0;
  if (absl::ConsumeSuffix(&text, "K")) {
    shift = 10;
  } else if (absl::ConsumeSuffix(&text, "M")) {
    shift = 20;
  }
  uint32_t count = 0;
  if (!absl::SimpleAtoi(text, &count)) return 0;
  return uint64_t{count} << shift;
}

Machine ReadMachine() {
  Machine machine;
  machine.set_cpu_model(CpuModel());
  machine.set_isa(ChosenTarget());
  machine.set_cores(UsableCores());
  ReadCachesFromSysfs(machine);
  ReadCachesFromSysconf(machine);
  return machine;
}

}  // namespace quant_curve
