// Feeds a fuzz target its seeds and the files of a folder: how `bazel test`
// replays what was found once.
//
//   bazel-bin/lib/json/json_fuzzer lib/json/fuzz_corpus/json

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

// What one input may cost; fuzz.sh gives libFuzzer the same bound.
constexpr int64_t kMaxGrowthBytes = int64_t{256} << 20;

int64_t PeakMemoryBytes() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void Feed(const std::string& name, const std::string& input) {
  std::fprintf(stderr, "%s: %zu bytes\n", name.c_str(), input.size());
  const int64_t before = PeakMemoryBytes();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
  Require(PeakMemoryBytes() - before <= kMaxGrowthBytes,
          absl::StrCat(name, ": an input costs at most 256 MiB"));
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

int Replay(const std::string& folder) {
  Feed("the empty input", "");
  const std::vector<std::string> seeds = FuzzSeeds();
  Require(!seeds.empty(), "a target has seeds");
  for (size_t i = 0; i < seeds.size(); ++i) {
    const std::string name = absl::StrCat("seed ", i);
    const int64_t accepted = NumAccepted();
    Feed(name, seeds[i]);
    Require(NumAccepted() > accepted,
            absl::StrCat(name, ": the parser accepts it"));
  }
  if (!fs::exists(folder)) return 0;
  for (const std::string& file : FilesIn(folder)) {
    const absl::StatusOr<std::string> input = ReadFile(file);
    Require(input.ok(), input.status().message());
    Feed(file, *input);
  }
  return 0;
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  LLVMFuzzerInitialize(&argc, &argv);
  if (argc != 2) {
    std::fprintf(stderr,
                 "usage: %s FOLDER, of inputs to replay (one that does not "
                 "exist holds none), or --write_seeds=FOLDER\n",
                 argv[0]);
    return 2;
  }
  return quant_curve::Replay(argv[1]);
}
