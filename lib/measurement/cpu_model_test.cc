#include "lib/measurement/cpu_model.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(ParseCpuModelTest, TakesTheFirstModelName) {
  EXPECT_EQ(ParseCpuModel("processor\t: 0\nvendor_id\t: X\n"
                          "model name\t: A CPU @ 1: 2 GHz\n\n"
                          "processor\t: 1\nmodel name\t: Another\n"),
            "A CPU @ 1: 2 GHz");
}

TEST(ParseCpuModelTest, IsUnknownWithoutOne) {
  EXPECT_EQ(ParseCpuModel("processor\t: 0\n"), "unknown");
  EXPECT_EQ(ParseCpuModel(""), "unknown");
}

}  // namespace
}  // namespace quant_curve
