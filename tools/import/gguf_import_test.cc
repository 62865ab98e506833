#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/checkpoint.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/gguf_config.h"
#include "tools/import/gguf_file.h"
#include "tools/import/import_model.h"
#include "tools/import/test_gguf.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::string Write(const TestGguf& file) {
  const std::string path = MakeTestFolder() + "/model.gguf";
  WriteTestFile(path, file.Bytes());
  return path;
}

absl::StatusOr<ImportedModel> Import(const TestGguf& file) {
  return ImportModel(Write(file), "");
}

absl::StatusOr<ModelConfig> Config(const TestGguf& test) {
  const absl::StatusOr<GgufFile> file = GgufFile::Open(Write(test));
  if (!file.ok()) return file.status();
  return ReadGgufConfig(*file);
}

std::vector<float> ValuesOf(const ImportedModel& model,
                            const std::string& name) {
  for (const Tensor& tensor : model.checkpoint.tensors()) {
    if (tensor.name() == name) return *ReadFloats(tensor);
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

TEST(GgufImportTest, SizesAreThoseOfTheMetadata) {
  ASSERT_OK_AND_ASSIGN(const ModelConfig config, Config(TinyLlamaGguf()));
  EXPECT_EQ(config.vocab_size(), 8);
  EXPECT_EQ(config.d_model(), 4);
  EXPECT_EQ(config.num_layers(), 1);
  EXPECT_EQ(config.d_ff(), 2);
  EXPECT_EQ(config.context_length(), 8);
  EXPECT_EQ(config.layer_norm_epsilon(), 0.5f);
  EXPECT_EQ(config.rope_theta(), 10000);
  EXPECT_FALSE(config.tied_embeddings());
  EXPECT_FALSE(config.qkv_bias());
}

TEST(GgufImportTest, ALlamasRotaryRowsChangePlaces) {
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(TinyLlamaGguf()));
  // The file's rows begin with 37, 41, 45, 49; pairs are (0, 1) and (2, 3)
  // there, (0, 2) and (1, 3) here.
  EXPECT_THAT(ValuesOf(model, "h.0.attn.q_proj.weight"),
              ElementsAre(37, 38, 39, 40, 45, 46, 47, 48, 41, 42, 43, 44, 49,
                          50, 51, 52));
  EXPECT_THAT(ValuesOf(model, "h.0.attn.v_proj.weight"),
              ElementsAre(69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81,
                          82, 83, 84));
  EXPECT_TRUE(ValidateCheckpoint(model.checkpoint).ok());
}

TEST(GgufImportTest, AQwens2RotaryRowsStay) {
  const TestGguf file = TinyLlamaGgufAs("qwen2");
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  const std::vector<float> q = ValuesOf(model, "h.0.attn.q_proj.weight");
  for (int i = 0; i < 16; ++i) EXPECT_EQ(q[i], 37 + i);
}

TEST(GgufImportTest, GraniteTurnsNeighboursAndSaysItsFactors) {
  TestGguf file = TinyLlamaGgufAs("granite");
  file.Set("granite.attention.scale", GgufFloat32(0.25f));
  file.Set("granite.embedding_scale", GgufFloat32(12));
  file.Set("granite.residual_scale", GgufFloat32(0.5f));
  file.Set("granite.logit_scale", GgufFloat32(8));
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  const ModelConfig& config = model.checkpoint.config();
  EXPECT_EQ(config.attention_scale(), 0.25f);
  EXPECT_EQ(config.embedding_multiplier(), 12);
  EXPECT_EQ(config.residual_multiplier(), 0.5f);
  EXPECT_EQ(config.logits_divisor(), 8);
  EXPECT_EQ(ValuesOf(model, "h.0.attn.q_proj.weight")[4], 45);
}

// The file's attn_norm is 33, 34, 35, 36.
TEST(GgufImportTest, GemmasNormsAreStoredWithOneAdded) {
  TestGguf file = TinyLlamaGgufAs("gemma");
  file.RemoveTensor("output.weight");
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  EXPECT_THAT(ValuesOf(model, "h.0.ln_1.weight"), ElementsAre(32, 33, 34, 35));
  EXPECT_EQ(model.checkpoint.config().embedding_multiplier(), 2);
  EXPECT_TRUE(model.checkpoint.config().tied_embeddings());
  EXPECT_TRUE(ValidateCheckpoint(model.checkpoint).ok());
}

TEST(GgufImportTest, Gemma3sWindowsAndNormsAreRead) {
  TestGguf file = TinyGemma3Gguf();
  file.Set("gemma3.rope.freq_base_swa", GgufFloat32(500));
  file.Set("gemma3.final_logit_softcapping", GgufFloat32(7));
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  const ModelConfig& config = model.checkpoint.config();
  EXPECT_EQ(config.sliding_window(), 3);
  EXPECT_EQ(config.local_rope_theta(), 500);
  EXPECT_EQ(config.logits_softcap(), 7);
  EXPECT_THAT(config.full_attention(), ElementsAre(false));
  EXPECT_FALSE(config.tied_embeddings());
  EXPECT_EQ(ValuesOf(model, "h.0.attn.q_norm.weight")[0], 1);
  EXPECT_EQ(ValuesOf(model, "h.0.attn.k_norm.weight")[0], 2);
  EXPECT_EQ(ValuesOf(model, "h.0.attn.post_norm.weight")[0], 3);
  EXPECT_EQ(ValuesOf(model, "h.0.mlp.post_norm.weight")[0], 4);
  EXPECT_TRUE(ValidateCheckpoint(model.checkpoint).ok());
}

TEST(GgufImportTest, AGemma3WithoutWindowsIsRefused) {
  TestGguf file = TinyGemma3Gguf();
  EXPECT_THAT(Config(file), IsOk());
  file.Set("gemma3.attention.sliding_window_pattern", GgufUint32(1));
  EXPECT_THAT(Config(file),
              FailsSaying("gemma3.attention.sliding_window_pattern has a value "
                          "that llama.cpp's gemma3 does not take"));
  file.Remove("gemma3.attention.sliding_window_pattern");
  file.Remove("gemma3.attention.sliding_window");
  EXPECT_THAT(Config(file), FailsSaying("full_attention"));
}

TEST(GgufImportTest, RopeFactorsAreRefusedWhereLlamaCppHasNone) {
  TestGguf file = TinyGemma3Gguf();
  file.tensors.push_back({"rope_freqs.weight", {2}, 0, std::string(8, '\1')});
  EXPECT_THAT(Import(file).status(),
              FailsSaying("'rope_freqs.weight' is not what "
                          "general.architecture calls for"));
}

TEST(GgufImportTest, KeysOfAnotherFamilyAreRefused) {
  TestGguf file = TinyLlamaGgufAs("gemma");
  file.Set("gemma.final_logit_softcapping", GgufFloat32(30));
  EXPECT_THAT(Config(file), FailsSaying("'gemma.final_logit_softcapping'"));
}

TEST(GgufImportTest, AGpt2sFusedAttentionIsCut) {
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(TinyGpt2Gguf()));
  EXPECT_TRUE(model.checkpoint.config().tied_embeddings());
  EXPECT_EQ(ValuesOf(model, "h.0.attn.q_proj.weight")[0], 77);
  EXPECT_EQ(ValuesOf(model, "h.0.attn.k_proj.weight")[0], 93);
  EXPECT_EQ(ValuesOf(model, "h.0.attn.v_proj.weight")[15], 124);
  EXPECT_THAT(ValuesOf(model, "h.0.attn.k_proj.bias"),
              ElementsAre(129, 130, 131, 132));
  EXPECT_TRUE(ValidateCheckpoint(model.checkpoint).ok());
}

TEST(GgufImportTest, HalfPrecisionStaysAsItIs) {
  for (const auto& [type, dtype] :
       {std::make_pair(1, FLOAT16), std::make_pair(30, BFLOAT16)}) {
    TestGguf file = TinyLlamaGguf();
    TestGgufTensor& head = file.Tensor("output.weight");
    head.type = type;
    head.data.clear();
    for (int i = 0; i < 32; ++i) head.data += {static_cast<char>(i), '\x3c'};
    ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
    const Tensor& tensor = *model.checkpoint.tensors().rbegin();
    EXPECT_EQ(tensor.name(), "lm_head.weight");
    EXPECT_EQ(tensor.dtype(), dtype);
    EXPECT_EQ(tensor.data(), file.Tensor("output.weight").data);
  }
}

TEST(GgufImportTest, Version2AndAnotherAlignmentAreRead) {
  TestGguf file = TinyLlamaGguf();
  file.version = 2;
  file.alignment = 128;
  file.Set("general.alignment", GgufUint32(128));
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  EXPECT_EQ(ValuesOf(model, "h.0.attn.v_proj.weight")[0], 69);
}

TEST(GgufImportTest, RopeIsRead) {
  TestGguf file = TinyLlamaGguf();
  file.Set("llama.rope.freq_base", GgufFloat32(500));
  file.Set("llama.rope.scaling.type", GgufText("linear"));
  file.Set("llama.rope.scaling.factor", GgufFloat32(2));
  ASSERT_OK_AND_ASSIGN(const ModelConfig config, Config(file));
  EXPECT_EQ(config.rope_theta(), 500);
  EXPECT_EQ(config.linear_rope().factor(), 2);
}

// Frequencies 1 and 10000^-1/2 = 0.01 have wavelengths of 6.28 and 628 tokens.
// The factor 1 of the first says 6.28 < context / 4, the 8 of the second that
// 628 > context; 16 and less are too short for the first, and 8192, which is
// tried before, is too long for the second.
TEST(GgufImportTest, FactorsOfLlama3sFrequenciesAreRecognized) {
  TestGguf file = TinyLlamaGguf();
  std::string factors(8, '\0');
  const float values[] = {1, 8};
  std::memcpy(&factors[0], values, sizeof(values));
  file.tensors.push_back({"rope_freqs.weight", {2}, 0, factors});
  ASSERT_OK_AND_ASSIGN(const ModelConfig config, Config(file));
  EXPECT_EQ(config.llama3_rope().factor(), 8);
  EXPECT_EQ(config.llama3_rope().low_frequency_factor(), 1);
  EXPECT_EQ(config.llama3_rope().high_frequency_factor(), 4);
  EXPECT_EQ(config.llama3_rope().original_context(), 32);
}

TEST(GgufImportTest, SentencePiecesTokenizerIsRead) {
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(TinyLlamaGguf()));
  EXPECT_EQ(model.tokenizer.bos_id(), 1);
  EXPECT_EQ(model.tokenizer.eos_id(), 2);
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, BpeCodec::Create(model.tokenizer));
  // "▁hi"; "▁", "i", "h"; what no token spells is the unknown one.
  EXPECT_THAT(*codec.Encode("hi"), ElementsAre(7));
  EXPECT_THAT(*codec.Encode("ih"), ElementsAre(3, 5, 4));
  EXPECT_THAT(*codec.Encode("h!"), ElementsAre(3, 4, 0));
}

TEST(GgufImportTest, AByteLevelTokenizerIsRead) {
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(TinyGpt2Gguf()));
  // llama.cpp puts no begin token before a GPT-2's text.
  EXPECT_FALSE(model.tokenizer.has_bos_id());
  EXPECT_EQ(model.tokenizer.eos_id(), 4);
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, BpeCodec::Create(model.tokenizer));
  EXPECT_THAT(*codec.Encode("hi hi<|end|>"), ElementsAre(3, 2, 3, 4));
}

TEST(GgufImportTest, TokensThatPadTheVocabularyAreLeftOut) {
  TestGguf file = TinyGpt2Gguf();
  file.Set("tokenizer.ggml.tokens",
           GgufTexts({"h", "i", "<|end|>", "Ġ", "[PAD4]"}));
  file.Set("tokenizer.ggml.token_type", GgufInt32s({1, 1, 3, 1, 5}));
  file.Set("tokenizer.ggml.eos_token_id", GgufUint32(2));
  file.Set("tokenizer.ggml.merges", GgufTexts({}));
  ASSERT_OK_AND_ASSIGN(const ImportedModel model, Import(file));
  EXPECT_EQ(model.tokenizer.tokens_size(), 4);
}

TEST(GgufImportTest, WithoutTokenizerTheTokensHaveNoText) {
  TestGguf file = TinyGpt2Gguf();
  file.Set("tokenizer.ggml.model", GgufText("t5"));
  ASSERT_OK_AND_ASSIGN(const ImportedModel model,
                       ImportModel(Write(file), kNoTokenizer));
  EXPECT_EQ(model.tokenizer.tokens_size(), 5);
  EXPECT_EQ(model.tokenizer.eos_id(), 4);
}

}  // namespace
}  // namespace quant_curve
