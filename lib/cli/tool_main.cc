#include "lib/cli/tool_main.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kUsagePayload = "quant_curve/usage";
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

std::string ToolName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  return std::string(path);
}

}  // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return status;
}

absl::Status RequireFlag(absl::string_view name, const std::string& value) {
  if (!value.empty()) return absl::OkStatus();
  return UsageError(absl::StrCat("--", name, " is required (see --help)"));
}

int ToolMain(int argc, char** argv, absl::string_view usage,
             absl::FunctionRef<absl::Status()> run) {
  return ToolMainWithArguments(
      argc, argv, usage,
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
    int argc, char** argv, absl::string_view usage,
    absl::FunctionRef<absl::StatusOr<int>(const std::vector<std::string>&)>
        run) {
  const std::string tool = ToolName(argv[0]);
  absl::SetProgramUsageMessage(usage);
  std::atexit(ExitHandler);
  exit_code_while_parsing = AsksForHelp(argc, argv) ? 0 : kWrongUsage;
  parsing_flags = true;
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;

  const absl::StatusOr<int> code = run({rest.begin() + 1, rest.end()});
  if (code.ok()) return *code;
  const std::string line =
      absl::StrReplaceAll(code.status().message(), {{"\n", "; "}});
  std::fprintf(stderr, "%s: %s\n", tool.c_str(), line.c_str());
  return code.status().GetPayload(kUsagePayload).has_value() ? kWrongUsage
                                                             : kFailure;
}

}  // namespace quant_curve
