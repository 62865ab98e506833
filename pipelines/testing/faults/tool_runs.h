// One small run of each tool that writes files.
#ifndef QUANT_CURVE_PIPELINES_TESTING_FAULTS_TOOL_RUNS_H_
#define QUANT_CURVE_PIPELINES_TESTING_FAULTS_TOOL_RUNS_H_

#include <string>
#include <vector>

#include "pipelines/testing/faults/faulty_run.h"

namespace quant_curve {

struct ToolRun {
  std::string name;  // of the test
  std::string tool;
  std::vector<std::string> flags;
  // out/ before the run.
  Files before;
  // The same bytes each time. Times are not.
  bool deterministic = true;
};

// The names of all runs.
std::vector<std::string> ToolRunNames();

// The run of that name; its inputs are made in Work()/in when this is first
// called.
ToolRun GetToolRun(const std::string &name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_PIPELINES_TESTING_FAULTS_TOOL_RUNS_H_
