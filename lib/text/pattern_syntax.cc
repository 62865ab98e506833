#include "lib/text/pattern_syntax.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

bool IsHex(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
}

// "L", "Lu", or one of the scripts.
bool IsKnownProperty(absl::string_view name) {
  for (const absl::string_view script :
       {"Han", "Hiragana", "Katakana", "Hangul"}) {
    if (name == script) return true;
  }
  constexpr absl::string_view kCategories =
      "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po "
      "S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co Cs Cn ";
  return !name.empty() && !absl::StrContains(name, ' ') &&
         absl::StrContains(absl::StrCat(" ", kCategories),
                           absl::StrCat(" ", name, " "));
}

// Reads the pattern from left to right and writes it again.
class Translator {
 public:
  explicit Translator(absl::string_view pattern) : pattern_(pattern) {}

  absl::StatusOr<std::string> Translate() {
    while (at_ < pattern_.size()) {
      if (Next() == '\\') {
        RETURN_IF_ERROR(Escape());
      } else if (set_depth_ > 0) {
        RETURN_IF_ERROR(InSet());
      } else {
        RETURN_IF_ERROR(OutsideSet());
      }
    }
    return std::move(out_);
  }

 private:
  absl::string_view Rest() const { return pattern_.substr(at_); }
  char Next() const { return pattern_[at_]; }

  void Copy(size_t bytes) {
    absl::StrAppend(&out_, pattern_.substr(at_, bytes));
    at_ += bytes;
  }

  absl::Status Refuse(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("byte ", at_, ": ", what,
                     " is not supported (docs/supported.md lists what is)"));
  }

  // Copies "\p{L}", "\u0041" or "\x{41}", all of them `head` bytes, then what
  // `close` ends (nothing: four digits).
  absl::Status Escape() {
    const absl::string_view rest = Rest();
    if (rest.size() < 2) return Refuse("a \\ at the end");
    const unsigned char letter = static_cast<unsigned char>(rest[1]);
    switch (letter) {
      case 's':
      case 'S':
        // ICU repeats a set without noting each character to go back to; \s
        // it does not.
        absl::StrAppend(&out_, set_depth_ > 0  ? rest.substr(0, 2)
                               : letter == 's' ? "[\\s]"
                                               : "[^\\s]");
        at_ += 2;
        return absl::OkStatus();
      case 'd':
      case 'D':
      case 'r':
      case 'n':
      case 't':
      case 'f':
        Copy(2);
        return absl::OkStatus();
      case 'p':
      case 'P':
        return Property();
      case 'u':
        if (rest.size() < 6 || !IsHex(rest.substr(2, 4))) break;
        Copy(6);
        return absl::OkStatus();
      case 'x':
        return CodePointEscape();
      default:
        if (!absl::ascii_ispunct(letter)) break;
        Copy(2);
        return absl::OkStatus();
    }
    return Refuse(
        absl::StrCat("the escape ", rest.substr(0, letter < 0x80 ? 2 : 1)));
  }

  absl::Status Property() {
    const absl::string_view rest = Rest();
    const size_t close = rest.find('}');
    if (!absl::StartsWith(rest.substr(2), "{") || close == rest.npos) {
      return Refuse("a property without braces");
    }
    if (!IsKnownProperty(rest.substr(3, close - 3))) {
      return Refuse(absl::StrCat("the property ", rest.substr(0, close + 1)));
    }
    Copy(close + 1);
    return absl::OkStatus();
  }

  absl::Status CodePointEscape() {
    const absl::string_view rest = Rest();
    const size_t close = rest.find('}');
    if (!absl::StartsWith(rest.substr(2), "{") || close == rest.npos ||
        close > 9 || !IsHex(rest.substr(3, close - 3))) {
      return Refuse("the escape \\x without {H}");
    }
    Copy(close + 1);
    return absl::OkStatus();
  }

  absl::Status InSet() {
    const absl::string_view rest = Rest();
    const char next = rest[0];
    if (absl::StartsWith(rest, "&&") || absl::StartsWith(rest, "--")) {
      return Refuse("an operation on sets");
    }
    if (next == '[') return OpenSet();
    if (next == ']') {
      --set_depth_;
      Copy(1);
    } else if (next == '-' || next == '^' ||
               !absl::ascii_ispunct(static_cast<unsigned char>(next))) {
      Copy(1);
    } else {  // that ICU may take for syntax, as it does $ or {
      absl::StrAppend(&out_, "\\");
      Copy(1);
    }
    return absl::OkStatus();
  }

  absl::Status OpenSet() {
    const absl::string_view rest = Rest();
    if (absl::StartsWith(rest, "[:")) return Refuse("a POSIX class");
    const size_t head = absl::StartsWith(rest, "[^") ? 2 : 1;
    if (absl::StartsWith(rest.substr(head), "]")) {
      return Refuse("a set that starts with ]");
    }
    ++set_depth_;
    Copy(head);
    return absl::OkStatus();
  }

  absl::Status OutsideSet() {
    switch (Next()) {
      case '[':
        return OpenSet();
      case '(':
        return OpenGroup();
      case '{':
        return Interval();
      default:
        Copy(1);
        return absl::OkStatus();
    }
  }

  absl::Status OpenGroup() {
    const absl::string_view rest = Rest();
    if (!absl::StartsWith(rest, "(?")) {
      Copy(1);
      return absl::OkStatus();
    }
    for (const absl::string_view head :
         {"(?:", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>"}) {
      if (!absl::StartsWith(rest, head)) continue;
      Copy(head.size());
      return absl::OkStatus();
    }
    return Refuse(absl::StrCat("the group ", rest.substr(0, 3)));
  }

  // "{3}", "{1,3}", "{1,}". Oniguruma also takes "{,3}", and what follows
  // means other things to the two.
  absl::Status Interval() {
    const absl::string_view rest = Rest();
    const size_t close = rest.find('}');
    const absl::string_view inside =
        rest.substr(1, close == rest.npos ? 0 : close - 1);
    const size_t digits = std::min(inside.find(','), inside.size());
    const auto all_digits = [](absl::string_view text) {
      return std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
    };
    if (digits == 0 || inside.size() > 9 ||
        !all_digits(inside.substr(0, digits)) ||
        (digits < inside.size() && !all_digits(inside.substr(digits + 1)))) {
      return Refuse("a { that starts no repetition such as {1,3}");
    }
    Copy(close + 1);
    if (at_ < pattern_.size() && (Next() == '+' || Next() == '?')) {
      return Refuse(absl::StrCat(Rest().substr(0, 1), " after a repetition"));
    }
    return absl::OkStatus();
  }

  const absl::string_view pattern_;
  size_t at_ = 0;
  int set_depth_ = 0;
  std::string out_;
};

}  // namespace

absl::StatusOr<std::string> IcuPattern(absl::string_view pattern) {
  if (pattern.empty() || pattern.size() > kMaxPatternBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", pattern.size(), " bytes, supported are 1 to ",
                     kMaxPatternBytes));
  }
  RETURN_IF_ERROR(CheckUtf8(pattern));
  return Translator(pattern).Translate();
}

std::string LiteralPattern(absl::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (absl::ascii_ispunct(static_cast<unsigned char>(c))) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace quant_curve
