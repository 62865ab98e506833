// How a child process ended, in words.
#ifndef QUANT_CURVE_LIB_CLI_WAIT_STATUS_H_
#define QUANT_CURVE_LIB_CLI_WAIT_STATUS_H_

#include <string>

namespace quant_curve {

// Of a status from waitpid(2): "exit code 2", "killed by signal 9 (Killed)".
// Exit code 127 is that of the dynamic loader and of shells that could not
// start the program, and says so.
std::string DescribeWaitStatus(int status);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_WAIT_STATUS_H_
