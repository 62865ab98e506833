// How SentencePiece's tokens are spelled in tokenizer.json, GGUF and llama2c's
// tokenizer.bin.
#ifndef QUANT_CURVE_LIB_TEXT_SENTENCEPIECE_H_
#define QUANT_CURVE_LIB_TEXT_SENTENCEPIECE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace quant_curve {

// The character that is written for a space.
inline constexpr char kSpaceSign[] = "▁";

// A byte for which the vocabulary has no character: "<0x0A>" for "\n".
std::string ByteTokenSpelling(uint8_t byte);

// The byte that such a spelling means, as a string; nothing for other texts.
absl::optional<std::string> ByteOfSpelling(absl::string_view spelling);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_SENTENCEPIECE_H_
