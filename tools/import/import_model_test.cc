#include "tools/import/import_model.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/test_inputs.h"
#include "tools/import/test_tokenizer_json.h"

namespace quant_curve {
namespace {

// Version 0: width 4, MLP of 4, one layer, two heads that share keys, three
// tokens, four positions. 12 + 4 + 16 + 8 + 8 + 16 + 4 + 48 + 4 + 8 floats.
std::string WriteLlama2c() {
  const std::string path = MakeTestFolder() + "/model.bin";
  WriteTestFile(path,
                absl::StrCat(BytesOf(std::vector<int32_t>{4, 4, 1, 2, 1, 3, 4}),
                             BytesOf(std::vector<float>(128, 0.5f))));
  return path;
}

std::vector<std::string> Paths(const std::vector<ImportedFile>& files) {
  std::vector<std::string> paths;
  for (const ImportedFile& file : files) paths.push_back(file.path);
  return paths;
}

TEST(ImportModelTest, WithoutTokenizerTheTokensHaveNoText) {
  const std::string path = WriteLlama2c();
  ASSERT_OK_AND_ASSIGN(const ImportedModel model,
                       ImportModel(path, kNoTokenizer));
  EXPECT_EQ(model.tokenizer.tokens_size(), 3);
  EXPECT_EQ(model.tokenizer.bos_id(), 1);
  EXPECT_EQ(model.tokenizer.eos_id(), 2);
  EXPECT_EQ(model.checkpoint.tokenizer_sha256(),
            BpeTokenizerSha256(model.tokenizer));
  EXPECT_EQ(Paths(model.model_files), std::vector<std::string>{path});
  EXPECT_TRUE(model.tokenizer_files.empty());
  // Not trained here: any text is good for it.
  EXPECT_TRUE(model.checkpoint.corpus_sha256().empty());
  EXPECT_FALSE(model.checkpoint.has_training());
}

TEST(ImportModelTest, AFileOfLlama2cNeedsItsTokenizerNamed) {
  EXPECT_THAT(ImportModel(WriteLlama2c(), ""),
              FailsSaying("name that tokenizer.bin with --tokenizer"));
}

TEST(ImportModelTest, WhatIsNoModelIsToldApart) {
  const std::string folder = MakeTestFolder();
  EXPECT_THAT(ImportModel(folder + "/none", ""),
              FailsSaying("/none: not found: --model names the folder"));
  const std::string path = folder + "/model.gguf";
  WriteTestFile(path, "GGUF\3\1\1\1");
  EXPECT_THAT(ImportModel(path, ""),
              FailsSaying(path + ": version 16843011 of GGUF"));
  WriteTestFile(path, "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT(ImportModel(path, ""), FailsSaying("is a Git LFS pointer"));
  WriteTestFile(folder + "/model.safetensors", "12345678{}");
  EXPECT_THAT(ImportModel(folder + "/model.safetensors", ""),
              FailsSaying("is one file of a Hugging Face model: name its "
                          "folder instead"));
  WriteTestFile(folder + "/story.txt", std::string(100, 'a'));
  EXPECT_THAT(ImportModel(folder + "/story.txt", ""),
              FailsSaying("story.txt: not a file of llama2.c: "));
}

// Vocabulary of 266, width 2, one layer and head, four positions, MLP of 2:
// 532 + 8 values around the blocks with both norms' 4, and 54 in the block.
std::string WriteGpt2(const Json& config_patch) {
  const std::string folder = MakeTestFolder();
  Json config = *ParseJson(R"({
    "architectures": ["GPT2LMHeadModel"], "n_embd": 2, "n_layer": 1,
    "n_head": 1, "n_positions": 4, "n_inner": 2, "vocab_size": 266,
    "bos_token_id": 1, "eos_token_id": 2})",
                           "config");
  config.merge_patch(config_patch);
  WriteTestFile(folder + "/config.json", config.dump());
  WriteTestFile(folder + "/tokenizer.json", SentencePieceJson().dump());
  Json header;
  uint64_t end = 0;
  const auto add = [&](const std::string& name, std::vector<uint64_t> shape) {
    uint64_t bytes = sizeof(float);
    for (const uint64_t extent : shape) bytes *= extent;
    header[name] = {{"dtype", "F32"},
                    {"shape", shape},
                    {"data_offsets", {end, end + bytes}}};
    end += bytes;
  };
  add("wte.weight", {266, 2});
  add("wpe.weight", {4, 2});
  add("h.0.attn.c_attn.weight", {2, 6});
  add("h.0.attn.c_attn.bias", {6});
  for (const std::string part :
       {"h.0.attn.c_proj", "h.0.mlp.c_fc", "h.0.mlp.c_proj"}) {
    add(part + ".weight", {2, 2});
    add(part + ".bias", {2});
  }
  for (const std::string norm : {"h.0.ln_1", "h.0.ln_2", "ln_f"}) {
    add(norm + ".weight", {2});
    add(norm + ".bias", {2});
  }
  WriteTestFile(folder + "/model.safetensors",
                SafetensorsBytes(header.dump(), std::string(end, '\0')));
  return folder;
}

TEST(ImportModelTest, AFoldersFilesAreReadAndTold) {
  const std::string folder = WriteGpt2(Json::object());
  WriteTestFile(folder + "/generation_config.json", R"({"bos_token_id": 1})");
  WriteTestFile(folder + "/tokenizer_config.json", R"({"bos_token": "<s>"})");
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, ImportModel(folder, ""));
  EXPECT_EQ(model.tokenizer.bos_id(), 1);
  EXPECT_EQ(model.tokenizer.eos_id(), 2);
  EXPECT_EQ(Paths(model.model_files),
            (std::vector<std::string>{folder + "/config.json",
                                      folder + "/generation_config.json",
                                      folder + "/model.safetensors"}));
  EXPECT_EQ(model.model_files[1].sha256, Sha256(R"({"bos_token_id": 1})"));
  EXPECT_EQ(Paths(model.tokenizer_files),
            (std::vector<std::string>{folder + "/tokenizer.json",
                                      folder + "/tokenizer_config.json"}));
}

TEST(ImportModelTest, FilesThatNameOtherBeginTokensAreRefused) {
  const std::string folder = WriteGpt2(Json::object());
  WriteTestFile(folder + "/generation_config.json", R"({"bos_token_id": 2})");
  EXPECT_THAT(ImportModel(folder, ""),
              FailsSaying("generation_config.json: bos_token_id is 2: they"));
  EXPECT_THAT(ImportModel(folder, kNoTokenizer),
              FailsSaying("config.json: bos_token_id is 1, but "));
}

TEST(ImportModelTest, AModelMayHaveNoBeginToken) {
  const std::string folder = WriteGpt2({{"bos_token_id", nullptr}});
  // The template of tokenizer.json says "<s>".
  EXPECT_THAT(ImportModel(folder, ""), IsOk());
  Json tokenizer = SentencePieceJson();
  tokenizer["post_processor"] = nullptr;
  WriteTestFile(folder + "/tokenizer.json", tokenizer.dump());
  for (const char* path : {"", kNoTokenizer}) {
    ASSERT_OK_AND_ASSIGN(const ImportedModel model, ImportModel(folder, path));
    EXPECT_FALSE(model.tokenizer.has_bos_id());
    EXPECT_THAT(model.note, ::testing::StartsWith(
                                folder + ": no begin token: documents start"));
  }
}

// Qwen's config.json names a token that nothing puts before a text.
TEST(ImportModelTest, ANullBeginTokenOutweighsAnId) {
  const std::string folder = WriteGpt2({{"bos_token_id", 1}});
  Json tokenizer = SentencePieceJson();
  tokenizer["post_processor"] = nullptr;
  WriteTestFile(folder + "/tokenizer.json", tokenizer.dump());
  WriteTestFile(folder + "/tokenizer_config.json", R"({"bos_token": null})");
  ASSERT_OK_AND_ASSIGN(ImportedModel model, ImportModel(folder, ""));
  EXPECT_FALSE(model.tokenizer.has_bos_id());
  // Unless a file names it by its text.
  WriteTestFile(folder + "/special_tokens_map.json", R"({"bos_token": "<s>"})");
  ASSERT_OK_AND_ASSIGN(model, ImportModel(folder, ""));
  EXPECT_EQ(model.tokenizer.bos_id(), 1);
}

// The model has rows for the 266 tokens before it.
TEST(ImportModelTest, AddedTokensWithoutRowAreLeftOut) {
  const std::string folder = WriteGpt2(Json::object());
  Json tokenizer = SentencePieceJson();
  tokenizer["added_tokens"].push_back(AddedToken(266, "<image>", true));
  tokenizer["added_tokens"][4]["rstrip"] = true;
  WriteTestFile(folder + "/tokenizer.json", tokenizer.dump());
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, ImportModel(folder, ""));
  EXPECT_EQ(model.tokenizer.tokens_size(), 266);
  EXPECT_EQ(model.tokenizer.types_size(), 266);
  EXPECT_TRUE(model.tokenizer.rstrip_ids().empty());
  EXPECT_EQ(model.note,
            folder +
                "/tokenizer.json: left out 1 added tokens from id 266, "
                "'<image>', on: the model has no row for them, and in a "
                "text they are ordinary text");
}

TEST(ImportModelTest, ATokenizerWithMoreTokensThanRowsIsRefused) {
  EXPECT_THAT(
      ImportModel(WriteGpt2({{"vocab_size", 264}}), ""),
      FailsSaying("the tokenizer has 266 tokens, the model's vocab_size "
                  "is 264: they belong to different models"));
}

TEST(ImportModelTest, AnAdapterIsRefused) {
  const std::string folder = WriteGpt2(Json::object());
  WriteTestFile(folder + "/adapter_config.json", "{}");
  EXPECT_THAT(ImportModel(folder, ""),
              FailsSaying("adapter_config.json: the model has an adapter"));
}

TEST(ImportModelTest, AFolderWithoutConfigIsRefused) {
  const std::string folder = MakeTestFolder();
  EXPECT_THAT(ImportModel(folder, ""), FailsSaying(folder + "/config.json"));
}

TEST(ImportModelTest, AMissingModelIsNamed) {
  EXPECT_THAT(ImportModel("/no/model.bin", kNoTokenizer),
              FailsSaying("/no/model.bin"));
}

}  // namespace
}  // namespace quant_curve
