// Minimal pairs as lines of JSON: ParseMinimalPairs.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/json/json.h"
#include "tools/text/minimal_pairs.h"

namespace quant_curve {
namespace {

std::string LinesOf(const std::vector<MinimalPair>& pairs) {
  std::string lines;
  for (const MinimalPair& pair : pairs) {
    Json line = {{"sentence_good", pair.good}, {"sentence_bad", pair.bad}};
    if (!pair.category.empty()) line["UID"] = pair.category;
    absl::StrAppend(&lines, line.dump(), "\n");
  }
  return lines;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {LinesOf({{"The cat sleeps.", "The cat sleep.", "agreement"}}),
          "\n{\"sentence_good\": \"\\u00e9 a\", \"sentence_bad\": \"b\", "
          "\"linguistics_term\": \"s-selection\", \"field\": 1}\r\n",
          LinesOf({{"a", "b", ""}, {"b", "a", ""}})};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto pairs = ParseMinimalPairs(InputView(data, size), "input");
  if (!Accepts(pairs)) return 0;
  Require(!pairs->empty(), "a file without pairs is refused");
  for (const MinimalPair& pair : *pairs) {
    Require(!pair.good.empty() && !pair.bad.empty() && pair.good != pair.bad,
            "a pair has two different sentences");
  }
  const std::string lines = LinesOf(*pairs);
  const auto again = ParseMinimalPairs(lines, "written");
  Require(again.ok() && LinesOf(*again) == lines,
          "pairs that were read are written and read again");
  return 0;
}
