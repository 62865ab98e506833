// Runs the stages of a chain again and compares bytes: the proof that an
// unsigned manifest cannot give.
#ifndef QUANT_CURVE_TOOLS_AUDIT_REBUILD_H_
#define QUANT_CURVE_TOOLS_AUDIT_REBUILD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "tools/audit/chain.h"
#include "tools/audit/findings.h"

namespace quant_curve {

struct RebuildOptions {
  std::string tools_folder;  // ToolPath (folder.h)
  // Absolute paths of the programs that tools call, by the tools' flag.
  std::map<std::string, std::string> programs;
  // The absolute path of an existing, empty folder, in which the stages run;
  // what they write stays there, and what they say goes to the file
  // "<scratch>.log".
  std::string scratch;
  // Whether manifests are compared, too: their digests of tools are this
  // build's.
  bool compare_manifests = true;
};

struct RebuildProgress {
  int run;   // counted from 1
  int runs;  // in all
  std::string stage;
  std::string files;    // "pareto.png"
  std::string outcome;  // "same bytes", "differs", …
};

// Runs every stage in the order of the chain, from nothing but the manifests:
// no Bazel, no cache, no artifact but those that it made. A timing cannot be
// made again; it is taken as recorded, and what was drawn from it is made
// again. Files from outside must be present.
//
// Differences, stages that failed, and stages behind these, which are skipped,
// go to `findings` as kRebuild. An error is returned only when the scratch
// folder cannot be used. The chain is sound (IsSound).
absl::Status Rebuild(const Evidence& evidence, const Chain& chain,
                     const RebuildOptions& options,
                     absl::FunctionRef<void(const RebuildProgress&)> progress,
                     Findings& findings);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_REBUILD_H_
