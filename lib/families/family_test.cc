#include "lib/families/family.h"

#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/families/config_keys.h"
#include "lib/families/gguf.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

absl::StatusOr<ModelConfig> Read(const std::string& text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, "config.json"));
  ConfigFields fields(JsonView(json, "config.json"));
  fields.Ignore({"architectures", "bos_token_id", "eos_token_id"});
  const std::string architecture = json["architectures"][0];
  const Family& family = *FindFamily(architecture);
  fields.RequireOneOf("model_type", {family.model_type});
  const ModelConfig config = family.read(fields);
  CheckOtherKeys(fields);
  RETURN_IF_ERROR(fields.Finish());
  RETURN_IF_ERROR(ValidateConfig(config));
  return config;
}

struct Published {
  const char* name;
  uint64_t parameters;  // as its model card or safetensors index says
  const char* config;
};

// The config.json of published models. Those from Gemma-2b on were written down
// without the files; their numbers of parameters are the published ones.
const Published kPublished[] = {{"Llama-3.2-1B", 1235814400, R"({
      "architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 128000,
      "eos_token_id": 128001, "head_dim": 64, "hidden_act": "silu",
      "hidden_size": 2048, "initializer_range": 0.02,
      "intermediate_size": 8192, "max_position_embeddings": 131072,
      "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,
      "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1,
      "rms_norm_eps": 1e-05,
      "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
        "low_freq_factor": 1.0, "original_max_position_embeddings": 8192,
        "rope_type": "llama3"},
      "rope_theta": 500000.0, "tie_word_embeddings": true,
      "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0",
      "use_cache": true, "vocab_size": 128256})"},
                                {"Mistral-7B-v0.1", 7241732096, R"({
      "architectures": ["MistralForCausalLM"], "bos_token_id": 1,
      "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096,
      "initializer_range": 0.02, "intermediate_size": 14336,
      "max_position_embeddings": 32768, "model_type": "mistral",
      "num_attention_heads": 32, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
      "sliding_window": 4096, "tie_word_embeddings": false,
      "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0",
      "use_cache": true, "vocab_size": 32000})"},
                                {"Qwen2.5-0.5B", 494032768, R"({
      "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0,
      "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu",
      "hidden_size": 896, "initializer_range": 0.02,
      "intermediate_size": 4864, "max_position_embeddings": 32768,
      "max_window_layers": 24, "model_type": "qwen2",
      "num_attention_heads": 14, "num_hidden_layers": 24,
      "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
      "rope_theta": 1000000.0, "sliding_window": 32768,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16",
      "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false,
      "use_sliding_window": false, "vocab_size": 151936})"},
                                {"Qwen3-0.6B", 596049920, R"({
      "architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 151643,
      "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu",
      "hidden_size": 1024, "initializer_range": 0.02,
      "intermediate_size": 3072, "max_position_embeddings": 40960,
      "max_window_layers": 28, "model_type": "qwen3",
      "num_attention_heads": 16, "num_hidden_layers": 28,
      "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null,
      "rope_theta": 1000000, "sliding_window": null,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16",
      "transformers_version": "4.51.0", "use_cache": true,
      "use_sliding_window": false, "vocab_size": 151936})"},
                                {"SmolLM2-360M", 361821120, R"({
      "architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 0,
      "hidden_act": "silu", "hidden_size": 960, "initializer_range": 0.02,
      "intermediate_size": 2560, "is_llama_config": true,
      "max_position_embeddings": 8192, "mlp_bias": false,
      "model_type": "llama", "num_attention_heads": 15,
      "num_hidden_layers": 32, "num_key_value_heads": 5, "pretraining_tp": 1,
      "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
      "rope_theta": 100000, "tie_word_embeddings": true,
      "torch_dtype": "bfloat16", "transformers_version": "4.40.1",
      "use_cache": true, "vocab_size": 49152})"},
                                {"Gemma-2b", 2506172416, R"({
      "architectures": ["GemmaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 2, "eos_token_id": 1,
      "head_dim": 256, "hidden_act": "gelu",
      "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2048,
      "initializer_range": 0.02, "intermediate_size": 16384,
      "max_position_embeddings": 8192, "model_type": "gemma",
      "num_attention_heads": 8, "num_hidden_layers": 18,
      "num_key_value_heads": 1, "pad_token_id": 0, "rms_norm_eps": 1e-06,
      "rope_scaling": null, "rope_theta": 10000.0, "torch_dtype": "bfloat16",
      "transformers_version": "4.38.0.dev0", "use_cache": true,
      "vocab_size": 256000})"},
                                {"Gemma-2-9b", 9241705984, R"({
      "architectures": ["Gemma2ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "attn_logit_softcapping": 50.0,
      "bos_token_id": 2, "cache_implementation": "hybrid", "eos_token_id": 1,
      "final_logit_softcapping": 30.0, "head_dim": 256,
      "hidden_act": "gelu_pytorch_tanh",
      "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 3584,
      "initializer_range": 0.02, "intermediate_size": 14336,
      "max_position_embeddings": 8192, "model_type": "gemma2",
      "num_attention_heads": 16, "num_hidden_layers": 42,
      "num_key_value_heads": 8, "pad_token_id": 0,
      "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,
      "rope_theta": 10000.0, "sliding_window": 4096,
      "sliding_window_size": 4096, "torch_dtype": "bfloat16",
      "transformers_version": "4.42.0.dev0", "use_cache": true,
      "vocab_size": 256000})"},
                                {"Gemma-3-1b", 999885952, R"({
      "architectures": ["Gemma3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "attn_logit_softcapping": null,
      "bos_token_id": 2, "cache_implementation": "hybrid",
      "eos_token_id": [1, 106], "final_logit_softcapping": null,
      "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
      "hidden_size": 1152, "initializer_range": 0.02,
      "intermediate_size": 6912, "max_position_embeddings": 32768,
      "model_type": "gemma3_text", "num_attention_heads": 4,
      "num_hidden_layers": 26, "num_key_value_heads": 1, "pad_token_id": 0,
      "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,
      "rope_local_base_freq": 10000, "rope_scaling": null,
      "rope_theta": 1000000, "sliding_window": 512,
      "sliding_window_pattern": 6, "torch_dtype": "bfloat16",
      "transformers_version": "4.52.4", "use_cache": true,
      "vocab_size": 262144})"},
                                {"Granite-3.1-2b", 2533531648, R"({
      "architectures": ["GraniteForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.1, "attention_multiplier": 0.015625,
      "bos_token_id": 0, "embedding_multiplier": 12.0, "eos_token_id": 0,
      "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
      "intermediate_size": 8192, "logits_scaling": 8.0,
      "max_position_embeddings": 131072, "mlp_bias": false,
      "model_type": "granite", "num_attention_heads": 32,
      "num_hidden_layers": 40, "num_key_value_heads": 8, "pad_token_id": 0,
      "residual_multiplier": 0.22, "rms_norm_eps": 1e-05,
      "rope_scaling": null, "rope_theta": 5000000.0,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16",
      "transformers_version": "4.47.0", "use_cache": true,
      "vocab_size": 49155})"},
                                {"SmolLM3-3B", 3075098624, R"({
      "architectures": ["SmolLM3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": null, "eos_token_id": 128012,
      "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
      "intermediate_size": 11008, "max_position_embeddings": 65536,
      "max_window_layers": 28, "mlp_bias": false, "model_type": "smollm3",
      "no_rope_layer_interval": 4, "num_attention_heads": 16,
      "num_hidden_layers": 36, "num_key_value_heads": 4,
      "pretraining_tp": 2, "rms_norm_eps": 1e-06, "rope_scaling": null,
      "rope_theta": 5000000.0, "sliding_window": null,
      "torch_dtype": "bfloat16", "transformers_version": "4.54.0.dev0",
      "use_cache": false, "use_sliding_window": false,
      "vocab_size": 128256})"},
                                {"OLMo-2-0425-1B", 1484916736, R"({
      "architectures": ["Olmo2ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "eos_token_id": 100257, "hidden_act": "silu",
      "hidden_size": 2048, "initializer_range": 0.02,
      "intermediate_size": 8192, "max_position_embeddings": 4096,
      "model_type": "olmo2", "num_attention_heads": 16,
      "num_hidden_layers": 16, "num_key_value_heads": 16,
      "pad_token_id": 100277, "rms_norm_eps": 1e-06, "rope_scaling": null,
      "rope_theta": 500000, "tie_word_embeddings": false,
      "torch_dtype": "float32", "transformers_version": "4.47.0",
      "use_cache": false, "vocab_size": 100352})"}};

Json PublishedJson(const std::string& name) {
  for (const Published& model : kPublished) {
    if (model.name == name) return Json::parse(model.config);
  }
  ADD_FAILURE() << name;
  return Json();
}

ModelConfig ReadPublished(const std::string& name) {
  return Read(PublishedJson(name).dump()).value();
}

TEST(FamilyTest, PublishedConfigsHaveThePublishedNumberOfParameters) {
  for (const Published& model : kPublished) {
    SCOPED_TRACE(model.name);
    ASSERT_OK_AND_ASSIGN(const ModelConfig config, Read(model.config));
    EXPECT_EQ(NumParameters(config), model.parameters);
  }
}

// transformers reads null as no window, and takes 4096 where the key is absent.
TEST(FamilyTest, MistralsWindowIsOffWithNullAndOnWithoutTheKey) {
  const std::string with = kPublished[1].config;
  const std::string key = "\"sliding_window\": 4096";
  const auto window = [&](const std::string& instead) {
    std::string text = with;
    text.replace(text.find(key), key.size(), instead);
    return Read(text).value().sliding_window();
  };
  EXPECT_EQ(window("\"sliding_window\": null"), 0);
  EXPECT_EQ(window("\"output_past\": true"), 4096);
  EXPECT_EQ(window("\"sliding_window\": 1024"), 1024);
}

TEST(FamilyTest, WhatAFamilyWritesItReadsBack) {
  for (const Published& model : kPublished) {
    SCOPED_TRACE(model.name);
    ASSERT_OK_AND_ASSIGN(const ModelConfig config, Read(model.config));
    ASSERT_OK_AND_ASSIGN(const Family* family, FamilyOf(config));
    Json json = family->write(config);
    json["architectures"] = {family->architecture};
    json["model_type"] = family->model_type;
    json["vocab_size"] = config.vocab_size();
    json["tie_word_embeddings"] = config.tied_embeddings();
    // Gemma's multiplier depends on it; otherwise it does not matter.
    json["torch_dtype"] = Json::parse(model.config)["torch_dtype"];
    ASSERT_OK_AND_ASSIGN(const ModelConfig again, Read(json.dump()));
    EXPECT_TRUE(
        google::protobuf::util::MessageDifferencer::Equals(config, again))
        << config.DebugString() << again.DebugString();
  }
}

// sqrt(1152) = 33.94, and bfloat16 has 33.75 and 34 there; 2048 and 3584:
// 45.25 and 59.75 of quarters 45.2548 and 59.8665.
TEST(FamilyTest, GemmasMultiplierIsRoundedToTheDTypeOfTheWeights) {
  EXPECT_EQ(ReadPublished("Gemma-3-1b").embedding_multiplier(), 34);
  EXPECT_EQ(ReadPublished("Gemma-2b").embedding_multiplier(), 45.25);
  EXPECT_EQ(ReadPublished("Gemma-2-9b").embedding_multiplier(), 59.75);
}

TEST(FamilyTest, GemmasLayersHaveTheWindowsAndBasesOfTheirClass) {
  const ModelConfig gemma2 = ReadPublished("Gemma-2-9b");
  const ModelConfig gemma3 = ReadPublished("Gemma-3-1b");
  EXPECT_EQ(gemma2.attention_scale(), 0.0625f);
  EXPECT_EQ(gemma2.attention_softcap(), 50);
  EXPECT_EQ(gemma2.logits_softcap(), 30);
  EXPECT_EQ(gemma3.attention_softcap(), 0);
  for (uint64_t layer = 0; layer < 26; ++layer) {
    EXPECT_EQ(WindowOf(gemma2, layer), layer % 2 == 0 ? 4096 : 0);
    // Layers 5, 11, 17 and 23 see everything.
    const bool full = layer % 6 == 5;
    EXPECT_EQ(WindowOf(gemma3, layer), full ? 0 : 512);
    EXPECT_EQ(RotationOf(gemma3, layer),
              full ? Rotation::kGlobal : Rotation::kLocal);
  }
}

TEST(FamilyTest, SmolLm3TurnsAllButEveryFourthLayer) {
  const ModelConfig config = ReadPublished("SmolLM3-3B");
  for (uint64_t layer = 0; layer < 36; ++layer) {
    EXPECT_EQ(RotationOf(config, layer),
              layer % 4 == 3 ? Rotation::kNone : Rotation::kGlobal);
  }
}

TEST(FamilyTest, GemmasTwoNamesOfThePatternMustAgree) {
  Json json = PublishedJson("Gemma-3-1b");
  json["_sliding_window_pattern"] = 6;
  EXPECT_THAT(Read(json.dump()), IsOk());
  json["_sliding_window_pattern"] = 4;
  EXPECT_THAT(Read(json.dump()),
              FailsSaying("_sliding_window_pattern: is 4, but "
                          "sliding_window_pattern is 6"));
}

TEST(FamilyTest, GranitesFactorsAreRead) {
  const ModelConfig config = ReadPublished("Granite-3.1-2b");
  EXPECT_EQ(AttentionScale(config), 0.015625f);
  EXPECT_EQ(config.embedding_multiplier(), 12);
  EXPECT_EQ(config.residual_multiplier(), 0.22f);
  EXPECT_EQ(config.logits_divisor(), 8);
}

TEST(FamilyTest, LlamaCppComputesThePublishedModels) {
  for (const Published& model : kPublished) {
    const ModelConfig config = ReadPublished(model.name);
    const Family& family = *FamilyOf(config).value();
    EXPECT_THAT(CheckInLlamaCpp(family, config), IsOk()) << model.name;
  }
}

// Renaming a class must not let its computation be dropped.
TEST(FamilyTest, KeysOfAnotherFamilyAreRefused) {
  for (const Published& model : kPublished) {
    Json json = Json::parse(model.config);
    const std::string type = json["model_type"];
    // OLMo 2 has no keys of its own; the names of its tensors are.
    if (type != "gemma" && type != "gemma2" && type != "gemma3_text" &&
        type != "granite" && type != "smollm3") {
      continue;
    }
    json["architectures"] = {"LlamaForCausalLM"};
    json["model_type"] = "llama";
    EXPECT_FALSE(Read(json.dump()).ok()) << model.name;
  }
}

TEST(FamilyTest, AConfigThatNoClassComputesIsRefusedWithItsFeatures) {
  ModelConfig config = LlamaFamily(10000);
  config.set_qk_norm(true);
  config.set_sliding_window(7);
  EXPECT_THAT(FamilyOf(config), FailsSaying("qk_norm: true sliding_window: 7"));
}

}  // namespace
}  // namespace quant_curve
