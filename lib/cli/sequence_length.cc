#include "lib/cli/sequence_length.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/model/config.h"

namespace quant_curve {

absl::StatusOr<uint64_t> SequenceLengthFromFlag(absl::string_view flag,
                                                uint64_t asked,
                                                const ModelConfig& config,
                                                absl::string_view model_path) {
  ASSIGN_OR_RETURN(const uint64_t length,
                   LengthWithinContext(flag, asked, config, model_path));
  if (asked == 0 && length < config.context_length()) {
    const std::string line = absl::StrFormat(
        "--%s: %d tokens by default; the context of %s is %d tokens, "
        "--%s=%d uses all of it",
        flag, length, model_path, config.context_length(), flag,
        config.context_length());
    std::fprintf(stderr, "%s\n", Printable(line).c_str());
  }
  return length;
}

}  // namespace quant_curve
