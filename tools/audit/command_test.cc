#include "tools/audit/command.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/fake_experiment.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const ToolRun& RunThatWrites(const std::vector<ToolRun>& runs,
                             const std::string& name) {
  for (const ToolRun& run : runs) {
    for (const Stage* output : run.outputs) {
      if (output->subject().name() == name) return run;
    }
  }
  ADD_FAILURE() << "no run writes " << name;
  return runs[0];
}

class CommandTest : public ::testing::Test {
 protected:
  const std::vector<ToolRun>& Runs() {
    evidence_ = experiment_.Publish();
    Findings findings;
    chain_ = BuildChain(evidence_, findings);
    return runs_ = RunsOf(chain_);
  }

  FakeExperiment experiment_;
  Evidence evidence_;
  Chain chain_;
  std::vector<ToolRun> runs_;
};

TEST_F(CommandTest, FlagsInputsAndOutputBecomeArguments) {
  EXPECT_THAT(
      ArgumentsOf(RunThatWrites(Runs(), "fp32.qca"), "/s", {}),
      ElementsAre("--checkpoint=/s/model.qca", "--hessians=/s/hessians.qca",
                  "--output=/s/fp32.qca", "--scheme=fp32"));
}

TEST_F(CommandTest, ARepeatedFlagIsAListAndProgramsAreOurs) {
  EXPECT_THAT(ArgumentsOf(RunThatWrites(Runs(), "pareto.png"), "/s",
                          {{"gnuplot", "/bin/gnuplot"}}),
              ElementsAre("--figure=pareto", "--gnuplot=/bin/gnuplot",
                          "--measurements=/s/fp32_measurement.qca,"
                          "/s/int8_per_channel_measurement.qca",
                          "--output=/s/pareto.png", "--reference=fp32",
                          "--y_scale=auto"));
}

TEST_F(CommandTest, FilesOfOneRunAreWrittenByOneCommand) {
  const ToolRun& run = RunThatWrites(Runs(), "speed.json");
  EXPECT_EQ(&run, &RunThatWrites(runs_, "README.md"));
  EXPECT_EQ(&run, &RunThatWrites(runs_, "results.json"));
  EXPECT_NE(&run, &RunThatWrites(runs_, "pareto.png"));
  EXPECT_THAT(ShellLineOf(run),
              HasSubstr("--readme_output=$out/README.md --reference=fp32 "
                        "--results_output=$out/results.json "
                        "--speed_output=$out/speed.json"));
}

TEST_F(CommandTest, ShellLinesQuoteWhatAShellWouldReadOtherwise) {
  experiment_.EditManifest("fp32.qca", [](Statement& statement) {
    (*statement.mutable_predicate()
          ->mutable_build_definition()
          ->mutable_external_parameters()
          ->mutable_flags())["scheme"] = "name: \"it's\" $(x)";
  });
  EXPECT_THAT(ShellLineOf(RunThatWrites(Runs(), "fp32.qca")),
              EndsWith("--output=$out/fp32.qca "
                       "'--scheme=name: \"it'\\''s\" $(x)'"));
}

TEST_F(CommandTest, SeveralFilesFromOutsideAreGivenAsTheirFolder) {
  experiment_.EditManifest("model.qca", [](Statement& statement) {
    BuildDefinition& build =
        *statement.mutable_predicate()->mutable_build_definition();
    build.set_build_type("urn:quant-curve:stage:import:v1");
    build.mutable_external_parameters()->clear_flags();
    ResourceDescriptor tool = build.resolved_dependencies(2);
    tool.set_name("import");
    build.clear_resolved_dependencies();
    const std::pair<const char*, const char*> files[] = {
        {"model", "config.json"},
        {"model", "model.safetensors"},
        {"tokenizer", "tokenizer.json"}};
    for (const auto& [flag, name] : files) {
      ResourceDescriptor file = Describe(name, std::string(32, 'x'), "FILE");
      file.mutable_annotations()->set_flag(flag);
      *build.add_resolved_dependencies() = file;
    }
    *build.add_resolved_dependencies() = tool;
  });
  EXPECT_THAT(ArgumentsOf(RunThatWrites(Runs(), "model.qca"), "/s", {}),
              ElementsAre("--model=/s/model.qca.from", "--output=/s/model.qca",
                          "--tokenizer=/s/model.qca.from/tokenizer.json"));
}

TEST_F(CommandTest, OnlyABenchmarkIsTimed) {
  EXPECT_TRUE(IsTimed(RunThatWrites(Runs(), "timing.qca")));
  EXPECT_FALSE(IsTimed(RunThatWrites(runs_, "latency_pareto.png")));
}

}  // namespace
}  // namespace quant_curve
