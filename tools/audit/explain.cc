#include <algorithm>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/cli/printable.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/command.h"
#include "tools/audit/report.h"

namespace quant_curve {
namespace {

int FindFile(const Chain& chain, absl::string_view file) {
  for (size_t i = 0; i < chain.stages.size(); ++i) {
    const Stage& stage = chain.stages[i];
    if (stage.path == file || stage.subject().name() == file) return i;
  }
  return -1;
}

// The stage and all that lies behind it.
std::set<const Stage*> HistoryOf(const Chain& chain, int last) {
  std::set<const Stage*> history;
  std::vector<int> open = {last};
  while (!open.empty()) {
    const int number = open.back();
    open.pop_back();
    if (number < 0 || !history.insert(&chain.stages[number]).second) continue;
    const std::vector<int>& inputs = chain.stages[number].inputs;
    open.insert(open.end(), inputs.begin(), inputs.end());
  }
  return history;
}

bool ReadsFilesFromOutside(const Stage& stage) {
  const auto& files = stage.manifest->dependencies().files;
  return std::any_of(
      files.begin(), files.end(),
      [](const FileAndManifest& input) { return input.manifest == nullptr; });
}

std::string StepText(int number, const Stage& stage) {
  std::vector<std::string> inputs;
  for (const FileAndManifest& input : stage.manifest->dependencies().files) {
    inputs.push_back(input.file->name());
  }
  return absl::StrCat(number, ". ", stage.path, "  ", stage.kind(),
                      "  SHA-256 ", Sha256Of(stage.subject()), "\n   made by ",
                      stage.stage,
                      inputs.empty() ? ", from nothing but its flags"
                                     : " of " + absl::StrJoin(inputs, ", "),
                      "\n");
}

}  // namespace

absl::StatusOr<std::string> Explain(const Chain& chain,
                                    absl::string_view file) {
  const int last = FindFile(chain, file);
  if (last < 0) {
    return absl::NotFoundError(
        absl::StrCat(file, ": no file of the chain is called so; there are: ",
                     absl::StrJoin(chain.stages, ", ",
                                   [](std::string* out, const Stage& stage) {
                                     out->append(stage.path);
                                   })));
  }
  const std::set<const Stage*> history = HistoryOf(chain, last);
  std::string text =
      absl::StrCat(chain.stages[last].path, " came to be in ", history.size(),
                   " steps. By hand:\n\n   out=/tmp/again; mkdir -p $out\n\n");
  int number = 0;
  for (const ToolRun& run : RunsOf(chain)) {
    const int before = number;
    for (const Stage* output : run.outputs) {
      if (history.count(output) == 0) continue;
      absl::StrAppend(&text, StepText(++number, *output));
    }
    if (number == before) continue;
    if (ReadsFilesFromOutside(*run.outputs[0])) {
      absl::StrAppend(&text, "   (files from outside: put them into $out/",
                      OutsideFolderOf(run), ")\n");
    }
    absl::StrAppend(&text, "   ", ShellLineOf(run), "\n",
                    IsTimed(run) ? "   (a time: other numbers each run)\n" : "",
                    "\n");
  }
  return PrintableLines(text);
}

}  // namespace quant_curve
