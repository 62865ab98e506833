#include "tools/publish/journal.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kFirstLine = "quant_curve publication 1";
constexpr absl::string_view kMove = "move";

// A journal is not trusted: nothing outside of the folder is ever moved.
bool IsPathInFolder(absl::string_view name) {
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

}  // namespace

std::string JournalText(const Journal& journal) {
  std::string text = absl::StrCat(kFirstLine, "\n");
  if (journal.swapped_inode == 0) {
    absl::StrAppend(&text, kMove, "\n");
  } else {
    absl::StrAppend(&text, "swap ", journal.swapped_inode, "\n");
  }
  for (const std::string& name : journal.change.put) {
    absl::StrAppend(&text, "put ", name, "\n");
  }
  for (const std::string& name : journal.change.drop) {
    absl::StrAppend(&text, "drop ", name, "\n");
  }
  return text;
}

absl::StatusOr<Journal> ParseJournal(absl::string_view text) {
  const auto refuse = [](size_t line) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a journal of publish: line ", line + 1));
  };
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines[0] != kFirstLine || lines.size() < 3) return refuse(0);
  if (!lines.back().empty()) return refuse(lines.size() - 1);
  Journal journal;
  absl::string_view way = lines[1];
  if (way != kMove && (!absl::ConsumePrefix(&way, "swap ") ||
                       !absl::SimpleAtoi(way, &journal.swapped_inode) ||
                       journal.swapped_inode == 0)) {
    return refuse(1);
  }
  for (size_t i = 2; i + 1 < lines.size(); ++i) {
    absl::string_view name = lines[i];
    const bool is_put = absl::ConsumePrefix(&name, "put ");
    if (!is_put && !absl::ConsumePrefix(&name, "drop ")) return refuse(i);
    if (!IsPathInFolder(name)) return refuse(i);
    (is_put ? journal.change.put : journal.change.drop).emplace(name);
  }
  return journal;
}

}  // namespace quant_curve
