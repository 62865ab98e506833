// Text in documents: what is scored on its own.
#ifndef QUANT_CURVE_TOOLS_TEXT_DOCUMENTS_H_
#define QUANT_CURVE_TOOLS_TEXT_DOCUMENTS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace quant_curve {

// `text` without the byte order mark (U+FEFF) that some editors write before
// it, which is not text. One anywhere else stays.
absl::string_view WithoutByteOrderMark(absl::string_view text);

// The stretches of `text` between separators, without the ASCII white space
// around them; empty ones are left out. An empty separator splits nothing.
// Views into `text`.
std::vector<absl::string_view> SplitDocuments(absl::string_view text,
                                              absl::string_view separator);

// Stretches between ASCII white space.
uint64_t CountWords(absl::string_view text);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TEXT_DOCUMENTS_H_
