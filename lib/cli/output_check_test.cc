#include "lib/cli/output_check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/cli/usage_error.h"

namespace quant_curve {
namespace {

class OutputCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/output_check_XXXXXX");
    ASSERT_NE(mkdtemp(&root_[0]), nullptr);
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(root_, "/", name);
  }
  std::string Write(const std::string& name, const std::string& text = "mine") {
    EXPECT_THAT(WriteFileAtomically(Path(name), text), IsOk());
    return Path(name);
  }

  std::string root_;
};

TEST_F(OutputCheckTest, OtherFilesAndNewOnesMayBeWritten) {
  CommandPaths paths;
  paths.artifacts = {{"model", Write("model")}};
  paths.files = {{"text", Write("text")}, {"scheme", Path("new")}};
  paths.outputs = {{"output", Path("new")}, {"other", Write("old")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(paths), IsOk());
}

TEST_F(OutputCheckTest, AnOutputThatIsAnInputIsRefusedNamingBoth) {
  CommandPaths paths;
  paths.files = {{"evaluation_text", Write("text")}};
  paths.outputs = {{"output", Path("text")}};
  const absl::Status status = CheckOutputsAreNotInputs(paths);
  EXPECT_TRUE(IsUsageError(status));
  EXPECT_THAT(status, FailsSaying("--output: "));
  EXPECT_THAT(status, FailsSaying("is also --evaluation_text"));
}

TEST_F(OutputCheckTest, FilesAreComparedNotSpellings) {
  Write("text");
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0755), 0);
  ASSERT_EQ(symlink(Path("text").c_str(), Path("link").c_str()), 0);
  ASSERT_EQ(link(Path("text").c_str(), Path("hard").c_str()), 0);
  for (const char* spelling : {"folder/../text", "./text", "link", "hard"}) {
    CommandPaths paths;
    paths.artifacts = {{"model", Path("text")}};
    paths.outputs = {{"output", Path(spelling)}};
    EXPECT_THAT(CheckOutputsAreNotInputs(paths), FailsSaying("also --model"))
        << spelling;
  }
}

TEST_F(OutputCheckTest, ManifestsBelongToTheirFiles) {
  Write("a");
  Write("a.manifest.json");
  CommandPaths over_manifest;
  over_manifest.artifacts = {{"model", Path("a")}};
  over_manifest.outputs = {{"output", Path("a.manifest.json")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(over_manifest),
              FailsSaying("the manifest of --model"));
  CommandPaths manifest_over;
  manifest_over.files = {{"text", Path("a.manifest.json")}};
  manifest_over.outputs = {{"output", Path("a")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(manifest_over),
              FailsSaying("also --text"));
}

TEST_F(OutputCheckTest, TwoOutputsOfOneNameAreRefusedAlsoWhenNew) {
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0755), 0);
  for (const char* other :
       {"x", "folder/../x", "x.manifest.json", "folder/./../x"}) {
    CommandPaths paths;
    paths.outputs = {{"output", Path("x")}, {"tokenizer_output", Path(other)}};
    EXPECT_THAT(CheckOutputsAreNotInputs(paths),
                FailsSaying("also --tokenizer_output"))
        << other;
  }
}

TEST_F(OutputCheckTest, TheFilesOfAFolderThatIsReadAreKept) {
  ASSERT_EQ(mkdir(Path("model").c_str(), 0755), 0);
  Write("blob");
  Write("model/config.json");
  Write("model/earlier.qca", "QCURVE\r\n and the rest");
  ASSERT_EQ(symlink(Path("blob").c_str(), Path("model/weights").c_str()), 0);
  const auto check = [&](const std::string& output) {
    CommandPaths paths;
    paths.files = {{"model", Path("model")}};
    paths.outputs = {{"output", Path(output)}};
    return CheckOutputsAreNotInputs(paths);
  };
  EXPECT_THAT(check("model/config.json"), FailsSaying("a file of --model"));
  EXPECT_THAT(check("blob"), FailsSaying("a file of --model"));
  EXPECT_THAT(check("model/earlier.qca"), IsOk());
  EXPECT_THAT(check("model/new.qca"), IsOk());
}

TEST_F(OutputCheckTest, AFolderToWriteMustNotHoldAnInput) {
  ASSERT_EQ(mkdir(Path("out").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(Path("out/deep").c_str(), 0755), 0);
  CommandPaths paths;
  paths.artifacts = {{"files", Write("out/deep/results.json")}};
  paths.outputs = {{"output_dir", Path("out")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(paths),
              FailsSaying("the folder of --files="));
  paths.artifacts = {{"files", Write("outside.json")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(paths), IsOk());
}

}  // namespace
}  // namespace quant_curve
