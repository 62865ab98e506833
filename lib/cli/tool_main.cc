#include "lib/cli/tool_main.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/command_line.h"
#include "lib/cli/output_check.h"
#include "lib/cli/printable.h"

namespace quant_curve {
namespace {

constexpr int kFailure = 1;
constexpr int kWrongUsage = 2;

// Abseil ends the process with 1 for a wrong flag and for --help alike. While
// flags are parsed, an exit handler turns that into our codes.
bool parsing_flags = false;
int exit_code_while_parsing = kWrongUsage;

void ExitHandler() {
  if (!parsing_flags) return;
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  _exit(exit_code_while_parsing);
}

bool AsksForHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--") return false;
    if (absl::StartsWith(argument, "--help") || argument == "-help" ||
        argument == "--version") {
      return true;
    }
  }
  return false;
}

// Once in a process, as Abseil wants it.
void ConfigureUsage(absl::string_view usage) {
  static bool configured = false;
  if (configured) return;
  configured = true;
  absl::SetProgramUsageMessage(usage);
  absl::FlagsUsageConfig config;
  // --help lists the flags of the tool's main and those that tools share.
  config.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "_main.cc") ||
           absl::StrContains(file, "lib/cli/");
  };
  absl::SetFlagsUsageConfig(config);
  std::atexit(ExitHandler);
}

std::vector<std::string> ParseFlags(int argc, char** argv) {
  exit_code_while_parsing = AsksForHelp(argc, argv) ? 0 : kWrongUsage;
  parsing_flags = true;
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;
  return {rest.begin() + 1, rest.end()};
}

// Complete before the handler is set: it may not allocate.
char bus_error_line[256];

// A mapped file (lib/artifact/mapped_file.h) has no page where it was read.
// Only functions that are safe in a signal handler (signal-safety(7)).
void OnBusError(int signal_number, siginfo_t* info, void*) {
  if (info->si_code != BUS_ADRERR) {  // kill(1), or broken memory
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, bus_error_line, std::strlen(bus_error_line));
  _exit(kFailure);
}

void HandleBusErrors(const std::string& tool) {
  std::snprintf(
      bus_error_line, sizeof(bus_error_line),
      "%s: an input file became shorter or could not be read while it "
      "was mapped; check the disk, and run again when nothing writes "
      "to the file\n",
      tool.c_str());
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

// The one place that catches: what the standard library throws when memory,
// threads or addressable sizes run out is an error like any other.
absl::StatusOr<int> Guarded(absl::FunctionRef<absl::StatusOr<int>()> work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        "out of memory; use a smaller model or text, fewer --threads, or a "
        "machine with more memory");
  } catch (const std::length_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a size is larger than memory can be (", error.what(),
        "); check the sizes on the command line and in the inputs"));
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the system refused: ", error.what(),
                     "; check its limits (ulimit -a)"));
  } catch (const std::exception& error) {
    return absl::InternalError(
        absl::StrCat("unexpected error: ", error.what(), "; please report it"));
  }
}

// What was printed may be the result: a full disk or a closed pipe must not
// pass as success.
absl::Status FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      absl::StrCat("cannot write to standard output: ", std::strerror(errno)));
}

}  // namespace

int ToolMain(absl::string_view stage, int argc, char** argv,
             absl::string_view usage, absl::FunctionRef<absl::Status()> run) {
  return ToolMainWithArguments(
      stage, argc, argv, usage,
      [run](const std::vector<std::string>& arguments) -> absl::StatusOr<int> {
        if (!arguments.empty()) {
          return UsageError(absl::StrCat("unexpected argument '", arguments[0],
                                         "': everything is a --flag"));
        }
        RETURN_IF_ERROR(run());
        return 0;
      });
}

int ToolMainWithArguments(
    absl::string_view stage, int argc, char** argv, absl::string_view usage,
    absl::FunctionRef<absl::StatusOr<int>(const std::vector<std::string>&)>
        run) {
  const std::string tool(stage);
  ConfigureUsage(usage);
  HandleBusErrors(tool);
  const absl::StatusOr<int> code = Guarded([&]() -> absl::StatusOr<int> {
    if (!AsksForHelp(argc, argv)) {
      RETURN_IF_ERROR(CheckCommandLine(
          absl::MakeConstSpan(argv + 1, static_cast<size_t>(argc - 1))));
    }
    const std::vector<std::string> arguments = ParseFlags(argc, argv);
    RETURN_IF_ERROR(CheckFlagsAreDeclared(tool));
    RETURN_IF_ERROR(CheckOutputsAreNotInputs(CommandPathsOf(tool)));
    ASSIGN_OR_RETURN(const int returned, run(arguments));
    RETURN_IF_ERROR(FlushOutput());
    return returned;
  });
  if (code.ok()) return *code;
  const std::string line =
      absl::StrReplaceAll(code.status().message(), {{"\n", "; "}});
  std::fprintf(stderr, "%s: %s\n", tool.c_str(), Printable(line).c_str());
  return IsUsageError(code.status()) ? kWrongUsage : kFailure;
}

}  // namespace quant_curve
