// The journal of a publication (commit.h): a text that says what is under way.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_JOURNAL_H_
#define QUANT_CURVE_TOOLS_PUBLISH_JOURNAL_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Paths in the folder that is published into.
struct Change {
  std::set<std::string> put;   // files of the new publication
  std::set<std::string> drop;  // of the earlier one, and not of the new one
};

struct Journal {
  uint64_t swapped_inode = 0;  // of the new folder; 0: file by file
  Change change;
};

// One line per fact, in this order; names have no control characters:
//
//   quant_curve publication 1
//   swap 1234567                  or: move
//   put README.md
//   drop speed.json
std::string JournalText(const Journal& journal);

absl::StatusOr<Journal> ParseJournal(absl::string_view text);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_JOURNAL_H_
