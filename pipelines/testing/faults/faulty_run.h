// Runs a tool with the preloaded shim, and tells what it did to its folder.
#ifndef QUANT_CURVE_PIPELINES_TESTING_FAULTS_FAULTY_RUN_H_
#define QUANT_CURVE_PIPELINES_TESTING_FAULTS_FAULTY_RUN_H_

#include <map>
#include <string>
#include <vector>

namespace quant_curve {

// A folder of this test process: in/ for inputs, out/ for outputs, tmp/ for
// what tools put into $TMPDIR, and log/, where faults are not counted.
const std::string &Work();

// Paths below `folder` to bytes; folders end with a slash and have "". run.json
// holds the time: its bytes are left out.
using Files = std::map<std::string, std::string>;
Files FilesIn(const std::string &folder);

// Makes `folder` have these files and folders and no others.
void SetFiles(const std::string &folder, const Files &files);

// Names of files that differ, for messages.
std::string Difference(const Files &expected, const Files &actual);

// Which call fails, and how (fault_shim.cc). `at` 0: none.
struct Fault {
  int at = 0;
  std::string mode;
  // "QUANT_CURVE_FAULT_NO_EXCHANGE=1"
  std::vector<std::string> settings = {};
};

struct Outcome {
  int wait_status = 0;
  std::string errors;              // standard error
  std::vector<std::string> calls;  // "open", in order
};

// Runs tools/NAME/NAME in the runfiles. A run that takes longer than half a
// minute ends by SIGALRM.
Outcome RunTool(const std::string &tool, const std::vector<std::string> &flags,
                const Fault &fault);

}  // namespace quant_curve

#endif  // QUANT_CURVE_PIPELINES_TESTING_FAULTS_FAULTY_RUN_H_
