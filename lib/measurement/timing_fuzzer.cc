// A timing behind the frame: ReadTiming, and the statistics of what it holds.

#include <cmath>
#include <string>
#include <vector>

#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/timing.h"

namespace quant_curve {
namespace {

void TestTiming(const Timing& timing) {
  for (const DecodeTiming& decode : timing.decodes()) {
    Require(FindDecode(timing, decode.model(), decode.scheme().name(),
                       decode.threads()) == &decode,
            "a decode is found by model, scheme and threads");
    Require(TokensPerSecond(decode).median > 0, "speed is positive");
    const absl::StatusOr<RooflineDot> dot = MakeRooflineDot(timing, decode);
    if (dot.ok()) RoofName(*dot, decode.scheme());
    const absl::StatusOr<Speed> speed =
        MakeSpeed(timing, decode.model(), decode.threads(),
                  decode.scheme().name(), "fuzz");
    if (speed.ok()) {
      Require(SpeedToJson(*speed).ok(), "speed.json can be written");
    }
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  Timing timing = MakeFakeTiming(/*ladder=*/false);
  timing.mutable_decodes()->DeleteSubrange(2, timing.decodes_size() - 2);
  return {PayloadOf(timing)};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto timing =
      ReadTiming(ArtifactInputPath<Timing>(InputView(data, size)));
  if (!Accepts(timing)) return 0;
  RequireRoundTrip<Timing>(*timing, ReadTiming);
  TestTiming(timing->message);
  return 0;
}
