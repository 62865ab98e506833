#include "tools/benchmark/model_group.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/quantization/scheme.h"
#include "tools/benchmark/random_model.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {
namespace {

std::string WriteModel(const std::string& file, const std::string& scheme,
                       const ModelConfig& config) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", file);
  const absl::StatusOr<QuantizedModel> model =
      RandomModel(config, ResolveScheme(scheme).value(), 1);
  EXPECT_THAT(WriteArtifact(path, model.value()), IsOk());
  return path;
}

ModelConfig MiniGpt() { return ShapeByName("minigpt").value(); }

TEST(ReadGroupTest, HoldsTheSchemesInTheOrderOfTheFiles) {
  const std::vector<std::string> paths = {
      WriteModel("a.qca", "int8_per_channel", MiniGpt()),
      WriteModel("b.qca", "fp32", MiniGpt())};
  ASSERT_OK_AND_ASSIGN(const ModelGroup group, ReadGroup("mine", paths));
  EXPECT_EQ(group.name, "mine");
  ASSERT_EQ(group.schemes.size(), 2);
  EXPECT_EQ(group.schemes[1].name(), "fp32");
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<const LoadedModel> model,
                       group.loaders[1]());
  EXPECT_EQ(model->scheme.name(), "fp32");
  EXPECT_EQ(model->bytes.total(), 414720);
  EXPECT_EQ(model->model.blocks.size(), 2);
}

TEST(ReadGroupTest, RefusesModelsOfDifferentShapes) {
  ModelConfig wider = MiniGpt();
  wider.set_d_ff(128);
  EXPECT_THAT(ReadGroup("m", {WriteModel("a.qca", "fp32", MiniGpt()),
                              WriteModel("b.qca", "fp16", wider)}),
              FailsSaying("b.qca: a model of another shape than"));
}

TEST(ReadGroupTest, RefusesASchemeTwice) {
  const std::string path = WriteModel("a.qca", "fp32", MiniGpt());
  EXPECT_THAT(ReadGroup("m", {path, path}),
              FailsSaying("scheme 'fp32' is already among --models"));
}

TEST(ReadGroupTest, SequencesStayWithinTheContext) {
  ModelConfig config = MiniGpt();
  for (const auto& [context, tokens] :
       {std::pair<int, int>{63, 63}, {65, 64}}) {
    config.set_context_length(context);
    ASSERT_OK_AND_ASSIGN(const ModelGroup group,
                         ReadGroup("m", {WriteModel("a.qca", "fp32", config)}));
    EXPECT_EQ(group.sequence_tokens, tokens);
  }
}

TEST(RandomGroupTest, SmallModelsAreKept) {
  ASSERT_OK_AND_ASSIGN(const Scheme fp16, ResolveScheme("fp16"));
  ASSERT_OK_AND_ASSIGN(const ModelGroup group, RandomGroup("minigpt", {fp16}));
  EXPECT_EQ(group.loaders[0]().value(), group.loaders[0]().value());
}

TEST(RandomGroupTest, LargeModelsAreNotMadeBeforeTheirTurn) {
  ASSERT_OK_AND_ASSIGN(const Scheme fp16, ResolveScheme("fp16"));
  // 494 MB as float32.
  ASSERT_OK_AND_ASSIGN(const ModelGroup group,
                       RandomGroup("gpt2_small", {fp16}));
  EXPECT_EQ(group.schemes[0].name(), "fp16");
  EXPECT_EQ(group.loaders.size(), 1);
}

TEST(RandomGroupTest, RefusesAnUnknownShape) {
  EXPECT_THAT(RandomGroup("2m", {}), FailsSaying("no shape '2m'"));
}

}  // namespace
}  // namespace quant_curve
