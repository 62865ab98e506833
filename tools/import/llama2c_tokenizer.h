// The tokenizer of llama2.c (https://github.com/karpathy/llama2.c,
// tokenizer.py): a uint32, the length in bytes of the longest token; then for
// each token a float32, its score, a uint32, its length, and its bytes.
#ifndef QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_TOKENIZER_H_
#define QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_TOKENIZER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Reads a file of exactly `vocab_size` tokens (the file does not say how many;
// the model does). As in run.c, ids 0, 1 and 2 are unknown, begin and end, and
// ids 3 to 258 are bytes 0 to 255, spelled "<0x00>" or, by early exports, as
// the character of that number. InvalidArgument, naming the file and the token:
// a file that is shorter or longer, more than 16 MiB, tokens longer than it
// says, scores that are not finite, bytes spelled otherwise, and what
// ValidateBpeTokenizer refuses.
absl::StatusOr<BpeTokenizer> ReadLlama2cTokenizer(const std::string& path,
                                                  uint32_t vocab_size);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_TOKENIZER_H_
