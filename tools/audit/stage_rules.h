// Rules for a stage's manifest, from the table of stages
// (lib/provenance/stages.h): which stages there are, which flags they have, and
// which kinds of file they read and write. `--rebuild` hands a tool nothing
// else.
#ifndef QUANT_CURVE_TOOLS_AUDIT_STAGE_RULES_H_
#define QUANT_CURVE_TOOLS_AUDIT_STAGE_RULES_H_

#include "absl/status/status.h"
#include "proto/provenance.pb.h"
#include "tools/audit/dependencies.h"

namespace quant_curve {

// Refuses, naming the field: a name of a file that is not plain (no folder, no
// comma, no control character, no leading dash or dot, at most 200 bytes); a
// flag's value with a control character.
absl::Status CheckNamesAndValues(const Statement& statement);

// Refuses, naming the field: a stage that no publication has; a subject, input
// or program whose flag the stage does not have for files of that kind; flags
// that name files or that the stage does not record; a scheme that is a path.
// `dependencies` are the statement's.
absl::Status CheckStageRules(const Statement& statement,
                             const Dependencies& dependencies);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_STAGE_RULES_H_
