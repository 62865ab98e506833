// llama.cpp's names for the ways that byte-level tokenizers cut text into
// pieces: GGUF's tokenizer.ggml.pre.
#ifndef QUANT_CURVE_LIB_TEXT_GGUF_PRE_TOKENIZER_H_
#define QUANT_CURVE_LIB_TEXT_GGUF_PRE_TOKENIZER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// The name for split_patterns and ignore_merges of a BYTE_LEVEL tokenizer.
// llama.cpp has the patterns in its source, by name, and ignores merges for
// some names; a file cannot bring its own. InvalidArgument, with the patterns
// and the remedy, for others.
absl::StatusOr<std::string> GgufPreTokenizer(const BpeTokenizer& tokenizer);

// What llama.cpp does for a name.
struct GgufPreTokenization {
  std::vector<std::string> split_patterns;
  bool ignore_merges = false;
  // Whether llama.cpp puts the begin token before a text where the file does
  // not say.
  bool adds_begin = false;
};

// InvalidArgument, with the known names, for others.
absl::StatusOr<GgufPreTokenization> FindGgufPreTokenizer(
    absl::string_view name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_GGUF_PRE_TOKENIZER_H_
