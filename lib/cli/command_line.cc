#include "lib/cli/command_line.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/usage_error.h"

namespace quant_curve {
namespace {

// Edits (insertion, deletion, substitution) between two names: Wagner and
// Fischer, "The String-to-String Correction Problem", 1974.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

// Abseil's own flags (--flagfile) come with every program.
bool IsOurs(const absl::CommandLineFlag& flag) {
  return absl::StrContains(flag.Filename(), "tools/") ||
         absl::StrContains(flag.Filename(), "lib/cli/") ||
         absl::StrContains(flag.Filename(), "pipelines/");
}

// "; did you mean --threads?", or nothing when no flag is near.
std::string Suggestion(absl::string_view name) {
  std::string nearest;
  size_t least = std::max<size_t>(name.size() / 3, 2) + 1;
  for (const auto& [candidate, flag] : absl::GetAllFlags()) {
    if (!IsOurs(*flag)) continue;
    const size_t distance = EditDistance(name, candidate);
    const bool nearer =
        distance < least ||
        (distance == least && candidate < nearest && !nearest.empty());
    if (!nearer) continue;
    least = distance;
    nearest = std::string(candidate);
  }
  if (nearest.empty()) return "; --help lists the flags";
  return absl::StrCat("; did you mean --", nearest, "?");
}

// The flag that an argument "--name", "--noname" or "--name=value" is about.
struct Argument {
  absl::string_view name;
  absl::optional<absl::string_view> value;
};

Argument Split(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  absl::ConsumePrefix(&text, "-");
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return {text, absl::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool IsBool(const absl::CommandLineFlag& flag) { return flag.IsOfType<bool>(); }

// What a flag's own parser says. Abseil puts "Illegal value 'x' specified for
// flag 'y'" before it.
std::string Detail(absl::string_view error) {
  const size_t end = error.find("; ");
  if (end == absl::string_view::npos) return "";
  return absl::StrCat(" (", error.substr(end + 2), ")");
}

absl::Status SetValue(absl::CommandLineFlag& flag, absl::string_view value) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  return UsageError(absl::StrCat("--", flag.Name(), "=", value,
                                 ": not a value of this flag", Detail(error),
                                 "; it is: ", flag.Help()));
}

// `next` is the argument after this one, null at the end; `*took_next` says
// whether it is this flag's value.
absl::Status CheckFlag(absl::string_view text, const char* next,
                       bool* took_next) {
  const Argument argument = Split(text);
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(argument.name);
  if (flag == nullptr) {
    const absl::string_view positive = absl::StripPrefix(argument.name, "no");
    const absl::CommandLineFlag* negated =
        positive == argument.name ? nullptr
                                  : absl::FindCommandLineFlag(positive);
    if (negated != nullptr && IsBool(*negated)) return absl::OkStatus();
    return UsageError(absl::StrCat("unknown flag --", argument.name,
                                   Suggestion(argument.name)));
  }
  // Abseil does what its own flags ask for (--help, --flagfile) by itself.
  if (!IsOurs(*flag)) {
    *took_next = !argument.value.has_value() && !IsBool(*flag);
    return absl::OkStatus();
  }
  if (argument.value.has_value()) return SetValue(*flag, *argument.value);
  if (IsBool(*flag)) return absl::OkStatus();
  if (next == nullptr) {
    return UsageError(absl::StrCat("--", argument.name,
                                   ": the value is missing; give --",
                                   argument.name, "=VALUE"));
  }
  *took_next = true;
  return SetValue(*flag, next);
}

}  // namespace

absl::Status CheckCommandLine(absl::Span<char* const> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view text = arguments[i];
    if (text == "--") break;
    if (text.size() < 2 || text[0] != '-') continue;  // positional
    const char* next = i + 1 < arguments.size() ? arguments[i + 1] : nullptr;
    bool took_next = false;
    RETURN_IF_ERROR(CheckFlag(text, next, &took_next));
    if (took_next) ++i;
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
