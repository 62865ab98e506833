// Writes a made-up sweep for looking at figures and reports without training:
// one measurement artifact a scheme, and timing.qca, into --output_dir.
//
//   bazel run //tools/plot:fake_sweep -- --output_dir=/tmp/fake --extended
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/fake_timing.h"
#include "lib/provenance/stage_run.h"

ABSL_FLAG(std::string, output_dir, "", "an existing directory");
ABSL_FLAG(bool, extended, false, "with int3 and int2 schemes");

namespace quant_curve {
namespace {

absl::Status Run() {
  const std::string directory = absl::GetFlag(FLAGS_output_dir);
  RETURN_IF_ERROR(RequireFlag("output_dir", directory));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("fake_sweep"));
  for (const FakeScheme& scheme : FakeSweep(absl::GetFlag(FLAGS_extended))) {
    const std::string path = absl::StrCat(directory, "/", scheme.name, ".qca");
    RETURN_IF_ERROR(
        run.WriteArtifact("output", path, MakeFakeMeasurement(scheme)));
    absl::PrintF("%s\n", path);
  }
  const std::string path = absl::StrCat(directory, "/timing.qca");
  RETURN_IF_ERROR(run.WriteArtifact("output", path, MakeFakeTiming(true)));
  absl::PrintF("%s\n", path);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("fake_sweep", argc, argv,
                               "Writes a made-up sweep.\n"
                               "Example: fake_sweep --output_dir=/tmp/fake",
                               quant_curve::Run);
}
