#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/cli/printable.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/report.h"

namespace quant_curve {
namespace {

constexpr char kRight[] = "✓";
constexpr char kWrong[] = "✗";
constexpr char kPartly[] = "-";
constexpr char kUnseen[] = "·";  // of a file whose bytes nobody saw
constexpr size_t kDigits = 12;   // shown of a digest

struct Line {
  std::string tree;   // "├─ pareto.png"
  size_t width;       // of `tree` in characters
  std::string facts;  // empty for files that are listed above
};

// A file where it stands first, what it was made of, and which of that stands
// above already.
struct Branch {
  int stage;
  std::vector<Branch> below;
  std::vector<int> above;
};

// Prints a chain, depth first.
class Tree {
 public:
  explicit Tree(const AuditResult& result)
      : chain_(result.chain),
        findings_(result.findings),
        seen_(result.chain.stages.size(), false) {}

  std::string Text(absl::string_view folder) {
    lines_.push_back({std::string(folder), folder.size(), RootFacts()});
    AddLines(BranchOf(-1, chain_.published), "", 1);
    size_t width = 0;
    for (const Line& line : lines_) width = std::max(width, line.width);
    std::string text;
    for (const Line& line : lines_) {
      const std::string blanks(line.facts.empty() ? 0 : width - line.width + 2,
                               ' ');
      absl::StrAppend(&text, line.tree, blanks, line.facts, "\n");
    }
    return text;
  }

 private:
  Branch BranchOf(int stage, const std::vector<int>& inputs) {
    Branch branch = {stage, {}, {}};
    for (const int input : inputs) {
      if (input < 0) continue;
      if (seen_[input]) {
        branch.above.push_back(input);
        continue;
      }
      seen_[input] = true;
      branch.below.push_back(BranchOf(input, chain_.stages[input].inputs));
    }
    return branch;
  }

  bool IsWrong(const Stage& stage) const {
    return findings_.IsAbout(stage.path) ||
           findings_.IsAbout(stage.manifest->path());
  }

  std::string FactsOf(const Stage& stage) const {
    const bool seen = stage.file != nullptr;
    return absl::StrCat(
        IsWrong(stage) ? kWrong
        : seen         ? kRight
                       : kUnseen,
        " ", Sha256Of(stage.subject()).substr(0, kDigits), "  ", stage.stage,
        seen || stage.published ? ""
                                : ", not found: only its manifest was checked");
  }

  std::string RootFacts() const {
    if (chain_.root == nullptr) return kWrong;
    return absl::StrCat(findings_.IsAbout(kRootManifest) ? kWrong : kRight, " ",
                        chain_.root->sha256().substr(0, kDigits), "  ",
                        kRootManifest);
  }

  void AddLines(const Branch& branch, const std::string& indent, size_t depth) {
    for (size_t i = 0; i < branch.below.size(); ++i) {
      const Stage& stage = chain_.stages[branch.below[i].stage];
      const bool last = i + 1 == branch.below.size() && branch.above.empty();
      AddLine(indent, last, depth, stage.path, FactsOf(stage));
      AddLines(branch.below[i], absl::StrCat(indent, last ? "   " : "│  "),
               depth + 1);
    }
    if (branch.above.empty()) return;
    const size_t more = branch.above.size() - 1;
    AddLine(indent, true, depth,
            absl::StrCat(chain_.stages[branch.above[0]].path,
                         more == 0 ? "" : absl::StrCat(" and ", more, " more"),
                         " (above)"),
            "");
  }

  void AddLine(const std::string& indent, bool last, size_t depth,
               const std::string& name, std::string facts) {
    lines_.push_back(
        {absl::StrCat(indent, last ? "└─ " : "├─ ", Printable(name)),
         3 * depth + name.size(), std::move(facts)});
  }

  const Chain& chain_;
  const Findings& findings_;
  std::vector<bool> seen_;  // by stage
  std::vector<Line> lines_;
};

// The failures of one check. What is wrong in the same way with several files
// (a stale tool) is told once.
std::string FailureLines(const Findings& findings, Check check) {
  std::vector<const Finding*> first;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> files;
  for (const Finding& finding : findings.all()) {
    if (finding.check != check) continue;
    auto& alike = files[{finding.field, finding.problem}];
    if (alike.empty()) first.push_back(&finding);
    alike.push_back(finding.file);
  }
  std::string text;
  for (const Finding* finding : first) {
    absl::StrAppend(&text, "    ", TextOf(*finding), "\n");
    std::vector<std::string>& alike = files[{finding->field, finding->problem}];
    alike.erase(alike.begin());
    if (alike.empty()) continue;
    absl::StrAppend(&text, "      and so ", absl::StrJoin(alike, ", "), "\n");
  }
  return text;
}

std::string CheckLines(const Findings& findings) {
  std::string text;
  for (const CheckInfo& info : AllChecks()) {
    const int compared = findings.NumCounted(info.check);
    const int failed = findings.NumFailed(info.check);
    const std::vector<std::string> left_out =
        findings.NotComparedBy(info.check);
    if (compared == 0 && failed == 0 && left_out.empty()) continue;
    absl::StrAppendFormat(
        &text, "%s %-10s %6d  %s%s%s\n%s",
        failed > 0         ? kWrong
        : left_out.empty() ? kRight
                           : kPartly,
        info.name, compared, failed == 0 ? "" : "NOT: ", info.what,
        left_out.empty() ? ""
                         : absl::StrCat("; not compared, because the digest is "
                                        "wrong: ",
                                        absl::StrJoin(left_out, ", ")),
        FailureLines(findings, info.check));
  }
  for (const std::string& what : findings.not_checked()) {
    absl::StrAppend(&text, "- not checked: ", what, "\n");
  }
  return text;
}

std::string Verdict(const Findings& findings, absl::string_view folder) {
  if (findings.ExitCode() == 0) {
    return absl::StrCat("audit: ", folder,
                        ": every claim that was checked holds\n");
  }
  return absl::StrCat("audit: ", folder, ": ", findings.all().size(),
                      findings.all().size() == 1 ? " failure" : " failures",
                      " (exit code ", findings.ExitCode(), ")\n");
}

}  // namespace

std::string TextReport(const AuditResult& result, absl::string_view folder) {
  const std::string name = Printable(folder);
  return PrintableLines(absl::StrCat(Tree(result).Text(name), "\n",
                                     CheckLines(result.findings),
                                     Verdict(result.findings, name)));
}

}  // namespace quant_curve
