// The stages of the pipeline and the flags of their tools: one table for all
// who need to know which flag names a file.
//
//   - StageRun records the parameters in a manifest, and no path;
//   - ToolMain refuses an output that is also an input, before the work;
//   - the audit refuses a manifest whose flags, inputs or outputs its stage
//   does
//     not have, and hands a tool only what this table allows.
//
//   const StageSpec* stage = FindStage("quantize");
//   const FlagSpec* flag = stage->FindFlag("hessians");  // kInput, CALIBRATION
#ifndef QUANT_CURVE_LIB_PROVENANCE_STAGES_H_
#define QUANT_CURVE_LIB_PROVENANCE_STAGES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

enum class FlagKind {
  kInput,       // artifacts of other stages, each with its manifest
  kFile,        // a file or folder from outside, recorded by digest
  kOutput,      // what the tool writes
  kProgram,     // a program that the tool runs
  kParameter,   // decides what is written; recorded as text
  kScheme,      // a parameter; on the command line it may name a .textproto
  kUnrecorded,  // decides no byte of an output: threads, how to print
};

struct FlagSpec {
  absl::string_view name;
  FlagKind kind;
  // Of an input or output: the kinds of file that it may name, as manifests
  // call them ("CHECKPOINT", "FIGURE"). Empty for the other flags.
  std::vector<absl::string_view> file_kinds = {};
  // Of a file from outside: the value that means no file; recorded.
  absl::string_view no_file = "";
  // Of an output: the parameter that says in how many parts it is written. With
  // more than one the tool also writes PartPath (lib/artifact/part_name.h) of
  // each part.
  absl::string_view parts_flag = "";
};

struct StageSpec {
  absl::string_view name;
  std::vector<FlagSpec> flags;

  // Null when the stage's tool has no such flag.
  const FlagSpec* FindFlag(absl::string_view flag) const;
};

// Null when no stage has this name.
const StageSpec* FindStage(absl::string_view name);

// All stages, in the order of the pipeline.
absl::Span<const StageSpec> AllStages();

// Whether a manifest of the stage lists the flag's value as text.
bool IsRecordedAsText(FlagKind kind);

// Whether `flag` may name a file of this kind.
bool AllowsFileKind(const FlagSpec& flag, absl::string_view file_kind);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_PROVENANCE_STAGES_H_
