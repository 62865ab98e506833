#include "tools/text/minimal_pairs.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/measurement/name.h"

namespace quant_curve {
namespace {

// The sentence, without white space around it.
absl::StatusOr<std::string> Sentence(const JsonView& line,
                                     absl::string_view key) {
  ASSIGN_OR_RETURN(const JsonView member, line.Member(key));
  ASSIGN_OR_RETURN(std::string sentence, member.String());
  absl::StripAsciiWhitespace(&sentence);
  if (sentence.empty()) return member.Refuse("is an empty sentence");
  return sentence;
}

absl::StatusOr<std::string> Category(const JsonView& line) {
  for (const char* key : {"UID", "linguistics_term"}) {
    ASSIGN_OR_RETURN(const JsonView member, line.MemberOrNull(key));
    if (member.IsNull()) continue;
    ASSIGN_OR_RETURN(std::string category, member.String());
    RETURN_IF_ERROR(CheckName(member.where(), category));
    return category;
  }
  return std::string();
}

absl::StatusOr<MinimalPair> ParsePair(absl::string_view text,
                                      absl::string_view where) {
  ASSIGN_OR_RETURN(const Json document, ParseJson(text, where));
  const JsonView line(document, where);
  MinimalPair pair;
  ASSIGN_OR_RETURN(pair.good, Sentence(line, "sentence_good"));
  ASSIGN_OR_RETURN(pair.bad, Sentence(line, "sentence_bad"));
  ASSIGN_OR_RETURN(pair.category, Category(line));
  if (pair.good == pair.bad) {
    return line.Refuse("sentence_good and sentence_bad are the same");
  }
  return pair;
}

}  // namespace

absl::StatusOr<std::vector<MinimalPair>> ParseMinimalPairs(
    absl::string_view text, absl::string_view path) {
  std::vector<MinimalPair> pairs;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    ASSIGN_OR_RETURN(MinimalPair pair,
                     ParsePair(line, absl::StrCat(path, ": line ", number)));
    pairs.push_back(std::move(pair));
  }
  if (pairs.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": holds no minimal pairs"));
  }
  return pairs;
}

}  // namespace quant_curve
