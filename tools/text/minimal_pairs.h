// Minimal pairs in BLiMP's form (Warstadt et al. 2020,
// doi:10.1162/tacl_a_00321): a line of JSON each, with "sentence_good" and
// "sentence_bad".
#ifndef QUANT_CURVE_TOOLS_TEXT_MINIMAL_PAIRS_H_
#define QUANT_CURVE_TOOLS_TEXT_MINIMAL_PAIRS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

struct MinimalPair {
  std::string good;
  std::string bad;
  std::string category;  // "UID", else "linguistics_term", else empty
};

// The pairs of `text`, the contents of the file called `path`; other members
// and blank lines play no part. InvalidArgument, naming file and line (from 1):
// a line that is not a JSON object, a sentence that is missing, empty or no
// string, two equal sentences, a category that CheckName refuses; and a file
// without pairs.
absl::StatusOr<std::vector<MinimalPair>> ParseMinimalPairs(
    absl::string_view text, absl::string_view path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TEXT_MINIMAL_PAIRS_H_
