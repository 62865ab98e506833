// results.json: ResultsFromJson.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/results.h"
#include "lib/measurement/results_json.h"

namespace quant_curve {

std::vector<std::string> FuzzSeeds() {
  Sweep sweep;
  sweep.measurements = {MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97})};
  Results results = MakeResults(sweep, "fuzz").value();
  SchemeResult& scheme = *results.mutable_schemes(0);
  scheme.mutable_strata()->DeleteSubrange(1, scheme.strata_size() - 1);
  return {ResultsToJson(results).value(), "{}"};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const absl::StatusOr<Results> results =
      ResultsFromJson(InputView(data, size));
  if (!Accepts(results)) return 0;
  const absl::StatusOr<std::string> written = ResultsToJson(*results);
  Require(written.ok(), "results that were read can be written");
  const absl::StatusOr<Results> again = ResultsFromJson(*written);
  Require(again.ok(), "and read again");
  Require(ResultsToJson(*again).value() == *written,
          "and are then written to the same bytes");
  return 0;
}
