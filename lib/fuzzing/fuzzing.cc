#include "lib/fuzzing/fuzzing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxMessageBytes = 16 << 10;

int64_t num_accepted = 0;

void WriteWhole(const std::string& path, absl::string_view contents) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  Require(fd >= 0, absl::StrCat(path, ": cannot be created"));
  const ssize_t written = write(fd, contents.data(), contents.size());
  Require(written == static_cast<ssize_t>(contents.size()) && close(fd) == 0,
          absl::StrCat(path, ": cannot be written"));
}

void RemoveInputFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(InputFolder(), ignored);
}

// TEST_TMPDIR is Bazel's, and fuzz.sh sets it, which also removes what a
// process that crashed left there.
std::string MakeInputFolder() {
  const char* parent = getenv("TEST_TMPDIR");
  if (parent == nullptr)
    parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  std::string path = absl::StrCat(parent, "/quant_curve_fuzz_XXXXXX");
  Require(mkdtemp(&path[0]) != nullptr, "the folder for inputs can be made");
  std::atexit(RemoveInputFolder);
  return path;
}

}  // namespace

void Require(bool holds, absl::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "property violated: %s\n",
               std::string(property).c_str());
  std::abort();
}

bool Accepts(const absl::Status& status) {
  if (status.ok()) {
    ++num_accepted;
    return true;
  }
  Require(!status.message().empty(), "a refusal says why");
  Require(status.message().size() <= kMaxMessageBytes,
          "a refusal takes at most 16 KiB");
  return false;
}

int64_t NumAccepted() { return num_accepted; }

const std::string& InputFolder() {
  static const auto* const folder = new std::string(MakeInputFolder());
  return *folder;
}

std::string InputPath(absl::string_view name, absl::string_view contents) {
  const std::string path = absl::StrCat(InputFolder(), "/", name);
  WriteWhole(path, contents);
  return path;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    absl::string_view folder = (*argv)[i];
    if (!absl::ConsumePrefix(&folder, "--write_seeds=")) continue;
    int index = 0;
    for (const std::string& seed : quant_curve::FuzzSeeds()) {
      quant_curve::WriteWhole(absl::StrCat(folder, "/seed-", index++), seed);
    }
    std::exit(0);
  }
  return 0;
}
