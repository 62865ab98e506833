#include "lib/artifact/system_error.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(SystemErrorTest, ItNamesTheFileTheCallAndTheReason) {
  EXPECT_EQ(
      SystemError("cannot open", "a/b.qca", EACCES),
      absl::FailedPreconditionError("a/b.qca: cannot open: Permission denied"));
}

TEST(SystemErrorTest, AnAbsentFileAndAFullDiskHaveCodesOfTheirOwn) {
  EXPECT_EQ(SystemError("cannot open", "a", ENOENT).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(SystemError("cannot write", "a", ENOSPC).code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace quant_curve
