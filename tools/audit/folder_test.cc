#include "tools/audit/folder.h"

#include <stdlib.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/fake_experiment.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/folder_XXXXXX");
    ASSERT_NE(mkdtemp(&root_[0]), nullptr);
  }

  void Write(const std::string& name, const std::string& contents) {
    const std::string path = absl::StrCat(root_, "/", name);
    fs::create_directories(fs::path(path).parent_path());
    ASSERT_THAT(WriteFileAtomically(path, contents), IsOk());
  }

  std::string root_;
};

TEST_F(FolderTest, FilesHaveTheirPathsInTheFolder) {
  Write("a.png", "1");
  Write("artifacts/b.qca", "2");
  ASSERT_OK_AND_ASSIGN(const Evidence evidence, ReadFolder(root_));
  EXPECT_EQ(evidence.files().size(), 2);
  EXPECT_EQ(evidence.Find("artifacts/b.qca")->bytes(), "2");
}

TEST_F(FolderTest, LinksEmptyAndMissingFoldersAreRefused) {
  EXPECT_THAT(ReadFolder(root_), FailsSaying("empty folder"));
  EXPECT_THAT(ReadFolder(root_ + "/none"), FailsSaying("cannot read"));
  fs::create_symlink("/etc/passwd", root_ + "/link");
  EXPECT_THAT(ReadFolder(root_), FailsSaying("not a regular file"));
}

TEST_F(FolderTest, ArtifactsAreFoundByDigestNotByName) {
  const Evidence complete = FakeExperiment().Publish();
  Evidence evidence = FakeExperiment().Publish(/*complete=*/false);
  Findings findings;
  const Chain chain = BuildChain(complete, findings);
  const Chain seen = BuildChain(evidence, findings);
  for (const Stage& stage : chain.stages) {
    const std::string& name = stage.subject().name();
    if (name == "model.qca") Write("deep/other_name", stage.file->bytes());
    if (name == "fp32.qca") {
      std::string changed = stage.file->bytes();
      changed[40] ^= 1;
      Write("fp32.qca", changed);
    }
  }
  ASSERT_THAT(FindArtifacts({root_}, seen, evidence), IsOk());
  for (const Stage& stage : BuildChain(evidence, findings).stages) {
    if (stage.published) continue;
    EXPECT_EQ(stage.file != nullptr, stage.path == "model.qca") << stage.path;
  }
  EXPECT_THAT(FindArtifacts({root_ + "/none"}, seen, evidence),
              FailsSaying("--artifacts"));
}

// Sparse files of a terabyte: reading one would take longer than any test.
TEST_F(FolderTest, OnlyWhatCanBeRightIsRead) {
  Write("README.md", "x");
  Write("artifacts/a.qca", "x");
  Write("provenance/a.qca.manifest.json", "x");
  Write("orphan", "x");
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (entry.is_regular_file()) fs::resize_file(entry, uint64_t{1} << 40);
  }
  ASSERT_OK_AND_ASSIGN(const Evidence evidence, ReadFolder(root_));
  EXPECT_EQ(evidence.files().size(), 4);
  const EvidenceFile& manifest =
      *evidence.Find("provenance/a.qca.manifest.json");
  EXPECT_FALSE(manifest.manifest_status().ok());
  ResourceDescriptor readme =
      Describe("README.md", std::string(32, 'x'), "README");
  EXPECT_THAT(CheckBytes(*evidence.Find("README.md"), readme),
              FailsSaying("size: has 1099511627776 bytes, its manifest is "
                          "about 0"));
  readme.mutable_annotations()->set_size_bytes(uint64_t{1} << 40);
  EXPECT_THAT(CheckBytes(*evidence.Find("README.md"), readme),
              FailsSaying("a README has at most 67108864"));
  ResourceDescriptor artifact =
      Describe("a.qca", std::string(32, 'x'), "MEASUREMENT");
  artifact.mutable_annotations()->set_size_bytes(uint64_t{1} << 40);
  EXPECT_THAT(CheckBytes(*evidence.Find("artifacts/a.qca"), artifact),
              FailsSaying("wrong magic bytes"));
  EXPECT_THAT(evidence.Find("orphan")->Read(), FailsSaying("has at most"));
}

TEST_F(FolderTest, FilesAreReadWhenTheyAreAskedFor) {
  Write("a.png", "abc");
  ASSERT_OK_AND_ASSIGN(const Evidence evidence, ReadFolder(root_));
  const EvidenceFile& file = *evidence.Find("a.png");
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(file.sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(file.bytes(), "abc");
  Write("a.png", "abd");
  EXPECT_THAT(file.Read(), FailsSaying("was changed while it was audited"));
  EXPECT_THAT(file.CopyTo(root_ + "/copy"), FailsSaying("was changed"));
  fs::remove(root_ + "/a.png");
  fs::create_symlink("/etc/hostname", root_ + "/a.png");
  EXPECT_THAT(HashFile(root_ + "/a.png", /*follow_links=*/false),
              FailsSaying("cannot open"));
}

TEST_F(FolderTest, OnlyToolsThatAreThereHaveADigest) {
  const Evidence evidence = FakeExperiment().Publish();
  Findings findings;
  Write("train/train", "abc");
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(DigestsNow(BuildChain(evidence, findings), root_, "/none"),
            (ToolDigests{{"train",
                          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410"
                          "ff61f20015ad"}}));
}

}  // namespace
}  // namespace quant_curve
