#include "tools/compare/compare.h"

#include <filesystem>
#include <string>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/measurement.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Experiment MakeExperiment(const std::string& name,
                          const std::vector<FakeScheme>& schemes) {
  Experiment experiment = {name, {}};
  for (const FakeScheme& scheme : schemes) {
    experiment.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  return experiment;
}

const FakeScheme kFp32 = {"fp32", 414720, 4.84, 0.97};
const FakeScheme kInt8 = {"int8", 113920, 4.85, 0.97, 8};
const FakeScheme kBetter = {"int4", 65536, 4.9, 0.95, 4, 64};
const FakeScheme kWorse = {"int4", 65536, 5.0, 0.95, 4, 64};

// The fake windows of both differ by the logarithm of the perplexities.
TEST(CompareTest, SchemesOfOneNameArePairedOverTheSameText) {
  const Experiment a = MakeExperiment("old", {kFp32, kWorse});
  const Experiment b = MakeExperiment("new", {kFp32, kBetter, kInt8});
  const Comparison comparison = Compare(a, b);
  EXPECT_TRUE(comparison.is_paired);
  ASSERT_EQ(comparison.pairs.size(), 2);
  EXPECT_EQ(comparison.pairs[0].gap_percent->value, 0);
  EXPECT_EQ(comparison.pairs[0].gap_percent->standard_error, 0);
  EXPECT_NEAR(comparison.pairs[1].gap_percent->value, -2, 1e-9);
  EXPECT_THAT(comparison.only_b, ElementsAre("int8"));
  EXPECT_TRUE(comparison.only_a.empty());
  EXPECT_THAT(ComparisonText(a, b, comparison),
              AllOf(HasSubstr("A: old\nB: new\n"), HasSubstr("are paired"),
                    HasSubstr("only B:\n  int8\n")));
}

// 3 % and 4 % of the perplexities: 5 % of a ratio of 1.25.
TEST(CompareTest, OverOtherTextsErrorsAddUp) {
  Experiment a = MakeExperiment("a", {kFp32});
  Experiment b = MakeExperiment("b", {kFp32});
  b.measurements[0].set_corpus_sha256(std::string(32, 'x'));
  Perplexity& before = *a.measurements[0].mutable_perplexity();
  before.set_perplexity(4);
  before.set_perplexity_stderr(0.12);
  Perplexity& after = *b.measurements[0].mutable_perplexity();
  after.set_perplexity(5);
  after.set_perplexity_stderr(0.2);
  const Comparison comparison = Compare(a, b);
  EXPECT_FALSE(comparison.is_paired);
  ASSERT_TRUE(comparison.pairs[0].gap_percent.has_value());
  EXPECT_NEAR(comparison.pairs[0].gap_percent->value, 25, 1e-9);
  EXPECT_NEAR(comparison.pairs[0].gap_percent->standard_error, 6.25, 1e-9);
  EXPECT_THAT(ComparisonText(a, b, comparison),
              HasSubstr("errors of both perplexities add up"));
}

TEST(CompareTest, AnotherNumberOfTokensGivesNoGap) {
  Experiment a = MakeExperiment("a", {kFp32});
  Experiment b = MakeExperiment("b", {kFp32});
  b.measurements[0].set_corpus_sha256(std::string(32, 'x'));
  b.measurements[0].mutable_perplexity()->set_num_tokens(1);
  const Comparison comparison = Compare(a, b);
  EXPECT_FALSE(comparison.pairs[0].gap_percent.has_value());
  EXPECT_THAT(ComparisonText(a, b, comparison), HasSubstr("other text"));
}

TEST(CompareTest, AFoldersMeasurementsAreRead) {
  const std::string folder = testing::TempDir() + "/published";
  std::filesystem::create_directories(folder + "/artifacts");
  EXPECT_THAT(ReadExperiment(folder), FailsSaying("no measurements"));
  EXPECT_THAT(ReadExperiment(folder + "/absent"),
              FailsSaying("name a published folder"));
  const std::string path = folder + "/artifacts/x_fp32_measurement.qca";
  ASSERT_THAT(WriteArtifact(path, MakeFakeMeasurement(kFp32)), IsOk());
  ASSERT_OK_AND_ASSIGN(const Experiment experiment, ReadExperiment(folder));
  ASSERT_EQ(experiment.measurements.size(), 1);
  EXPECT_EQ(experiment.measurements[0].scheme().name(), "fp32");
  ASSERT_THAT(WriteArtifact(folder + "/artifacts/y_fp32_measurement.qca",
                            MakeFakeMeasurement(kFp32)),
              IsOk());
  EXPECT_THAT(ReadExperiment(folder),
              FailsSaying("a second measurement of scheme 'fp32'"));
}

}  // namespace
}  // namespace quant_curve
