#include "tools/audit/findings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/cli/printable.h"

namespace quant_curve {
namespace {

// Missing evidence comes last: it decides only when nothing else failed.
constexpr CheckInfo kChecks[] = {
    {Check::kForm, "form", 10, "manifests are canonical and well formed"},
    {Check::kDigests, "digests", 11,
     "files present have the digests and sizes that manifests say"},
    {Check::kChain, "chain", 12,
     "the chain is closed: no gap, orphan or cycle"},
    {Check::kRoots, "roots", 13, "one corpus, one checkpoint, known roots"},
    {Check::kSchemas, "schemas", 14, "schema versions are supported"},
    {Check::kParameters, "parameters", 15,
     "artifacts say of themselves what their manifests say"},
    {Check::kPoints, "points", 16,
     "figures' scripts and dots are drawn from the measurements"},
    {Check::kNumbers, "numbers", 17,
     "the pages, results.json and speed.json are rendered from the artifacts"},
    {Check::kTools, "tools", 18, "tools are those built now"},
    {Check::kProfile, "profile", 19,
     "one numeric profile, one build of each tool"},
    {Check::kRebuild, "rebuild", 21, "stages run again give the same bytes"},
    {Check::kEvidence, "evidence", 20, "what is claimed can be checked"},
};

}  // namespace

absl::Span<const CheckInfo> AllChecks() { return kChecks; }

std::string TextOf(const Finding& finding) {
  return absl::StrCat(finding.file, ": ", finding.field,
                      finding.field.empty() ? "" : ": ", finding.problem);
}

void Findings::Add(Check check, absl::string_view file, absl::string_view field,
                   absl::string_view problem) {
  all_.push_back(
      {check, Printable(file), Printable(field), Printable(problem)});
}

void Findings::Count(Check check, int times) { counted_[check] += times; }

void Findings::NotChecked(absl::string_view what) {
  not_checked_.push_back(Printable(what));
}

void Findings::NotCompared(Check check, absl::string_view file) {
  not_compared_[check].push_back(Printable(file));
}

void Findings::Append(const Findings& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
  not_checked_.insert(not_checked_.end(), other.not_checked_.begin(),
                      other.not_checked_.end());
  for (const auto& [check, files] : other.not_compared_) {
    auto& all = not_compared_[check];
    all.insert(all.end(), files.begin(), files.end());
  }
  for (const auto& [check, times] : other.counted_) Count(check, times);
}

std::vector<std::string> Findings::NotComparedBy(Check check) const {
  const auto found = not_compared_.find(check);
  return found == not_compared_.end() ? std::vector<std::string>()
                                      : found->second;
}

int Findings::NumCounted(Check check) const {
  const auto found = counted_.find(check);
  return found == counted_.end() ? 0 : found->second;
}

int Findings::NumFailed(Check check) const {
  return std::count_if(
      all_.begin(), all_.end(),
      [check](const Finding& finding) { return finding.check == check; });
}

bool Findings::IsAbout(absl::string_view path) const {
  return std::any_of(all_.begin(), all_.end(), [path](const Finding& finding) {
    return finding.file == path;
  });
}

int Findings::ExitCode() const {
  for (const CheckInfo& info : kChecks) {
    if (NumFailed(info.check) > 0) return info.exit_code;
  }
  return 0;
}

}  // namespace quant_curve
