#include "lib/cli/output_check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/cli/usage_error.h"
#include "proto/checkpoint.pb.h"

ABSL_FLAG(std::string, checkpoint, "", "input");
ABSL_FLAG(std::string, output, "", "output");
ABSL_FLAG(uint32_t, parts, 1, "parts of the output");

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

// The table (lib/provenance/stages.cc) says what the flags of import and
// quantize are.
TEST_F(OutputCheckTest, PartsThatWillBeWrittenAreOutputs) {
  absl::SetFlag(&FLAGS_output, Path("model.qca"));
  absl::SetFlag(&FLAGS_parts, 1);
  EXPECT_EQ(CommandPathsOf("import").outputs.size(), 1);
  absl::SetFlag(&FLAGS_parts, 2);
  CommandPaths paths = CommandPathsOf("import");
  ASSERT_EQ(paths.outputs.size(), 3);
  EXPECT_EQ(paths.outputs[2].path, Path("model-00002-of-00002.qca"));
  paths.files = {{"model", Write("model-00002-of-00002.qca")}};
  EXPECT_THAT(CheckOutputsAreNotInputs(paths),
              FailsSaying("model-00002-of-00002.qca is also --model"));
  absl::SetFlag(&FLAGS_parts, 4000000000);
  EXPECT_EQ(CommandPathsOf("import").outputs.size(), 1);
}

TEST_F(OutputCheckTest, PartsOfAnIndexAreInputs) {
  Checkpoint index;
  StringSink sink;
  TensorFrameWriter part(CHECKPOINT, sink);
  Tensor& tensor = *index.add_tensors();
  tensor = MakeInt8("w", {1}, {1});
  ASSERT_THAT(part.Add(tensor), IsOk());
  sink.contents.clear();
  TensorFrameWriter writer(CHECKPOINT, sink);
  ASSERT_THAT(writer.Refer("part.qca", tensor), IsOk());
  ASSERT_THAT(writer.Finish(index), IsOk());
  absl::SetFlag(&FLAGS_checkpoint, Write("index.qca", sink.contents));
  Write("part.qca");
  for (const std::string name : {"part.qca", "index.qca"}) {
    absl::SetFlag(&FLAGS_output, Path(name));
    EXPECT_THAT(CheckOutputsAreNotInputs(CommandPathsOf("quantize")),
                FailsSaying(name + " is also --checkpoint"));
  }
  absl::SetFlag(&FLAGS_output, Path("part.qca"));
  EXPECT_THAT(CheckOutputsAreNotInputs(CommandPathsOf("quantize")),
              FailsSaying("(a part of " + Path("index.qca")));
  absl::SetFlag(&FLAGS_output, Path("other.qca"));
  EXPECT_THAT(CheckOutputsAreNotInputs(CommandPathsOf("quantize")), IsOk());
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
