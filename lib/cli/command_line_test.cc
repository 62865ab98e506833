#include "lib/cli/command_line.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/cli/usage_error.h"

ABSL_FLAG(int64_t, window_tokens, 7, "tokens per window");
ABSL_FLAG(std::string, output, "", "file to write");
ABSL_FLAG(bool, overwrite, false, "replace it");

namespace quant_curve {
namespace {

absl::Status Check(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(&argument[0]);
  return CheckCommandLine(pointers);
}

TEST(CommandLineTest, EveryFormOfAFlagIsTaken) {
  EXPECT_THAT(Check({"--window_tokens=9", "-output", "a", "--overwrite"}),
              IsOk());
  EXPECT_EQ(absl::GetFlag(FLAGS_window_tokens), 9);
  EXPECT_EQ(absl::GetFlag(FLAGS_output), "a");
  EXPECT_THAT(Check({"--nooverwrite", "--overwrite=true", "folder"}), IsOk());
  EXPECT_THAT(Check({"--output", "--not_a_flag"}), IsOk());  // a value
  EXPECT_THAT(Check({"--", "--not_a_flag"}), IsOk());
}

TEST(CommandLineTest, AnUnknownFlagIsAUsageErrorThatSuggestsTheNearest) {
  const absl::Status status = Check({"--window_token=9"});
  EXPECT_TRUE(IsUsageError(status));
  EXPECT_THAT(status, FailsSaying("unknown flag --window_token; did you mean "
                                  "--window_tokens?"));
  EXPECT_THAT(Check({"--ouptut=a"}), FailsSaying("did you mean --output?"));
  EXPECT_THAT(Check({"--nowindow_tokens"}), FailsSaying("unknown flag"));
  EXPECT_THAT(Check({"--xyzzy"}), FailsSaying("--help lists the flags"));
}

TEST(CommandLineTest, AValueThatCannotBeParsedIsAUsageError) {
  const absl::Status status = Check({"--window_tokens=nine"});
  EXPECT_TRUE(IsUsageError(status));
  EXPECT_THAT(status, FailsSaying("--window_tokens=nine: not a value of this "
                                  "flag"));
  EXPECT_THAT(status, FailsSaying("tokens per window"));
  EXPECT_THAT(Check({"--overwrite=perhaps"}), FailsSaying("not a value"));
  EXPECT_THAT(Check({"--window_tokens=99999999999999999999"}),
              FailsSaying("not a value"));
}

TEST(CommandLineTest, AMissingValueIsAUsageError) {
  const absl::Status status = Check({"--overwrite", "--output"});
  EXPECT_TRUE(IsUsageError(status));
  EXPECT_THAT(status, FailsSaying("--output: the value is missing"));
}

}  // namespace
}  // namespace quant_curve
