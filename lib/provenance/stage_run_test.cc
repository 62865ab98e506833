#include "lib/provenance/stage_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/provenance/manifest.h"
#include "proto/checkpoint.pb.h"
#include "proto/corpus.pb.h"

namespace quant_curve {
namespace {

class StageRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/stage_run_XXXXXX");
    ASSERT_NE(mkdtemp(&root_[0]), nullptr);
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(root_, "/", name);
  }

  // Writes a corpus of this seed with its manifest; returns its raw digest.
  std::string WriteCorpus(const std::string& name, uint64_t seed) {
    Corpus corpus;
    corpus.set_seed(seed);
    auto run = StageRun::Begin("corpus");
    EXPECT_THAT(run, IsOk());
    EXPECT_THAT(run->WriteArtifact("output", Path(name), corpus), IsOk());
    return Sha256(ReadFile(Path(name)).value_or(""));
  }

  std::string root_;
};

TEST_F(StageRunTest, TheManifestIsAboutTheBytesAsWritten) {
  const std::string digest = WriteCorpus("a.qca", 42);
  const auto json = ReadFile(Path("a.qca.manifest.json"));
  ASSERT_THAT(json, IsOk());
  const auto statement = ManifestFromJson(*json, "m");
  ASSERT_THAT(statement, IsOk());
  ASSERT_EQ(statement->subject_size(), 1);
  const ResourceDescriptor& subject = statement->subject(0);
  EXPECT_EQ(subject.name(), "a.qca");
  EXPECT_EQ(Sha256Of(subject), HexDigest(digest));
  EXPECT_EQ(subject.annotations().kind(), "CORPUS");
  EXPECT_EQ(subject.annotations().flag(), "output");
  EXPECT_EQ(subject.annotations().size_bytes(),
            ReadFile(Path("a.qca"))->size());
  const BuildDefinition& build = statement->predicate().build_definition();
  EXPECT_EQ(build.external_parameters().artifact().at("seed"), "42");
  ASSERT_EQ(build.resolved_dependencies_size(), 2);
  EXPECT_EQ(build.resolved_dependencies(0).annotations().kind(), "TOOL");
  // The running program, which is this test.
  EXPECT_EQ(Sha256Of(build.resolved_dependencies(0)),
            HexDigest(Sha256(ReadFile("/proc/self/exe").value_or(""))));
  EXPECT_EQ(build.resolved_dependencies(1).annotations().kind(), "SCHEMA");
}

TEST_F(StageRunTest, FolderAndTimeLeaveNoTrace) {
  ASSERT_EQ(mkdir(Path("other").c_str(), 0755), 0);
  WriteCorpus("a.qca", 1);
  WriteCorpus("other/a.qca", 1);
  EXPECT_EQ(ReadFile(Path("a.qca.manifest.json")).value_or("1"),
            ReadFile(Path("other/a.qca.manifest.json")).value_or("2"));
}

TEST_F(StageRunTest, AFileFromOutsideIsADependencyByDigestAlone) {
  ASSERT_THAT(WriteFileAtomically(Path("text.txt"), "once upon"), IsOk());
  auto run = StageRun::Begin("text");
  ASSERT_THAT(run, IsOk());
  ASSERT_OK_AND_ASSIGN(
      const std::string text,
      run->ReadOutsideFile("evaluation_text", Path("text.txt")));
  EXPECT_EQ(text, "once upon");
  // What is recorded is what was read, whatever happens to the file now.
  ASSERT_THAT(WriteFileAtomically(Path("text.txt"), "changed"), IsOk());
  ASSERT_THAT(run->WriteArtifact("output", Path("a.qca"), Corpus()), IsOk());
  const auto json = ReadFile(Path("a.qca.manifest.json"));
  ASSERT_THAT(json, IsOk());
  ASSERT_OK_AND_ASSIGN(const Statement statement, ManifestFromJson(*json, "m"));
  const ResourceDescriptor& file =
      statement.predicate().build_definition().resolved_dependencies(0);
  EXPECT_EQ(file.name(), "text.txt");
  EXPECT_EQ(file.annotations().kind(), "FILE");
  EXPECT_EQ(file.annotations().flag(), "evaluation_text");
  EXPECT_EQ(Sha256Of(file), HexDigest(Sha256("once upon")));
}

TEST_F(StageRunTest, AnInputAndItsManifestBecomeDependencies) {
  const std::string digest = WriteCorpus("a.qca", 1);
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  ASSERT_THAT(run->AddInput("corpus", Path("a.qca"), digest), IsOk());
  run->SetFlag("seed", "7");
  ASSERT_THAT(run->WriteFile("output", Path("b.txt"), "text", {"README"}),
              IsOk());
  const auto statement =
      ManifestFromJson(ReadFile(Path("b.txt.manifest.json")).value_or(""), "m");
  ASSERT_THAT(statement, IsOk());
  const BuildDefinition& build = statement->predicate().build_definition();
  EXPECT_EQ(build.external_parameters().flags().at("seed"), "7");
  ASSERT_EQ(build.resolved_dependencies_size(), 3);
  const ResourceDescriptor& input = build.resolved_dependencies(0);
  EXPECT_EQ(input.name(), "a.qca");
  EXPECT_EQ(input.annotations().kind(), "CORPUS");
  EXPECT_EQ(input.annotations().flag(), "corpus");
  EXPECT_EQ(Sha256Of(input), HexDigest(digest));
  const ResourceDescriptor& manifest = build.resolved_dependencies(1);
  EXPECT_EQ(manifest.name(), "a.qca.manifest.json");
  EXPECT_EQ(
      Sha256Of(manifest),
      HexDigest(Sha256(ReadFile(Path("a.qca.manifest.json")).value_or(""))));
}

// The reader swaps the file right after it has read it.
TEST_F(StageRunTest, TheDigestRecordedIsOfTheBytesThatWereParsed) {
  const std::string digest = WriteCorpus("a.qca", 1);
  WriteCorpus("b.qca", 2);
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  const auto swapping_reader = [this](const std::string& path) {
    absl::StatusOr<Artifact<Corpus>> corpus = ReadArtifact<Corpus>(path);
    EXPECT_EQ(rename(Path("b.qca").c_str(), path.c_str()), 0);
    return corpus;
  };
  ASSERT_OK_AND_ASSIGN(const Artifact<Corpus> read,
                       run->Read("corpus", Path("a.qca"), swapping_reader));
  EXPECT_EQ(read.message.seed(), 1);
  ASSERT_THAT(run->WriteFile("output", Path("c"), "text", {"README"}), IsOk());
  const auto statement =
      ManifestFromJson(ReadFile(Path("c.manifest.json")).value_or(""), "m");
  ASSERT_THAT(statement, IsOk());
  EXPECT_EQ(
      Sha256Of(
          statement->predicate().build_definition().resolved_dependencies(0)),
      HexDigest(digest));
}

TEST_F(StageRunTest, AnInputWithoutItsManifestIsRefused) {
  const std::string digest = WriteCorpus("a.qca", 1);
  ASSERT_EQ(unlink(Path("a.qca.manifest.json").c_str()), 0);
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  EXPECT_THAT(run->AddInput("corpus", Path("a.qca"), digest),
              FailsSaying("no manifest a.qca.manifest.json"));
}

TEST_F(StageRunTest, AManifestOfAnotherRunIsRefusedNamingBoth) {
  WriteCorpus("a.qca", 1);
  const std::string other = WriteCorpus("b.qca", 2);
  ASSERT_EQ(rename(Path("b.qca").c_str(), Path("a.qca").c_str()), 0);
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  const absl::Status status = run->AddInput("corpus", Path("a.qca"), other);
  EXPECT_THAT(status, FailsSaying("a.qca.manifest.json: is about other bytes: "
                                  "it names SHA-256 "));
  EXPECT_THAT(status, FailsSaying(HexDigest(other)));
}

TEST_F(StageRunTest, ContentsAreOnlyOfArtifactsWithTensors) {
  const std::string digest = WriteCorpus("a.qca", 1);
  const std::string path = Path("a.qca.manifest.json");
  ASSERT_OK_AND_ASSIGN(Statement statement,
                       ManifestFromJson(ReadFile(path).value_or(""), "m"));
  statement.mutable_subject(0)->mutable_annotations()->set_contents_sha256(
      HexDigest(digest));
  ASSERT_OK_AND_ASSIGN(const std::string json, ManifestToJson(statement));
  ASSERT_THAT(WriteFileAtomically(path, json), IsOk());
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  EXPECT_THAT(run->AddInput("corpus", Path("a.qca"), digest),
              FailsSaying("a.qca.manifest.json: names contents of a CORPUS"));
}

// The digests and values that were computed before may be of either state.
TEST_F(StageRunTest, AnInputThatIsWrittenInPlaceAfterReadingIsRefused) {
  Checkpoint checkpoint;
  *checkpoint.add_tensors() = MakeFloat32("w", {2}, {1.0f, 2.0f});
  auto wrote = StageRun::Begin("train");
  ASSERT_THAT(wrote, IsOk());
  ASSERT_THAT(wrote->WriteArtifact("output", Path("a.qca"), checkpoint),
              IsOk());
  auto run = StageRun::Begin("quantize");
  ASSERT_THAT(run, IsOk());
  ASSERT_THAT(run->Read("checkpoint", Path("a.qca"), ReadArtifact<Checkpoint>),
              IsOk());
  ASSERT_THAT(run->WriteFile("output", Path("b"), "text", {"README"}), IsOk());
  usleep(20000);  // the file system's clock goes on
  const int fd = open(Path("a.qca").c_str(), O_WRONLY);
  ASSERT_EQ(pwrite(fd, "x", 1, 64), 1);
  close(fd);
  EXPECT_THAT(
      run->WriteFile("output", Path("c"), "text", {"README"}),
      StatusIs(absl::StatusCode::kAborted,
               ::testing::HasSubstr("a.qca: changed while it was read")));
  EXPECT_FALSE(ReadFile(Path("c")).ok());
  EXPECT_FALSE(ReadFile(Path("c.manifest.json")).ok());
}

TEST_F(StageRunTest, OutputsThatAreWrittenTogetherAppearTogetherOrNotAtAll) {
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  const auto write_both = [&](const std::string& second) {
    return run->WriteTogether([&]() -> absl::Status {
      RETURN_IF_ERROR(run->WriteFile("output", Path("first"), "1", {"README"}));
      EXPECT_FALSE(ReadFile(Path("first")).ok());
      return run->WriteFile("output", second, "2", {"README"});
    });
  };
  EXPECT_THAT(write_both(Path("no/second")), FailsSaying("no/second"));
  EXPECT_FALSE(ReadFile(Path("first")).ok());
  EXPECT_THAT(write_both(Path("second")), IsOk());
  for (const char* name :
       {"first", "first.manifest.json", "second", "second.manifest.json"}) {
    EXPECT_TRUE(ReadFile(Path(name)).ok()) << name;
  }
  // And the next one is written at once again.
  EXPECT_THAT(run->WriteFile("output", Path("third"), "3", {"README"}), IsOk());
  EXPECT_EQ(ReadFile(Path("third")).value_or(""), "3");
}

TEST_F(StageRunTest, AFailureInBetweenWritesNone) {
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  EXPECT_THAT(run->WriteTogether([&]() -> absl::Status {
    RETURN_IF_ERROR(run->WriteFile("output", Path("x"), "1", {"README"}));
    return absl::InternalError("no second one");
  }),
              FailsSaying("no second one"));
  EXPECT_FALSE(ReadFile(Path("x")).ok());
}

TEST_F(StageRunTest, NothingIsWrittenWhereTheFileCannotBe) {
  auto run = StageRun::Begin("train");
  ASSERT_THAT(run, IsOk());
  EXPECT_THAT(run->WriteFile("output", Path("no/b"), "text", {"README"}),
              FailsSaying("no/b"));
  EXPECT_FALSE(ReadFile(Path("no/b.manifest.json")).ok());
}

}  // namespace
}  // namespace quant_curve
