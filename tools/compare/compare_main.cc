// Prints two published experiments side by side: the same model with other
// settings, or two models.
//
//   bazel run //tools/compare -- experiments/26-quant-curve /tmp/my-curve
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/cli/tool_main.h"
#include "lib/cli/workspace.h"
#include "tools/compare/compare.h"

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Prints two published experiments side by side, scheme by scheme.\n"
    "Example: compare experiments/26-quant-curve /tmp/my-curve";

absl::StatusOr<int> Run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) {
    return UsageError(absl::StrCat(
        arguments.size(),
        " arguments: give two published folders, such as "
        "experiments/26-quant-curve experiments/26-quant-curve-extended"));
  }
  ASSIGN_OR_RETURN(const Experiment a,
                   ReadExperiment(InWorkspace(arguments[0])));
  ASSIGN_OR_RETURN(const Experiment b,
                   ReadExperiment(InWorkspace(arguments[1])));
  absl::PrintF("%s", PrintableLines(ComparisonText(a, b, Compare(a, b))));
  return 0;
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMainWithArguments(
      "compare", argc, argv, quant_curve::kUsage, quant_curve::Run);
}
