#include "tools/benchmark/machine.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(ParseCacheSizeTest, ReadsKibibytesAndMebibytes) {
  EXPECT_EQ(ParseCacheSize("32K\n"), 32 * 1024);
  EXPECT_EQ(ParseCacheSize("32768K"), 33554432);
  EXPECT_EQ(ParseCacheSize("2M"), 2097152);
}

TEST(ParseCacheSizeTest, AnythingElseIsUnknown) {
  EXPECT_EQ(ParseCacheSize(""), 0);
  EXPECT_EQ(ParseCacheSize("K"), 0);
  EXPECT_EQ(ParseCacheSize("-4K"), 0);
  EXPECT_EQ(ParseCacheSize("99999999999999K"), 0);
}

TEST(ReadMachineTest, FindsACoreAndAnInstructionSet) {
  const Machine machine = ReadMachine();
  EXPECT_GE(machine.cores(), 1);
  EXPECT_FALSE(machine.isa().empty());
}

}  // namespace
}  // namespace quant_curve
