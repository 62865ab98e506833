#include "tools/audit/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/file.h"
#include "lib/cli/wait_status.h"

namespace quant_curve {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(&text[0]);
  pointers.push_back(nullptr);
  return pointers;
}

constexpr int64_t kMaxLogBytes = int64_t{1} << 20;

std::string LastLineOf(const std::string& log) {
  const auto text = ReadFile(log, kMaxLogBytes);
  if (!text.ok()) return "";
  const std::vector<std::string> lines =
      absl::StrSplit(absl::StripAsciiWhitespace(*text), '\n');
  return lines.back();
}

}  // namespace

absl::Status RunProgram(const std::string& program,
                        const std::vector<std::string>& arguments,
                        const std::string& folder, const std::string& log) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  absl::Cleanup destroy = [&] { posix_spawn_file_actions_destroy(&files); };
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY,
                                   0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY,
                                   0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> settings = {"LC_ALL=C", "PATH=/usr/bin:/bin",
                                       "TZ=UTC"};
  pid_t child = 0;
  const int error =
      posix_spawn(&child, program.c_str(), &files, nullptr,
                  Pointers(words).data(), Pointers(settings).data());
  if (error != 0) {
    return absl::NotFoundError(
        absl::StrCat(program, ": cannot run it: ", std::strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return absl::InternalError("waitpid failed");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(DescribeWaitStatus(status), ": ", LastLineOf(log)));
}

}  // namespace quant_curve
