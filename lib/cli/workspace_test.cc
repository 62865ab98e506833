#include "lib/cli/workspace.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

constexpr char kVariable[] = "BUILD_WORKSPACE_DIRECTORY";

TEST(WorkspaceTest, RelativePathsAreTakenFromIt) {
  ASSERT_EQ(setenv(kVariable, "/home/user/project", 1), 0);
  EXPECT_EQ(InWorkspace("experiments/1"), "/home/user/project/experiments/1");
  EXPECT_EQ(InWorkspace("/tmp/1"), "/tmp/1");
}

TEST(WorkspaceTest, PathsStayWithoutBazelRun) {
  ASSERT_EQ(unsetenv(kVariable), 0);
  EXPECT_EQ(InWorkspace("experiments/1"), "experiments/1");
}

}  // namespace
}  // namespace quant_curve
