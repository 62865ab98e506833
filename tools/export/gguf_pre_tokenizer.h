// llama.cpp's names for the ways that byte-level tokenizers cut text into
// pieces: GGUF's tokenizer.ggml.pre.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_PRE_TOKENIZER_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_PRE_TOKENIZER_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// The name for split_patterns and ignore_merges of a BYTE_LEVEL tokenizer.
// llama.cpp has the patterns in its source, by name, and ignores merges for
// some names; a file cannot bring its own. InvalidArgument, with the patterns
// and the remedy, for others.
absl::StatusOr<std::string> GgufPreTokenizer(const BpeTokenizer& tokenizer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_PRE_TOKENIZER_H_
