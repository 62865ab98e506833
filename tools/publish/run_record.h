// run.json: when and where a publication was made. Informational: it is covered
// by no manifest and no stage reads it.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_RUN_RECORD_H_
#define QUANT_CURVE_TOOLS_PUBLISH_RUN_RECORD_H_

#include <cstdint>
#include <string>

namespace quant_curve {

struct RunRecord {
  int64_t started_unix_seconds = 0;  // 0: not known
  int64_t finished_unix_seconds = 0;
  std::string cpu_model;
  int cores = 0;
  std::string kernel;      // "Linux 6.1.0 x86_64"
  std::string git_commit;  // "" when not in a git checkout
  bool git_dirty = false;
  // Bazel's summary of what it ran and took from caches, "51 processes: …"; ""
  // when it did not say.
  std::string bazel_processes;
};

// Fills in this machine and the present time.
RunRecord RecordOfThisMachine();

// Indented JSON with sorted keys; times in ISO 8601, UTC. What is not known is
// left out.
std::string RunJson(const RunRecord& record);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_RUN_RECORD_H_
