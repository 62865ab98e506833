// Runs a program and writes what it took: a line "SECONDS CPU_SECONDS MIB",
// with the wall's time, that of all threads, and the largest resident set.
//
//   run_measured FILE PROGRAM ARGUMENT…
//
// Exits as the program does.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

extern char** environ;

namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec;
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
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 1;
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
  std::fprintf(file, "%.1f %.1f %ld\n", seconds.count(),
               Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
               usage.ru_maxrss / 1024);
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
