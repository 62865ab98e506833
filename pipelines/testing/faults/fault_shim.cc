// Preloaded into a tool, makes one of its system calls fail:
//
//   LD_PRELOAD=libfault_shim.so
//   QUANT_CURVE_FAULT_PATHS=/tmp/work:/proc/self/exe \
//   QUANT_CURVE_FAULT_LOG=/tmp/log QUANT_CURVE_FAULT_AT=7
//   QUANT_CURVE_FAULT_MODE=28 \
//     tools/train/train …
//
// Counted are calls on files below QUANT_CURVE_FAULT_PATHS, separated by
// colons, and every thread that is started. The log gets a line per counted
// call, "7 write". The call with the number QUANT_CURVE_FAULT_AT fails as
// QUANT_CURVE_FAULT_MODE says:
//
//   a number  the call fails with this errno
//   short     write(2) writes half of the bytes, at least one
//   zero      read(2) reads nothing: a premature end of file
//   kill      the process ends before the call, as by SIGKILL
//
// QUANT_CURVE_FAULT_NO_TMPFILE and QUANT_CURVE_FAULT_NO_EXCHANGE stand for file
// systems without O_TMPFILE and RENAME_EXCHANGE.
//
// The system is called directly; what libc calls inside of itself (stdio,
// malloc) is not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<long> calls{0};

const char *Setting(const char *name) {
  const char *text = getenv(name);
  return text == nullptr ? "" : text;
}

bool IsBelow(const char *path, const char *folder, size_t length) {
  return strncmp(path, folder, length) == 0 &&
         (path[length] == '\0' || path[length] == '/');
}

// Paths of the tool's own files are absolute: the test sees to that.
bool IsCounted(const char *path) {
  const char *rest = Setting("QUANT_CURVE_FAULT_PATHS");
  while (*rest != '\0') {
    const size_t length = strcspn(rest, ":");
    if (length > 0 && IsBelow(path, rest, length)) return true;
    rest += length;
    rest += *rest == ':';
  }
  return false;
}

bool IsCounted(int fd) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char path[PATH_MAX + 1];
  const ssize_t length =
      syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX);
  if (length < 0) return false;
  path[length] = '\0';
  return IsCounted(path);
}

// A path that is relative to an open folder.
bool IsCounted(int folder, const char *path) {
  if (path[0] == '/' || folder == AT_FDCWD) return IsCounted(path);
  return IsCounted(folder);
}

void Log(long number, const char *call) {
  const char *path = Setting("QUANT_CURVE_FAULT_LOG");
  if (*path == '\0') return;
  const int fd = syscall(SYS_openat, AT_FDCWD, path,
                         O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  char line[64];
  const int length = snprintf(line, sizeof line, "%ld %s\n", number, call);
  syscall(SYS_write, fd, line, length);
  syscall(SYS_close, fd);
}

constexpr int kShort = -1;
constexpr int kZero = -2;

// 0: go on. An errno, kShort or kZero otherwise. Does not return for "kill".
int Fault(const char *call) {
  const int saved = errno;
  const long number = ++calls;
  Log(number, call);
  errno = saved;
  if (number != atol(Setting("QUANT_CURVE_FAULT_AT"))) return 0;
  const char *mode = Setting("QUANT_CURVE_FAULT_MODE");
  if (strcmp(mode, "short") == 0) return kShort;
  if (strcmp(mode, "zero") == 0) return kZero;
  if (strcmp(mode, "kill") == 0) {
    syscall(SYS_kill, getpid(), SIGKILL);
    while (true) pause();
  }
  return atoi(mode);
}

// Whether the call fails; errno is set then.
bool Fails(const char *call) {
  const int fault = Fault(call);
  if (fault <= 0) return false;
  errno = fault;
  return true;
}

int Open(int folder, const char *path, int flags, mode_t mode) {
  if ((flags & O_TMPFILE) == O_TMPFILE &&
      *Setting("QUANT_CURVE_FAULT_NO_TMPFILE") != '\0') {
    errno = EOPNOTSUPP;
    return -1;
  }
  const char *call = (flags & O_CREAT) != 0 ? "create" : "open";
  if (IsCounted(folder, path) && Fails(call)) return -1;
  return syscall(SYS_openat, folder, path, flags, mode);
}

ssize_t Read(int fd, void *to, size_t size) {
  if (IsCounted(fd)) {
    const int fault = Fault("read");
    if (fault == kZero) return 0;
    if (fault > 0) {
      errno = fault;
      return -1;
    }
  }
  return syscall(SYS_read, fd, to, size);
}

int Rename(int from_folder, const char *from, int to_folder, const char *to,
           unsigned int flags) {
  if ((flags & RENAME_EXCHANGE) != 0 &&
      *Setting("QUANT_CURVE_FAULT_NO_EXCHANGE") != '\0') {
    errno = EINVAL;
    return -1;
  }
  if ((IsCounted(from_folder, from) || IsCounted(to_folder, to)) &&
      Fails("rename")) {
    return -1;
  }
  return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int Link(int from_folder, const char *from, int to_folder, const char *to,
         int flags) {
  if (IsCounted(to_folder, to) && Fails("link")) return -1;
  return syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

int Unlink(int folder, const char *path, int flags) {
  if (IsCounted(folder, path) && Fails("unlink")) return -1;
  return syscall(SYS_unlinkat, folder, path, flags);
}

int MakeFolder(int folder, const char *path, mode_t mode) {
  if (IsCounted(folder, path) && Fails("mkdir")) return -1;
  return syscall(SYS_mkdirat, folder, path, mode);
}

void *Map(void *at, size_t size, int protection, int flags, int fd,
          off_t from) {
  if (fd >= 0 && IsCounted(fd) && Fails("mmap")) return MAP_FAILED;
  return reinterpret_cast<void *>(
      syscall(SYS_mmap, at, size, protection, flags, fd, from));
}

mode_t ModeOf(int flags, va_list arguments) {
  const bool creates =
      (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return creates ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

// The names under which libc offers these calls, also for _FORTIFY_SOURCE.
// libc's declarations are hidden behind other symbols: theirs carry attributes.
#define QUANT_CURVE_OPEN(name)                    \
  int name(const char *path, int flags, ...) {    \
    va_list arguments;                            \
    va_start(arguments, flags);                   \
    const mode_t mode = ModeOf(flags, arguments); \
    va_end(arguments);                            \
    return Open(AT_FDCWD, path, flags, mode);     \
  }
#define QUANT_CURVE_OPENAT(name)                           \
  int name(int folder, const char *path, int flags, ...) { \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t mode = ModeOf(flags, arguments);          \
    va_end(arguments);                                     \
    return Open(folder, path, flags, mode);                \
  }

extern "C" {

QUANT_CURVE_OPEN(open)
QUANT_CURVE_OPEN(open64)
QUANT_CURVE_OPENAT(openat)
QUANT_CURVE_OPENAT(openat64)

int __open_2(const char *path, int flags) {
  return Open(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags) {
  return Open(AT_FDCWD, path, flags, 0);
}

int __openat_2(int folder, const char *path, int flags) {
  return Open(folder, path, flags, 0);
}

int __openat64_2(int folder, const char *path, int flags) {
  return Open(folder, path, flags, 0);
}

ssize_t read(int fd, void *to, size_t size) { return Read(fd, to, size); }

ssize_t __read_chk(int fd, void *to, size_t size, size_t) {
  return Read(fd, to, size);
}

ssize_t write(int fd, const void *from, size_t size) {
  if (IsCounted(fd)) {
    const int fault = Fault("write");
    if (fault == kShort) size = size < 2 ? size : size / 2;
    if (fault > 0) {
      errno = fault;
      return -1;
    }
  }
  return syscall(SYS_write, fd, from, size);
}

// Not synced to disk: no test cuts the power, and it takes most of the time.
int fsync(int fd) {
  if (!IsCounted(fd)) return syscall(SYS_fsync, fd);
  return Fails("fsync") ? -1 : 0;
}

// The descriptor is gone afterwards, also when close(2) fails.
int close(int fd) {
  const bool fails = IsCounted(fd) && Fails("close");
  const int error = errno;
  const int result = syscall(SYS_close, fd);
  if (!fails) return result;
  errno = error;
  return -1;
}

int rename(const char *from, const char *to) {
  return Rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  return Rename(from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned int flags) {
  return Rename(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) {
  return Link(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to,
           int flags) {
  return Link(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) { return Unlink(AT_FDCWD, path, 0); }

int unlinkat(int folder, const char *path, int flags) {
  return Unlink(folder, path, flags);
}

int rmdir(const char *path) { return Unlink(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t mode) {
  return MakeFolder(AT_FDCWD, path, mode);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd,
           off_t from) {
  return Map(at, size, protection, flags, fd, from);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd,
             off_t from) {
  return Map(at, size, protection, flags, fd, from);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *argument) {
  const int fault = Fault("thread");
  if (fault > 0) return fault;
  using Create =
      int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static const Create create =
      reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, start, argument);
}

}  // extern "C"
