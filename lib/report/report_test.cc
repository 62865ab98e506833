#include "lib/report/report.h"

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"

namespace quant_curve {
namespace {

Sweep FakeSweepOfTwo() {
  Sweep sweep;
  sweep.measurements = {
      MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97}),
      MakeFakeMeasurement({"int8_per_channel", 113920, 4.8403, 0.97, 8})};
  return sweep;
}

ReportOptions Options() {
  return {"fp32", "minigpt", 1, "fake", "A title", "make all", {}, false};
}

TEST(ReportTest, WithoutATimingThereIsNoSpeedJson) {
  const Sweep sweep = FakeSweepOfTwo();
  ASSERT_OK_AND_ASSIGN(const ReportFiles files,
                       MakeReport(&sweep, nullptr, Options()));
  EXPECT_EQ(files.readme.substr(0, 10), "# A title\n");
  EXPECT_NE(files.readme.find("    make all\n"), std::string::npos);
  EXPECT_NE(files.results_json.find("\"experiment\": \"fake\""),
            std::string::npos);
  EXPECT_EQ(files.speed_json, "");
}

// A title of several lines could hold tables of its own.
TEST(ReportTest, ATitleAndACommandAddNothingToTheReadme) {
  const Sweep sweep = FakeSweepOfTwo();
  for (const char* title : {"a\n| scheme |", "a <!--", "<details>", "a\x1b"}) {
    ReportOptions options = Options();
    options.title = title;
    EXPECT_THAT(MakeReport(&sweep, nullptr, options), FailsSaying("--title="));
  }
  ReportOptions options = Options();
  options.command = "make\n\n# Results";
  EXPECT_THAT(MakeReport(&sweep, nullptr, options), FailsSaying("--command="));
  options.command = "make < input";
  EXPECT_THAT(MakeReport(&sweep, nullptr, options), IsOk());
}

TEST(ReportTest, NothingToReportIsRefused) {
  EXPECT_THAT(MakeReport(nullptr, nullptr, Options()),
              FailsSaying("needs measurements or a timing"));
}

}  // namespace
}  // namespace quant_curve
