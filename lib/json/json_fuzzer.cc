// JSON of any file: ParseJson.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/json/json.h"

namespace quant_curve {

std::vector<std::string> FuzzSeeds() {
  return {R"({"a": [1, -2, 3.5e-7, true, false, null, "text"]})",
          R"({"é": "\u00e9\ud83d\ude00\n", "empty": {}, "list": [[[]]]})",
          "18446744073709551615",
          "-9223372036854775808",
          "-0.0",
          "\"\""};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const absl::StatusOr<Json> json = ParseJson(InputView(data, size), "input");
  if (!Accepts(json)) return 0;
  const std::string written = json->dump();
  const absl::StatusOr<Json> again = ParseJson(written, "written");
  Require(again.ok(), "what was parsed is written as JSON");
  Require(*again == *json, "what was written is the same value");
  Require(again->dump() == written, "and is written to the same bytes");
  return 0;
}
