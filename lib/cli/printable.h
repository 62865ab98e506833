// Text from outside, made safe for a terminal.
#ifndef QUANT_CURVE_LIB_CLI_PRINTABLE_H_
#define QUANT_CURVE_LIB_CLI_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// `text` with control characters (C0, DEL, C1), line and paragraph separators,
// bidirectional controls and bytes that are not UTF-8 as escapes, "\x1b" or
// "\u202e": a file's name cannot move the cursor or fake a line of output.
// Line feeds and tabs are escaped as well; everything else stays.
std::string Printable(absl::string_view text);

// The same for text of several lines: line feeds and tabs stay.
std::string PrintableLines(absl::string_view text);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_PRINTABLE_H_
