#include "tools/audit/rebuild.h"

#include <stdlib.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/folder.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace fs = std::filesystem;

// Stands for a tool: copies what the experiment says it writes, with its
// manifest, once its inputs lie where its flags say.
constexpr char kFakeTool[] =
    "#!/bin/sh\n"
    "outs=\n"
    "for word in \"$@\"; do\n"
    "  case $word in\n"
    "    --*output=*) outs=\"$outs ${word#*=}\";;\n"
    "    --gnuplot=*) echo \"$word\" > ../gnuplot;;\n"
    "    --corpus=*|--checkpoint=*) [ -f \"${word#*=}\" ] || "
    "{ echo \"no ${word#*=}\" >&2; exit 1; };;\n"
    "  esac\n"
    "done\n"
    "pwd > ../folder\n"
    "for out in $outs; do\n"
    "  name=${out##*/}\n"
    "  cp STORE/$name $out && cp STORE/$name.manifest.json "
    "$out.manifest.json || exit 3\n"
    "done\n";

class RebuildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/rebuild_XXXXXX");
    ASSERT_NE(mkdtemp(&root_[0]), nullptr);
    evidence_ = FakeExperiment().Publish();
    result_ = Audit(evidence_, FakeExperiment::Options());
    for (const char* stage : {"corpus", "train", "calibrate", "quantize",
                              "evaluate", "plot", "report"}) {
      const std::string path = ToolPath(root_ + "/tools", stage);
      std::string script = kFakeTool;
      for (size_t at; (at = script.find("STORE")) != std::string::npos;) {
        script.replace(at, 5, root_ + "/store");
      }
      Write(path, script);
      fs::permissions(path, fs::perms::owner_all);
    }
    for (const Stage& stage : result_.chain.stages) {
      const std::string path =
          absl::StrCat(root_, "/store/", stage.subject().name());
      Write(path, stage.file->bytes());
      Write(ManifestPath(path), stage.manifest->bytes());
    }
    fs::create_directory(root_ + "/files");
  }

  void Write(const std::string& path, const std::string& contents) {
    fs::create_directories(fs::path(path).parent_path());
    ASSERT_THAT(WriteFileAtomically(path, contents), IsOk());
  }

  // Outcomes, "corpus.qca: same bytes".
  std::vector<std::string> Run() {
    RebuildOptions options;
    options.tools_folder = root_ + "/tools";
    options.scratch = root_ + "/files";
    options.programs["gnuplot"] = "/ours/gnuplot";
    std::vector<std::string> outcomes;
    EXPECT_THAT(Rebuild(
                    evidence_, result_.chain, options,
                    [&](const RebuildProgress& progress) {
                      outcomes.push_back(
                          absl::StrCat(progress.files, ": ", progress.outcome));
                    },
                    result_.findings),
                IsOk());
    return outcomes;
  }

  std::string root_;
  Evidence evidence_;
  AuditResult result_;
};

TEST_F(RebuildTest, EveryStageButTheTimingRunsAgain) {
  const std::vector<std::string> outcomes = Run();
  EXPECT_EQ(outcomes.size(), 14);  // one run writes all six reports
  for (const std::string& outcome : outcomes) {
    EXPECT_THAT(outcome,
                HasSubstr(outcome.find("timing.qca") == 0 ? "taken as recorded"
                                                          : "same bytes"));
  }
  EXPECT_THAT(result_.findings.all(), IsEmpty());
  EXPECT_THAT(result_.findings.not_checked(),
              ElementsAre(StartsWith("timing.qca is a time")));
  EXPECT_EQ(result_.findings.NumCounted(Check::kRebuild), 2 * 18);
}

TEST_F(RebuildTest, OtherBytesAreNamedAndWhatIsBehindThemIsSkipped) {
  Write(root_ + "/store/model.qca", "other bytes");
  EXPECT_THAT(Run(), Contains("hessians.qca: skipped: no model.qca"));
  // The model and the twelve runs behind it: none passes by not having run.
  ASSERT_EQ(result_.findings.all().size(), 13);
  EXPECT_THAT(result_.findings.all()[0],
              AllOf(Field(&Finding::file, "model.qca"),
                    Field(&Finding::check, Check::kRebuild)));
  EXPECT_THAT(result_.findings.all(),
              Contains(AllOf(
                  Field(&Finding::file, "pareto.png"),
                  Field(&Finding::problem, HasSubstr("was not made again")))));
  EXPECT_EQ(result_.findings.ExitCode(), 21);
}

// A manifest may call its program what it likes.
TEST_F(RebuildTest, ToolsRunInTheScratchFolderWithOurPrograms) {
  Run();
  EXPECT_EQ(ReadFile(root_ + "/gnuplot").value_or(""),
            "--gnuplot=/ours/gnuplot\n");
  EXPECT_EQ(ReadFile(root_ + "/folder").value_or(""),
            fs::canonical(root_ + "/files").string() + "\n");
}

TEST_F(RebuildTest, AnotherManifestIsNamed) {
  Write(root_ + "/store/pareto.png.manifest.json", "{}");
  Run();
  ASSERT_EQ(result_.findings.all().size(), 1);
  EXPECT_THAT(result_.findings.all()[0].problem, HasSubstr("manifest's bytes"));
}

TEST_F(RebuildTest, AToolThatFailsOrIsMissingIsNamedWithWhatItSaid) {
  fs::remove(root_ + "/tools/plot/plot");
  fs::remove(root_ + "/store/results.json");
  Run();
  EXPECT_THAT(
      result_.findings.all(),
      Contains(AllOf(Field(&Finding::file, "pareto.png"),
                     Field(&Finding::problem, HasSubstr("cannot run it")))));
  EXPECT_THAT(result_.findings.all(),
              Contains(AllOf(
                  Field(&Finding::file, "results.json"),
                  Field(&Finding::problem, AllOf(HasSubstr("exit code 3"),
                                                 HasSubstr("No such file"))))));
}

}  // namespace
}  // namespace quant_curve
