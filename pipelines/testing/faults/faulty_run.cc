#include "pipelines/testing/faults/faulty_run.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr unsigned int kSeconds = 30;
constexpr char kShim[] = "pipelines/testing/faults/libfault_shim.so";

std::string Slurp(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Spill(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::string> Environment(const std::string &program,
                                     const Fault &fault) {
  std::vector<std::string> settings = {
      absl::StrCat("LD_PRELOAD=", fs::absolute(kShim).string()),
      absl::StrCat("TMPDIR=", Work(), "/tmp"),
      absl::StrCat("QUANT_CURVE_FAULT_PATHS=", Work(), "/in:", Work(),
                   "/out:", Work(), "/tmp:/proc/self/exe:", program),
      absl::StrCat("QUANT_CURVE_FAULT_LOG=", Work(), "/log/calls"),
      absl::StrCat("QUANT_CURVE_FAULT_AT=", fault.at),
      absl::StrCat("QUANT_CURVE_FAULT_MODE=", fault.mode),
      // Sanitizers want to come first, and leaks of runs that fail are not
      // looked for.
      "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0", "LC_ALL=C"};
  settings.insert(settings.end(), fault.settings.begin(), fault.settings.end());
  return settings;
}

std::vector<char *> Pointers(std::vector<std::string> &texts) {
  std::vector<char *> pointers;
  for (std::string &text : texts) pointers.push_back(&text[0]);
  pointers.push_back(nullptr);
  return pointers;
}

void RunChild(std::vector<std::string> &words,
              std::vector<std::string> &settings) {
  const int null = open("/dev/null", O_RDWR);
  const int errors = open(absl::StrCat(Work(), "/log/errors").c_str(),
                          O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  alarm(kSeconds);
  execve(words[0].c_str(), Pointers(words).data(), Pointers(settings).data());
  _exit(126);
}

}  // namespace

const std::string &Work() {
  static const std::string *const work = [] {
    const char *root = std::getenv("TEST_TMPDIR");
    std::string path = fs::canonical(root == nullptr ? "/tmp" : root) /
                       absl::StrCat("faults_", getpid());
    for (const char *folder : {"in", "out", "tmp", "log"}) {
      fs::create_directories(absl::StrCat(path, "/", folder));
    }
    return new std::string(path);
  }();
  return *work;
}

Files FilesIn(const std::string &folder) {
  Files files;
  for (const auto &entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().string().substr(folder.size() + 1);
    if (entry.is_directory()) {
      files[name + "/"] = "";
    } else {
      files[name] = absl::EndsWith(name, "run.json") ? "" : Slurp(entry.path());
    }
  }
  return files;
}

void SetFiles(const std::string &folder, const Files &files) {
  if (FilesIn(folder) == files) return;
  fs::remove_all(folder);
  fs::create_directory(folder);
  for (const auto &[name, bytes] : files) {
    const std::string path = absl::StrCat(folder, "/", name);
    fs::create_directories(fs::path(path).parent_path());
    if (!absl::EndsWith(name, "/")) Spill(path, bytes);
  }
}

std::string Difference(const Files &expected, const Files &actual) {
  std::string text;
  for (const auto &[name, bytes] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) absl::StrAppend(&text, " lacks ", name, ";");
    if (found != actual.end() && found->second != bytes) {
      absl::StrAppend(&text, " other bytes in ", name, ";");
    }
  }
  for (const auto &[name, bytes] : actual) {
    if (expected.count(name) == 0) absl::StrAppend(&text, " has ", name, ";");
  }
  return text;
}

Outcome RunTool(const std::string &tool, const std::vector<std::string> &flags,
                const Fault &fault) {
  const std::string log = absl::StrCat(Work(), "/log/calls");
  std::vector<std::string> words = {
      fs::canonical(absl::StrCat("tools/", tool, "/", tool))};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<std::string> settings = Environment(words[0], fault);
  fs::remove(log);
  Outcome outcome;
  const pid_t child = fork();
  if (child == 0) RunChild(words, settings);
  waitpid(child, &outcome.wait_status, 0);
  outcome.errors = Slurp(absl::StrCat(Work(), "/log/errors"));
  for (const absl::string_view line :
       absl::StrSplit(Slurp(log), '\n', absl::SkipEmpty())) {
    outcome.calls.emplace_back(line.substr(line.find(' ') + 1));
  }
  return outcome;
}

}  // namespace quant_curve
