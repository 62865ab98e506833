#include "lib/cli/tool_main.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/artifact/file.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

int Main(absl::FunctionRef<absl::Status()> run,
         std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), "a/path/tool");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(&argument[0]);
  return ToolMain("tool", static_cast<int>(pointers.size()), pointers.data(),
                  "usage", run);
}

// What the run prints on stderr; `*code` is what main returns.
std::string ErrorOf(absl::FunctionRef<absl::Status()> run, int* code,
                    std::vector<std::string> arguments = {}) {
  ::testing::internal::CaptureStderr();
  *code = Main(run, std::move(arguments));
  return ::testing::internal::GetCapturedStderr();
}

absl::Status Succeed() { return absl::OkStatus(); }

TEST(ToolMainTest, ExitCodesTellBadInputFromWrongUsage) {
  EXPECT_EQ(Main(Succeed), 0);
  int code = 0;
  EXPECT_EQ(ErrorOf([] { return absl::InternalError("broken"); }, &code),
            "tool: broken\n");
  EXPECT_EQ(code, 1);
  EXPECT_EQ(ErrorOf([] { return UsageError("wrong"); }, &code),
            "tool: wrong\n");
  EXPECT_EQ(code, 2);
  EXPECT_EQ(ErrorOf(Succeed, &code, {"surplus"}),
            "tool: unexpected argument 'surplus': everything is a --flag\n");
  EXPECT_EQ(code, 2);
  EXPECT_EQ(ErrorOf(Succeed, &code, {"--no_such_flag=1"})
                .find("tool: unknown "
                      "flag"),
            0);
  EXPECT_EQ(code, 2);
}

TEST(ToolMainTest, ExceptionsBecomeErrorsWithExitCodeOne) {
  int code = 0;
  const auto no_memory = []() -> absl::Status { throw std::bad_alloc(); };
  EXPECT_NE(ErrorOf(no_memory, &code).find("tool: out of memory"),
            std::string::npos);
  EXPECT_EQ(code, 1);
  const auto no_thread = []() -> absl::Status {
    throw std::system_error(EAGAIN, std::generic_category(), "thread");
  };
  EXPECT_NE(ErrorOf(no_thread, &code).find("tool: the system refused: thread"),
            std::string::npos);
  EXPECT_EQ(code, 1);
  const auto too_long = []() -> absl::Status {
    throw std::length_error("vector");
  };
  EXPECT_NE(ErrorOf(too_long, &code).find("tool: a size is larger"),
            std::string::npos);
  EXPECT_EQ(code, 1);
}

TEST(ToolMainTest, AnErrorIsOneLineWithoutControlCharacters) {
  int code = 0;
  EXPECT_EQ(ErrorOf(
                [] {
                  return absl::InvalidArgumentError(
                      "a\x1b[2K\rfile: \nall "
                      "claims hold");
                },
                &code),
            "tool: a\\x1b[2K\\x0dfile: ; all claims hold\n");
}

// /dev/full fails every write, as a full disk does.
TEST(ToolMainTest, OutputThatCannotBePrintedIsAnError) {
  fflush(stdout);
  const int kept = dup(STDOUT_FILENO);
  ASSERT_NE(freopen("/dev/full", "w", stdout), nullptr);
  int code = 0;
  const std::string error = ErrorOf(
      [] {
        printf("the result\n");
        return absl::OkStatus();
      },
      &code);
  clearerr(stdout);
  dup2(kept, STDOUT_FILENO);
  close(kept);
  EXPECT_EQ(code, 1);
  EXPECT_NE(error.find("cannot write to standard output: No space left"),
            std::string::npos)
      << error;
}

// Touches a page of a mapped file that is there no longer.
absl::Status ReadCutFile() {
  const std::string path = ::testing::TempDir() + "/cut";
  RETURN_IF_ERROR(WriteFileAtomically(path, std::string(100000, 'x')));
  ASSIGN_OR_RETURN(const auto file, MappedFile::Open(path));
  if (truncate(path.c_str(), 10) != 0) return absl::InternalError("truncate");
  const volatile char* const bytes = file->bytes().data();
  const char last = bytes[file->bytes().size() - 1];
  return absl::InternalError(std::string("it was read: ") + last);
}

TEST(ToolMainDeathTest, AFileThatIsCutWhileItIsMappedIsAnError) {
  constexpr char kLine[] =
      "^tool: an input file became shorter or could not be read while it was "
      "mapped; check the disk, and run again when nothing writes to the "
      "file\n$";
  EXPECT_EXIT(Main(ReadCutFile), ::testing::ExitedWithCode(1), kLine);
  const auto on_a_thread = [] {
    std::thread([] { ReadCutFile().IgnoreError(); }).join();
    return absl::InternalError("the thread went on");
  };
  EXPECT_EXIT(Main(on_a_thread), ::testing::ExitedWithCode(1), kLine);
}

TEST(ToolMainDeathTest, AnotherBusErrorEndsTheProcessAsUsual) {
  const auto be_killed = [] {
    kill(getpid(), SIGBUS);
    return absl::OkStatus();
  };
  EXPECT_EXIT(Main(be_killed), ::testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace quant_curve
