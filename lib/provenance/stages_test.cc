#include "lib/provenance/stages.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(StagesTest, AnUnknownStageAndAnUnknownFlagAreNotFound) {
  EXPECT_EQ(FindStage("render"), nullptr);
  ASSERT_NE(FindStage("quantize"), nullptr);
  EXPECT_EQ(FindStage("quantize")->FindFlag("gnuplot"), nullptr);
}

TEST(StagesTest, AFlagKnowsTheKindsOfFileThatItMayName) {
  const FlagSpec* hessians = FindStage("quantize")->FindFlag("hessians");
  ASSERT_NE(hessians, nullptr);
  EXPECT_EQ(hessians->kind, FlagKind::kInput);
  EXPECT_TRUE(AllowsFileKind(*hessians, "CALIBRATION"));
  EXPECT_FALSE(AllowsFileKind(*hessians, "MEASUREMENT"));
  const FlagSpec* timing = FindStage("benchmark")->FindFlag("output");
  ASSERT_NE(timing, nullptr);
  EXPECT_TRUE(AllowsFileKind(*timing, "TIMING"));
  EXPECT_FALSE(AllowsFileKind(*timing, "MEASUREMENT"));
}

// Threads decide no byte of an artifact, but whose speed is drawn.
TEST(StagesTest, ThreadsAreRecordedWhereTheyDecideTheOutput) {
  EXPECT_EQ(FindStage("evaluate")->FindFlag("threads")->kind,
            FlagKind::kUnrecorded);
  EXPECT_EQ(FindStage("plot")->FindFlag("threads")->kind, FlagKind::kParameter);
  EXPECT_EQ(FindStage("benchmark")->FindFlag("threads")->kind,
            FlagKind::kParameter);
}

TEST(StagesTest, NamesAreUniqueAndOnlyFilesHaveKinds) {
  std::set<std::string> stages;
  for (const StageSpec& stage : AllStages()) {
    EXPECT_TRUE(stages.insert(std::string(stage.name)).second) << stage.name;
    std::set<std::string> flags;
    for (const FlagSpec& flag : stage.flags) {
      EXPECT_TRUE(flags.insert(std::string(flag.name)).second)
          << stage.name << " --" << flag.name;
      if (flag.file_kinds.empty()) continue;
      EXPECT_TRUE(flag.kind == FlagKind::kInput ||
                  flag.kind == FlagKind::kOutput)
          << stage.name << " --" << flag.name;
    }
  }
}

}  // namespace
}  // namespace quant_curve
