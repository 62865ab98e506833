#include "tools/audit/markdown.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace quant_curve {
namespace {

bool IsRow(absl::string_view line) { return absl::StartsWith(line, "|"); }

std::vector<std::string> CellsOf(absl::string_view line) {
  absl::ConsumePrefix(&line, "|");
  absl::ConsumeSuffix(&line, "|");
  std::vector<std::string> cells;
  for (const absl::string_view cell : absl::StrSplit(line, '|')) {
    cells.emplace_back(absl::StripAsciiWhitespace(cell));
  }
  return cells;
}

bool IsDigit(absl::string_view text, size_t i) {
  return i < text.size() && absl::ascii_isdigit(text[i]);
}

// Behind the letters and digits that begin at `i`.
size_t WordEnd(absl::string_view text, size_t i) {
  while (i < text.size() && absl::ascii_isalnum(text[i])) ++i;
  return i;
}

// A letter, or a byte of one that is not ASCII ("µ", "²").
bool IsLetter(absl::string_view text, size_t i) {
  return i < text.size() &&
         (absl::ascii_isalpha(text[i]) || !absl::ascii_isascii(text[i]));
}

// Takes the number that begins at `i`, with its sign, and moves `i` behind it.
PrintedNumber TakeNumber(absl::string_view text, size_t& i) {
  std::string digits;
  PrintedNumber number = {0, 0};
  if (i > 0 && text[i - 1] == '-') digits = "-";
  for (; IsDigit(text, i) ||
         (i < text.size() && text[i] == ',' && IsDigit(text, i + 1));
       ++i) {
    if (text[i] != ',') digits.push_back(text[i]);
  }
  if (i < text.size() && text[i] == '.' && IsDigit(text, i + 1)) {
    digits.push_back('.');
    for (++i; IsDigit(text, i); ++i) {
      digits.push_back(text[i]);
      ++number.decimals;
    }
  }
  if (IsLetter(text, i) || !absl::SimpleAtod(digits, &number.value)) {
    number.value = std::nan("");
  }
  return number;
}

}  // namespace

std::vector<PipeTable> TablesIn(absl::string_view markdown) {
  std::vector<PipeTable> tables;
  std::string caption;
  bool inside = false;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(markdown, '\n')) {
    ++number;
    if (!IsRow(line)) {
      inside = false;
      if (!line.empty()) caption = std::string(line);
    } else if (!inside) {
      inside = true;
      tables.push_back({number, caption, CellsOf(line), {}});
    } else if (!absl::StartsWith(line, "| ---")) {
      tables.back().rows.push_back(CellsOf(line));
    }
  }
  return tables;
}

int ColumnOf(const PipeTable& table, absl::string_view name) {
  for (size_t i = 0; i < table.header.size(); ++i) {
    if (absl::StartsWith(table.header[i], name)) return static_cast<int>(i);
  }
  return -1;
}

std::vector<PrintedNumber> NumbersIn(absl::string_view text) {
  std::vector<PrintedNumber> numbers;
  for (size_t i = 0; i < text.size();) {
    if (absl::ascii_isalpha(text[i])) {
      i = WordEnd(text, i);
    } else if (IsDigit(text, i)) {
      numbers.push_back(TakeNumber(text, i));
    } else {
      ++i;
    }
  }
  return numbers;
}

std::string WordsIn(absl::string_view text) {
  std::vector<absl::string_view> words;
  for (size_t i = 0; i < text.size();) {
    if (!absl::ascii_isalpha(text[i])) {
      ++i;
      continue;
    }
    const size_t end = WordEnd(text, i);
    words.push_back(text.substr(i, end - i));
    i = end;
  }
  return absl::StrJoin(words, " ");
}

bool IsRounded(const PrintedNumber& printed, double value) {
  double half = 0.5;
  for (int i = 0; i < printed.decimals; ++i) half /= 10;
  // Room for the error of the decimal number and of the difference.
  const double room = 1e-12 * std::abs(value);
  return std::abs(printed.value - value) <= half + room;
}

}  // namespace quant_curve
