// A measurement behind the frame: ReadMeasurement, and what is made of it.
// The input is the message without its summaries where its first byte is odd:
// they are then filled in, as a fuzzer would never guess them.

#include <string>
#include <vector>

#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/results.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

constexpr int kItems = 4;
constexpr int kWindows = 2;

Measurement Few(Measurement measurement) {
  measurement.mutable_items()->DeleteSubrange(
      kItems, measurement.items_size() - kItems);
  measurement.mutable_candidate_log_probability_nats()->Truncate(
      static_cast<int>(kItems * measurement.num_candidates()));
  measurement.mutable_window_nll_nats()->Truncate(kWindows);
  measurement.mutable_window_tokens()->Truncate(kWindows);
  measurement.mutable_linears()->DeleteSubrange(1,
                                                measurement.linears_size() - 1);
  Require(FillSummaries(measurement).ok(), "a fake measurement is sound");
  return measurement;
}

std::string FilledPayload(absl::string_view payload) {
  Measurement measurement;
  if (!measurement.ParseFromArray(payload.data(),
                                  static_cast<int>(payload.size())) ||
      !FillSummaries(measurement).ok()) {
    return std::string(payload);
  }
  return PayloadOf(measurement);
}

void TestMeasurement(absl::string_view input) {
  const bool fill = !input.empty() && input[0] % 2 != 0;
  const absl::string_view payload = input.substr(input.empty() ? 0 : 1);
  const std::string path = ArtifactInputPath<Measurement>(
      fill ? FilledPayload(payload) : std::string(payload));
  const auto measurement = ReadMeasurement(path);
  if (!Accepts(measurement)) return;
  RequireRoundTrip<Measurement>(*measurement, ReadMeasurement);
  const absl::StatusOr<Sweep> sweep =
      ReadSweep({path}, measurement->message.scheme().name());
  if (!sweep.ok()) return;
  const absl::StatusOr<Results> results = MakeResults(*sweep, "fuzz");
  if (!results.ok()) return;
  const absl::StatusOr<std::string> json = ResultsToJson(*results);
  Require(json.ok() && ResultsFromJson(*json).ok(),
          "results of a measurement are written and read");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const Measurement verbs =
      Few(MakeFakeMeasurement({"int8", 113920, 4.9, 0.9, 8}));
  const Measurement text =
      Few(MakeFakeTextMeasurement({"fp32", 414720, 4.84, 0.97}));
  return {"0" + PayloadOf(verbs), "1" + PayloadOf(verbs),
          "1" + PayloadOf(text)};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestMeasurement(quant_curve::InputView(data, size));
  return 0;
}
