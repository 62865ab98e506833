#include "lib/cli/wait_status.h"

#include <sys/wait.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

constexpr int kCannotStart = 127;

}  // namespace

std::string DescribeWaitStatus(int status) {
  if (WIFSIGNALED(status)) {
    return absl::StrCat("killed by signal ", WTERMSIG(status), " (",
                        strsignal(WTERMSIG(status)), ")");
  }
  const int code = WEXITSTATUS(status);
  return absl::StrCat("exit code ", code,
                      code == kCannotStart
                          ? ", which means that it could not be started: a "
                            "library or an interpreter of it is missing"
                          : "");
}

}  // namespace quant_curve
