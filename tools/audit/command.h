// The command that makes a file again, from what its manifest says.
#ifndef QUANT_CURVE_TOOLS_AUDIT_COMMAND_H_
#define QUANT_CURVE_TOOLS_AUDIT_COMMAND_H_

#include <map>
#include <string>
#include <vector>

#include "tools/audit/chain.h"

namespace quant_curve {

// Stages whose manifests say the same but for what they wrote: one run of one
// tool wrote all of their files.
struct ToolRun {
  std::string stage;
  std::vector<const Stage*> outputs;
};

// In the order of the chain, inputs first.
std::vector<ToolRun> RunsOf(const Chain& chain);

// The folder, within that of the other files, where files from outside lie that
// the run reads. A flag that named several of them named a folder: theirs.
std::string OutsideFolderOf(const ToolRun& run);

// Whether the run measures time: it gives other bytes each time. It is one of
// "benchmark", which can write nothing but timings (stage_rules.h).
bool IsTimed(const ToolRun& run);

// "--flag=value", sorted by flag, inputs and outputs as `folder`/NAME. Programs
// are those of `programs` by their flag, whatever the manifest calls them;
// others are left to the tool's default.
std::vector<std::string> ArgumentsOf(
    const ToolRun& run, const std::string& folder,
    const std::map<std::string, std::string>& programs);

// A line for a shell that runs it by `bazel run`, "$out" being the folder.
std::string ShellLineOf(const ToolRun& run);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_COMMAND_H_
