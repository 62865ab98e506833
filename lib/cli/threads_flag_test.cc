#include "lib/cli/threads_flag.h"

#include <string>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(ThreadsFlagTest, BothBoundsAreTaken) {
  ThreadCount threads;
  std::string error;
  EXPECT_TRUE(AbslParseFlag("1024", &threads, &error));
  EXPECT_EQ(threads.value, 1024);
  EXPECT_TRUE(AbslParseFlag("0", &threads, &error));
  EXPECT_EQ(threads.value, 0);
}

TEST(ThreadsFlagTest, AnythingElseIsRefusedWithTheBounds) {
  for (const char* text : {"-1", "1025", "4294967296", "two", "", "1.5"}) {
    ThreadCount threads;
    std::string error;
    EXPECT_FALSE(AbslParseFlag(text, &threads, &error)) << text;
    EXPECT_EQ(error, "must be from 0, one per core, to 1024") << text;
  }
}

}  // namespace
}  // namespace quant_curve
