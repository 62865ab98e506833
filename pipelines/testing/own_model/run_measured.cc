// Runs a program and writes what it took: a line "SECONDS CPU_SECONDS MIB
// ANONYMOUS_MIB", with the wall's time, that of all threads, the largest
// resident set, and the largest part of it that is not pages of files, looked
// at every 20 ms: the system drops pages of mapped files when it needs memory.
//
//   run_measured FILE PROGRAM ARGUMENT…
//
// Exits as the program does.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

extern char** environ;

namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec;
}

// In KiB; 0 when the process has ended.
long AnonymousOf(pid_t process) {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/status", process);
  std::FILE* file = std::fopen(path, "r");
  if (file == nullptr) return 0;
  long kib = 0;
  char line[256];
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::sscanf(line, "RssAnon: %ld", &kib) == 1) break;
  }
  std::fclose(file);
  return kib;
}

int RunMeasured(const char* path, char** command) {
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, command[0], nullptr, nullptr, command, environ);
  if (error != 0) {
    std::fprintf(stderr, "run_measured: %s: cannot run: %s\n", command[0],
                 std::strerror(error));
    return 1;
  }
  int status = 0;
  rusage usage = {};
  long anonymous = 0;
  while (true) {
    const pid_t ended = wait4(child, &status, WNOHANG, &usage);
    if (ended < 0 && errno != EINTR) return 1;
    if (ended == child) break;
    anonymous = std::max(anonymous, AnonymousOf(child));
    usleep(20000);
  }
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) {
    std::fprintf(stderr, "run_measured: %s: cannot create: %s\n", path,
                 std::strerror(errno));
    return 1;
  }
  // ru_maxrss is in KiB.
  std::fprintf(file, "%.1f %.1f %ld %ld\n", seconds.count(),
               Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
               usage.ru_maxrss / 1024, anonymous / 1024);
  std::fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "run_measured FILE PROGRAM ARGUMENT…\n");
    return 2;
  }
  return RunMeasured(argv[1], argv + 2);
}
