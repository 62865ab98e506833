#include "lib/text/text_splitter.h"

#include <unicode/parseerr.h>
#include <unicode/utypes.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/pattern_syntax.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

// Oniguruma's ^ and $ match at each line feed, and . all else.
constexpr uint32_t kFlags = UREGEX_MULTILINE | UREGEX_UNIX_LINES;

// ICU counts steps in units of this many.
constexpr int64_t kStepsPerUnit = 10000;
constexpr int64_t kStepsPerCharacter = 100;
// A short text may need some before it is in the average.
constexpr int32_t kUnitsBesides = 20;
constexpr int32_t kStackBytes = 8 << 20;

// Appends `text` (UTF-8) to `utf16`.
void AppendUtf16(absl::string_view text, std::u16string& utf16) {
  utf16.reserve(utf16.size() + text.size());
  for (size_t i = 0; i < text.size();) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      utf16.push_back(byte);
      ++i;
      continue;
    }
    const CodePoint next = FirstCodePoint(text.substr(i));
    i += next.size_bytes;
    if (next.value < 0x10000) {
      utf16.push_back(static_cast<char16_t>(next.value));
    } else {
      const uint32_t rest = next.value - 0x10000;
      utf16.push_back(static_cast<char16_t>(0xd800 + (rest >> 10)));
      utf16.push_back(static_cast<char16_t>(0xdc00 + (rest & 0x3ff)));
    }
  }
}

// The bytes of UTF-8 at the start of `text` that are `units` in UTF-16.
size_t BytesOfUnits(absl::string_view text, int32_t units) {
  size_t bytes = 0;
  while (units > 0) {
    const size_t size = CodePointBytes(text[bytes]);
    units -= size == 4 ? 2 : 1;
    bytes += size;
  }
  return bytes;
}

absl::StatusOr<IcuRegex> Compile(absl::string_view pattern) {
  ASSIGN_OR_RETURN(const std::string translated, IcuPattern(pattern));
  std::u16string utf16;
  AppendUtf16(translated, utf16);
  UErrorCode error = U_ZERO_ERROR;
  UParseError where;
  IcuRegex regex(uregex_open(utf16.data(), static_cast<int32_t>(utf16.size()),
                             kFlags, &where, &error));
  if (U_SUCCESS(error)) uregex_setStackLimit(regex.get(), kStackBytes, &error);
  if (U_SUCCESS(error)) return regex;
  return absl::InvalidArgumentError(absl::StrCat(
      "is not a regular expression (ICU: ", u_errorName(error), ")"));
}

}  // namespace

absl::Status CheckSplitPattern(absl::string_view pattern) {
  return Compile(pattern).status();
}

absl::StatusOr<TextSplitter> TextSplitter::Create(
    const std::vector<std::string>& patterns) {
  if (patterns.size() > kMaxPatterns) {
    return absl::InvalidArgumentError(
        absl::StrCat("split_patterns has ", patterns.size(),
                     " entries, at most ", kMaxPatterns, " are supported"));
  }
  TextSplitter splitter;
  for (size_t i = 0; i < patterns.size(); ++i) {
    absl::StatusOr<IcuRegex> regex = Compile(patterns[i]);
    if (!regex.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("split_patterns[", i, "]: ", regex.status().message()));
    }
    splitter.regexes_.push_back(*std::move(regex));
  }
  return splitter;
}

absl::StatusOr<TextSplitter> TextSplitter::Clone() const {
  TextSplitter copy;
  for (const IcuRegex& regex : regexes_) {
    UErrorCode error = U_ZERO_ERROR;
    copy.regexes_.emplace_back(uregex_clone(regex.get(), &error));
    if (U_SUCCESS(error)) {
      uregex_setStackLimit(copy.regexes_.back().get(), kStackBytes, &error);
    }
    if (U_FAILURE(error)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("split_patterns: ICU: ", u_errorName(error)));
    }
  }
  return copy;
}

absl::Status TextSplitter::ForEachPiece(
    absl::string_view text,
    absl::FunctionRef<absl::Status(absl::string_view)> visit) {
  if (text.empty()) return absl::OkStatus();
  if (regexes_.empty()) return visit(text);
  utf16_.clear();
  AppendUtf16(text, utf16_);
  ends_ = {static_cast<int32_t>(utf16_.size())};
  for (size_t pattern = 0; pattern < regexes_.size(); ++pattern) {
    UErrorCode error = U_ZERO_ERROR;
    uregex_setText(regexes_[pattern].get(), utf16_.data(),
                   static_cast<int32_t>(utf16_.size()), &error);
    finer_.clear();
    int32_t begin = 0;
    for (const int32_t end : ends_) {
      RETURN_IF_ERROR(Cut(pattern, begin, end));
      begin = end;
    }
    ends_.swap(finer_);
  }
  int32_t begin = 0;
  for (const int32_t end : ends_) {
    const size_t bytes = BytesOfUnits(text, end - begin);
    RETURN_IF_ERROR(visit(text.substr(0, bytes)));
    text.remove_prefix(bytes);
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status TextSplitter::Cut(size_t pattern, int32_t begin, int32_t end) {
  URegularExpression* const regex = regexes_[pattern].get();
  UErrorCode error = U_ZERO_ERROR;
  const int64_t units =
      (int64_t{end} - begin) * kStepsPerCharacter / kStepsPerUnit;
  uregex_setTimeLimit(regex, kUnitsBesides + static_cast<int32_t>(units),
                      &error);
  // What is outside is not seen by look-ahead either: Oniguruma gets the piece.
  uregex_setRegion(regex, begin, end, &error);
  int32_t last = begin;
  const auto add = [&](int32_t cut) {
    if (cut > last) finer_.push_back(cut);
    last = std::max(last, cut);
  };
  while (uregex_findNext(regex, &error)) {
    add(uregex_start(regex, 0, &error));
    add(uregex_end(regex, 0, &error));
  }
  if (U_SUCCESS(error)) {
    add(end);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "split_patterns[", pattern, "]: takes too ",
      error == U_REGEX_STACK_OVERFLOW ? "much memory" : "long",
      " on this text (ICU: ", u_errorName(error),
      "): no published pattern does; correct pre_tokenizer in tokenizer.json"));
}

}  // namespace quant_curve
