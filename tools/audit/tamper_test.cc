#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/tampering.h"

namespace quant_curve {
namespace {

TEST(TamperTest, EverySingleTamperingIsCaughtAndTheFileNamed) {
  const Evidence evidence = FakeExperiment().Publish(/*complete=*/false);
  const AuditOptions options = FakeExperiment::Options();
  const AuditResult untouched = Audit(evidence, options);
  for (const Finding& finding : untouched.findings.all()) {
    ADD_FAILURE() << TextOf(finding);
  }
  std::vector<std::string> missed;
  const TamperCount count = CountMissed(evidence, options, missed);
  EXPECT_EQ(count.missed, 0) << "of " << count.tried;
  EXPECT_THAT(missed, ::testing::IsEmpty());
  // 17 files with 17 manifests of some 50 values each.
  EXPECT_GT(count.tried, 5000);
}

}  // namespace
}  // namespace quant_curve
