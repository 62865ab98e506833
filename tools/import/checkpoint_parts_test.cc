#include "tools/import/checkpoint_parts.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/artifact/write_artifact.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/provenance/manifest.h"
#include "tools/import/build_checkpoint.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// Three blocks of width 4, with a head of its own.
ModelConfig Config() {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(5);
  config.set_d_model(4);
  config.set_num_layers(3);
  config.set_num_heads(2);
  config.set_d_ff(6);
  config.set_context_length(8);
  config.set_layer_norm_epsilon(1e-5f);
  return config;
}

// A value of its own for each element.
absl::StatusOr<Checkpoint> Build(CheckpointSink keep) {
  float next = 0;
  const auto read = [&](const TensorSpec& spec) -> absl::StatusOr<Tensor> {
    std::vector<float> values(*NumElements(spec.shape));
    for (float& value : values) value = ++next;
    return MakeFloat32(spec.name, spec.shape, values);
  };
  absl::StatusOr<Checkpoint> checkpoint =
      BuildCheckpoint(Config(), read, keep, IgnoreProgress);
  if (checkpoint.ok()) checkpoint->set_tokenizer_sha256(std::string(32, 't'));
  return checkpoint;
}

class CheckpointPartsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(::testing::TempDir(), "/parts_XXXXXX");
    ASSERT_NE(mkdtemp(&folder_[0]), nullptr);
    ASSERT_OK_AND_ASSIGN(whole_, Build(KeepInCheckpoint));
    ASSERT_THAT(WriteArtifact(Path("whole.qca"), whole_), IsOk());
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_, "/", name);
  }

  absl::Status Write(const std::string& name, uint32_t count) {
    ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("import"));
    return run.WriteTogether([&]() -> absl::Status {
      ASSIGN_OR_RETURN(CheckpointParts parts,
                       CheckpointParts::Begin(Path(name), count));
      ASSIGN_OR_RETURN(Checkpoint checkpoint,
                       Build([&](const ModelConfig& config, Tensor& tensor) {
                         return parts.Add(config, tensor);
                       }));
      return parts.Finish("output", checkpoint, run);
    });
  }

  std::string folder_;
  Checkpoint whole_;
};

TEST_F(CheckpointPartsTest, AnIndexReadsAsTheWholeForAnyNumberOfParts) {
  ASSERT_OK_AND_ASSIGN(const auto whole, ReadCheckpoint(Path("whole.qca")));
  for (const uint32_t count : {1, 2, 3, 4, 7}) {
    const std::string name = absl::StrCat("in_", count, ".qca");
    ASSERT_THAT(Write(name, count), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto index, ReadCheckpoint(Path(name)));
    EXPECT_EQ(index.sha256, whole.sha256) << count;
    ASSERT_OK_AND_ASSIGN(const Checkpoint loaded, InMemory(index));
    EXPECT_EQ(loaded.SerializeAsString(), whole_.SerializeAsString()) << count;
  }
}

// Blocks [0, 1) and [1, 3) of 3: 3 / 2 is 1.
TEST_F(CheckpointPartsTest, EachPartHoldsItsBlocks) {
  ASSERT_THAT(Write("model.qca", 2), IsOk());
  std::vector<std::vector<std::string>> names(2);
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto part,
                         ReadArtifact<Checkpoint>(Path(absl::StrCat(
                             "model-0000", i + 1, "-of-00002.qca"))));
    EXPECT_EQ(part.message.part().index(), i);
    EXPECT_EQ(part.message.part().count(), 2);
    for (const Tensor& tensor : part.message.tensors()) {
      EXPECT_TRUE(tensor.file().empty());
      EXPECT_THAT(part.payload.View(tensor), IsOk());
      names[i].push_back(tensor.name());
    }
  }
  ASSERT_EQ(names[0].size(), 1 + 9);
  EXPECT_EQ(names[0].front(), "wte.weight");
  EXPECT_EQ(names[0].back(), "h.0.mlp.down_proj.weight");
  ASSERT_EQ(names[1].size(), 2 * 9 + 1);
  EXPECT_EQ(names[1].front(), "h.1.ln_1.weight");
  EXPECT_EQ(names[1].back(), "lm_head.weight");
}

// The final norm of width 4; Llama has no positions.
TEST_F(CheckpointPartsTest, TheIndexHoldsWhatEveryPartNeeds) {
  ASSERT_THAT(Write("model.qca", 3), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> paths,
                       PartPathsOf(Path("model.qca")));
  EXPECT_THAT(paths, ElementsAre(Path("model-00001-of-00003.qca"),
                                 Path("model-00002-of-00003.qca"),
                                 Path("model-00003-of-00003.qca")));
  ASSERT_OK_AND_ASSIGN(const std::string index, ReadFile(Path("model.qca")));
  ASSERT_OK_AND_ASSIGN(const absl::string_view footer,
                       TensorFrameFooter(index, CHECKPOINT, Path("model.qca")));
  EXPECT_EQ(footer.data() - index.data(), 512);
  ASSERT_OK_AND_ASSIGN(const auto read, ReadCheckpoint(Path("model.qca")));
  for (const Tensor& tensor : read.message.tensors()) {
    EXPECT_EQ(tensor.file().empty(), tensor.name() == "ln_f.weight");
  }
}

TEST_F(CheckpointPartsTest, EachFileHasAManifest) {
  ASSERT_THAT(Write("model.qca", 2), IsOk());
  for (const std::string name :
       {"model.qca", "model-00001-of-00002.qca", "model-00002-of-00002.qca"}) {
    ASSERT_OK_AND_ASSIGN(const std::string json,
                         ReadFile(ManifestPath(Path(name))));
    ASSERT_OK_AND_ASSIGN(const Statement statement,
                         ManifestFromJson(json, name));
    ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFile(Path(name)));
    EXPECT_EQ(statement.subject(0).name(), name);
    EXPECT_EQ(Sha256Of(statement.subject(0)), HexDigest(Sha256(bytes)));
  }
}

TEST_F(CheckpointPartsTest, APartIsNotReadAsACheckpoint) {
  ASSERT_THAT(Write("model.qca", 2), IsOk());
  EXPECT_THAT(ReadCheckpoint(Path("model-00002-of-00002.qca")),
              FailsSaying("model-00002-of-00002.qca: is part 1 of 2 (counted "
                          "from 0) of a checkpoint; give the index of the "
                          "parts"));
}

TEST_F(CheckpointPartsTest, AFailureLeavesNothing) {
  ASSERT_OK_AND_ASSIGN(StageRun run, StageRun::Begin("import"));
  const absl::Status status = run.WriteTogether([&]() -> absl::Status {
    ASSIGN_OR_RETURN(CheckpointParts parts,
                     CheckpointParts::Begin(Path("model.qca"), 2));
    return Build([&](const ModelConfig& config, Tensor& tensor) {
             return tensor.name() == "lm_head.weight"
                        ? absl::UnavailableError("no more")
                        : parts.Add(config, tensor);
           })
        .status();
  });
  EXPECT_THAT(status, FailsSaying("no more"));
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    left.push_back(entry.path().filename());
  }
  EXPECT_THAT(left, ElementsAre("whole.qca"));
}

}  // namespace
}  // namespace quant_curve
