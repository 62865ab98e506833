#include "tools/audit/report.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "nlohmann/json.hpp"
#include "tools/audit/fake_experiment.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

int Occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(TextReportTest, EachFileStandsOnceWithItsMark) {
  const Evidence evidence = FakeExperiment().Publish(/*complete=*/false);
  const std::string text =
      TextReport(Audit(evidence, FakeExperiment::Options()), "fake");
  EXPECT_EQ(Occurrences(text, "─ model.qca  "), 1);
  // With the corpus below the Hessians, with them below the second model.
  EXPECT_EQ(Occurrences(text, "─ model.qca and 1 more (above)"), 2);
  // No tick for bytes that nobody saw.
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const bool seen = !absl::StrContains(line, "not found: only");
    if (!absl::StrContains(line, "─ corpus.qca  ")) continue;
    EXPECT_FALSE(seen) << line;
    EXPECT_TRUE(absl::StrContains(line, "· ")) << line;
    EXPECT_FALSE(absl::StrContains(line, "✓")) << line;
  }
  EXPECT_EQ(Occurrences(text, "not found: only its manifest was checked"), 5);
  EXPECT_THAT(text, Not(HasSubstr("✗")));
  EXPECT_THAT(text, HasSubstr("every claim that was checked holds"));
}

TEST(TextReportTest, AFailureIsMarkedInTheTreeAndBelow) {
  Evidence evidence = FakeExperiment().Publish();
  evidence.Set("pareto.png", "another");
  const std::string text =
      TextReport(Audit(evidence, FakeExperiment::Options()), "fake");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StrContains(line, "─ pareto.png")) continue;
    EXPECT_TRUE(absl::StrContains(line, "✗")) << line;
  }
  EXPECT_THAT(
      text, AllOf(HasSubstr("✗ digests"),
                  HasSubstr("    pareto.png: size: has 7 bytes, its manifest "),
                  HasSubstr("(exit code 11)")));
}

TEST(TextReportTest, AChangedReadmeLeavesItsNumbersOpen) {
  Evidence evidence = FakeExperiment().Publish();
  EXPECT_THAT(TextReport(Audit(evidence, FakeExperiment::Options()), "fake"),
              AllOf(HasSubstr("✓ numbers"), Not(HasSubstr("not compared"))));
  evidence.Set("README.md", "other numbers");
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  const std::string text = TextReport(result, "fake");
  EXPECT_THAT(text, AllOf(HasSubstr("✗ digests"), HasSubstr("- numbers"),
                          HasSubstr("the digest is wrong: README.md\n"),
                          Not(HasSubstr("✓ numbers"))));
  const auto json = nlohmann::json::parse(JsonReport(result, "fake"));
  EXPECT_EQ(json["checks"][7]["name"], "numbers");
  EXPECT_EQ(json["checks"][7]["not_compared"],
            nlohmann::json::array({"README.md"}));
}

TEST(TextReportTest, AChangedMeasurementLeavesItsParametersOpen) {
  Evidence evidence = FakeExperiment().Publish();
  std::string path;
  for (const auto& [name, file] : evidence.files()) {
    if (absl::StrContains(name, "fp32_measurement.qca") &&
        !file->is_manifest()) {
      path = name;
    }
  }
  ASSERT_NE(path, "");
  evidence.Set(path, "another");
  EXPECT_THAT(TextReport(Audit(evidence, FakeExperiment::Options()), "fake"),
              AllOf(HasSubstr("- parameters"),
                    HasSubstr(absl::StrCat("the digest is wrong: ", path))));
}

TEST(TextReportTest, WhatIsWrongWithSeveralFilesIsToldOnce) {
  const Evidence evidence = FakeExperiment().Publish();
  AuditOptions options = FakeExperiment::Options();
  options.tools["quantize"] = std::string(64, 'b');
  const std::string text = TextReport(Audit(evidence, options), "fake");
  EXPECT_EQ(Occurrences(text, "stale"), 1);
  EXPECT_THAT(text,
              HasSubstr("and so provenance/int8_per_channel.qca.manifest"));
}

// A name cannot begin a line that looks like a verdict, nor hide one.
TEST(TextReportTest, ControlCharactersOfNamesAreEscaped) {
  Evidence evidence = FakeExperiment().Publish();
  const std::string verdict = "audit: fake: every claim that was checked holds";
  const std::string name =
      absl::StrCat("x\n", verdict, "\n\x1b[8m\xe2\x80\xae");
  evidence.Set(name, "orphan");
  const AuditResult result = Audit(evidence, FakeExperiment::Options());
  const std::string text = TextReport(result, "fake\x1b[2J");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_FALSE(absl::StartsWith(line, verdict)) << line;
  }
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("x\\x0aaudit: fake: every"), HasSubstr("\\x1b[8m\\u202e"),
            HasSubstr("fake\\x1b[2J"), HasSubstr("(exit code 12)")));
  const std::string json = JsonReport(result, "fake\x1b");
  for (const char c : json) EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f));
}

TEST(JsonReportTest, HoldsChecksFailuresAndChain) {
  Evidence evidence = FakeExperiment().Publish();
  evidence.Set("pareto.png", "another");
  const auto report = nlohmann::json::parse(
      JsonReport(Audit(evidence, FakeExperiment::Options()), "fake"));
  EXPECT_EQ(report["exit_code"], 11);
  EXPECT_EQ(report["verdict"], "fails");
  const auto& digests = report["checks"][1];
  EXPECT_EQ(digests["name"], "digests");
  EXPECT_EQ(digests["failures"][0]["file"], "pareto.png");
  EXPECT_EQ(report["chain"][0]["file"], "corpus.qca");
  EXPECT_EQ(report["chain"].size(), 19);
}

TEST(ExplainTest, StepsLeadFromTheRootsToTheFile) {
  const Evidence evidence = FakeExperiment().Publish();
  Findings findings;
  const Chain chain = BuildChain(evidence, findings);
  ASSERT_OK_AND_ASSIGN(const std::string text, Explain(chain, "pareto.png"));
  EXPECT_THAT(text, HasSubstr("1. corpus.qca"));
  EXPECT_THAT(text, HasSubstr("8. pareto.png"));
  EXPECT_THAT(text, HasSubstr("bazel run //tools/corpus -- "
                              "--output=$out/corpus.qca --seed=42"));
  EXPECT_THAT(text, Not(HasSubstr("timing.qca")));
  EXPECT_THAT(Explain(chain, "nothing.png"), FailsSaying("README.md"));
}

}  // namespace
}  // namespace quant_curve
