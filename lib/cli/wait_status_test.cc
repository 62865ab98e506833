#include "lib/cli/wait_status.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::StartsWith;

// system(3) returns what waitpid(2) says of the shell.
TEST(WaitStatusTest, ExitCodesAndSignalsAreNamed) {
  EXPECT_EQ(DescribeWaitStatus(std::system("exit 2")), "exit code 2");
  EXPECT_EQ(DescribeWaitStatus(std::system("kill -KILL $$")),
            "killed by signal 9 (Killed)");
  EXPECT_THAT(DescribeWaitStatus(std::system("exit 127")),
              StartsWith("exit code 127, which means that it could not be "
                         "started"));
}

}  // namespace
}  // namespace quant_curve
