#include "lib/measurement/sweep.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/results.h"
#include "lib/measurement/results_json.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SweepTest : public ::testing::Test {
 protected:
  std::string Write(const Measurement& measurement) {
    const std::string path =
        absl::StrCat(::testing::TempDir(), "/", paths_.size(), ".qca");
    EXPECT_THAT(WriteArtifact(path, measurement), IsOk());
    paths_.push_back(path);
    return path;
  }

  std::vector<std::string> paths_;
  const Measurement fp32_ = MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97});
  const Measurement int8_ =
      MakeFakeMeasurement({"int8", 113920, 4.85, 0.96, 8});
  const Measurement int4_ =
      MakeFakeMeasurement({"int4", 65536, 5.0, 0.9, 4, 64});
  // More bytes and a higher perplexity than int4.
  const Measurement poor_ =
      MakeFakeMeasurement({"poor", 70000, 6.0, 0.5, 4, 32});
};

TEST_F(SweepTest, ResultsKeepTheOrderGiven) {
  Write(int8_);
  Write(fp32_);
  Write(poor_);
  Write(int4_);
  ASSERT_OK_AND_ASSIGN(const Sweep sweep, ReadSweep(paths_, "fp32"));
  EXPECT_EQ(sweep.reference, 1);
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  ASSERT_EQ(results.schemes_size(), 4);
  EXPECT_EQ(results.schemes(0).name(), "int8");
  EXPECT_EQ(results.reference_scheme(), "fp32");
  EXPECT_EQ(results.chance_accuracy(), 0.2);
  EXPECT_EQ(results.num_headline_items(), 600);
}

TEST_F(SweepTest, TheReferenceHasNoGap) {
  Write(fp32_);
  Write(int4_);
  ASSERT_OK_AND_ASSIGN(const Sweep sweep, ReadSweep(paths_, "fp32"));
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  EXPECT_EQ(results.schemes(0).perplexity_gap_percent(), 0);
  EXPECT_EQ(results.schemes(0).prediction_flips(), 0);
  // 5.0 / 4.84 = 1.0331; the made-up windows meet it within 0.2 %.
  EXPECT_NEAR(results.schemes(1).perplexity_gap_percent(), 3.31, 0.2);
}

TEST_F(SweepTest, DominatedSchemesNameTheirDominators) {
  Write(fp32_);
  Write(int4_);
  Write(poor_);
  ASSERT_OK_AND_ASSIGN(const Sweep sweep, ReadSweep(paths_, "fp32"));
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  EXPECT_TRUE(results.schemes(0).on_frontier());
  EXPECT_TRUE(results.schemes(1).on_frontier());
  EXPECT_FALSE(results.schemes(2).on_frontier());
  EXPECT_THAT(results.schemes(2).dominated_by(), ElementsAre("int4"));
  EXPECT_THAT(FrontierOrder(results), ElementsAre(1, 0));
}

TEST_F(SweepTest, AMissingReferenceListsWhatThereIs) {
  Write(int8_);
  Write(int4_);
  EXPECT_THAT(ReadSweep(paths_, "fp32"),
              FailsSaying("fp32 was not measured; there are: int8, int4"));
}

TEST_F(SweepTest, DifferentCorporaAreRefusedNamingBothFiles) {
  Measurement other = int4_;
  other.set_corpus_sha256(std::string(32, 'x'));
  const std::string first = Write(fp32_);
  const std::string second = Write(other);
  EXPECT_THAT(ReadSweep(paths_, "fp32"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr(absl::StrCat(first, " and ", second)),
                             HasSubstr("different corpora"))));
}

TEST_F(SweepTest, OneSchemeTwiceIsRefused) {
  Write(fp32_);
  Write(fp32_);
  EXPECT_THAT(ReadSweep(paths_, "fp32"), FailsSaying("both measure scheme"));
}

TEST_F(SweepTest, AnotherModelIsRefused) {
  for (const auto set :
       {&Measurement::set_num_parameters, &Measurement::set_num_linear_weights,
        &Measurement::set_num_lm_head_weights}) {
    Measurement other = int4_;
    (other.*set)(7);
    paths_.clear();
    Write(fp32_);
    Write(other);
    EXPECT_THAT(ReadSweep(paths_, "fp32"), FailsSaying("different models"));
  }
}

TEST_F(SweepTest, JsonReadsBackExactlyAndPrintsZeros) {
  Write(fp32_);
  Write(int4_);
  ASSERT_OK_AND_ASSIGN(const Sweep sweep, ReadSweep(paths_, "fp32"));
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  ASSERT_OK_AND_ASSIGN(const std::string json, ResultsToJson(results));
  EXPECT_THAT(json, HasSubstr("\"perplexity_gap_percent\": 0,"));
  EXPECT_THAT(json, HasSubstr("\"total\": 414720,"));
  EXPECT_EQ(json.back(), '\n');
  ASSERT_OK_AND_ASSIGN(const Results read, ResultsFromJson(json));
  EXPECT_EQ(read.SerializeAsString(), results.SerializeAsString());
}

TEST_F(SweepTest, TextThatIsNoResultsIsRefused) {
  EXPECT_THAT(ResultsFromJson("{\"schemes\": 3"), FailsSaying("results.json"));
}

}  // namespace
}  // namespace quant_curve
