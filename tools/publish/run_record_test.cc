#include "tools/publish/run_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RunJsonTest, TimesAreIso8601AndTheirDifferenceIsGiven) {
  RunRecord record;
  record.started_unix_seconds = 365 * 86400;  // 1970 had 365 days
  record.finished_unix_seconds = 365 * 86400 + 3661;
  record.git_commit = "abc";
  const std::string json = RunJson(record);
  EXPECT_THAT(json, HasSubstr("\"started\": \"1971-01-01T00:00:00Z\""));
  EXPECT_THAT(json, HasSubstr("\"finished\": \"1971-01-01T01:01:01Z\""));
  EXPECT_THAT(json, HasSubstr("\"wall_seconds\": 3661"));
  EXPECT_THAT(json, HasSubstr("\"git_dirty\": false"));
}

TEST(RunJsonTest, WhatIsNotKnownIsLeftOut) {
  const std::string json = RunJson(RunRecord());
  for (const char* key : {"started", "wall", "git", "bazel", "kernel"}) {
    EXPECT_THAT(json, Not(HasSubstr(std::string("\"") + key)));
  }
}

TEST(RunJsonTest, ThisMachineIsDescribed) {
  const RunRecord record = RecordOfThisMachine();
  EXPECT_GT(record.finished_unix_seconds, 0);
  EXPECT_GE(record.cores, 1);
  EXPECT_THAT(record.kernel, HasSubstr("Linux"));
}

}  // namespace
}  // namespace quant_curve
