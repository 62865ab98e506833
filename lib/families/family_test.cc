#include "lib/families/family.h"

#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/families/config_keys.h"
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

// The config.json of published models.
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
      "use_cache": true, "vocab_size": 49152})"}};

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
    ASSERT_OK_AND_ASSIGN(const ModelConfig again, Read(json.dump()));
    EXPECT_TRUE(
        google::protobuf::util::MessageDifferencer::Equals(config, again))
        << config.DebugString() << again.DebugString();
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
