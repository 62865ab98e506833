#include "tools/import/hugging_face_config.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/json/json.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

constexpr char kGpt2[] = R"({
  "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2",
  "activation_function": "gelu_new", "n_embd": 48, "n_layer": 3, "n_head": 4,
  "n_positions": 64, "n_inner": null, "vocab_size": 500,
  "layer_norm_epsilon": 1e-05, "bos_token_id": 499, "eos_token_id": 498,
  "attn_pdrop": 0.1, "torch_dtype": "float32"})";

constexpr char kLlama[] = R"({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "hidden_act": "silu", "hidden_size": 64, "intermediate_size": 96,
  "num_hidden_layers": 2, "num_attention_heads": 8, "num_key_value_heads": 4,
  "max_position_embeddings": 128, "vocab_size": 300, "rms_norm_eps": 1e-06,
  "rope_scaling": null, "rope_theta": 50000.0, "tie_word_embeddings": true,
  "attention_bias": false, "mlp_bias": false, "pretraining_tp": 1,
  "bos_token_id": 1, "eos_token_id": [2, 3]})";

using ::testing::ElementsAre;

std::string WriteOne(const std::string& contents) {
  const std::string path = MakeTestFolder() + "/config.json";
  WriteTestFile(path, contents);
  return path;
}

absl::StatusOr<HuggingFaceConfig> Read(const std::string& contents) {
  return ReadHuggingFaceConfig(WriteOne(contents));
}

// `base` with the fields of `patch`; null takes a field away (RFC 7396).
std::string Patched(const char* base, const std::string& patch) {
  Json json = *ParseJson(base, "base");
  json.merge_patch(*ParseJson(patch, "patch"));
  return json.dump();
}

TEST(HuggingFaceConfigTest, Gpt2IsRead) {
  ASSERT_OK_AND_ASSIGN(const HuggingFaceConfig config, Read(kGpt2));
  EXPECT_EQ(config.family->architecture, "GPT2LMHeadModel");
  const ModelConfig& model = config.model;
  EXPECT_EQ(model.normalization(), LAYER_NORM);
  EXPECT_EQ(model.positions(), LEARNED);
  EXPECT_EQ(model.mlp(), GELU);
  EXPECT_EQ(model.vocab_size(), 500);
  EXPECT_EQ(model.d_model(), 48);
  EXPECT_EQ(model.num_layers(), 3);
  EXPECT_EQ(model.num_heads(), 4);
  EXPECT_EQ(model.d_ff(), 192);  // 4 * 48
  EXPECT_EQ(model.context_length(), 64);
  EXPECT_EQ(model.layer_norm_epsilon(), 1e-5f);
  EXPECT_TRUE(model.qkv_bias());
  EXPECT_TRUE(model.attention_output_bias());
  EXPECT_TRUE(model.mlp_bias());
  EXPECT_TRUE(model.tied_embeddings());
  EXPECT_THAT(config.bos_ids, ElementsAre(499));
  EXPECT_THAT(config.eos_ids, ElementsAre(498));
}

TEST(HuggingFaceConfigTest, LlamaIsRead) {
  ASSERT_OK_AND_ASSIGN(const HuggingFaceConfig config, Read(kLlama));
  EXPECT_EQ(config.family->architecture, "LlamaForCausalLM");
  const ModelConfig& model = config.model;
  EXPECT_EQ(model.normalization(), RMS_NORM);
  EXPECT_EQ(model.positions(), ROTARY);
  EXPECT_EQ(model.rope_theta(), 50000);
  EXPECT_EQ(model.mlp(), SWIGLU);
  EXPECT_EQ(model.vocab_size(), 300);
  EXPECT_EQ(model.d_model(), 64);
  EXPECT_EQ(model.num_layers(), 2);
  EXPECT_EQ(model.num_heads(), 8);
  EXPECT_EQ(model.num_kv_heads(), 4);
  EXPECT_EQ(model.d_ff(), 96);
  EXPECT_EQ(model.context_length(), 128);
  EXPECT_EQ(model.layer_norm_epsilon(), 1e-6f);
  EXPECT_FALSE(model.qkv_bias());
  EXPECT_FALSE(model.attention_output_bias());
  EXPECT_FALSE(model.mlp_bias());
  EXPECT_TRUE(model.tied_embeddings());
  EXPECT_THAT(config.bos_ids, ElementsAre(1));
  EXPECT_THAT(config.eos_ids, ElementsAre(2, 3));
}

TEST(HuggingFaceConfigTest, AbsentFieldsHaveTheDefaultsOfTransformers) {
  ASSERT_OK_AND_ASSIGN(
      const HuggingFaceConfig llama,
      Read(Patched(kLlama,
                   R"({"num_key_value_heads": null, "rms_norm_eps": null,
                       "rope_theta": null, "tie_word_embeddings": null,
                       "hidden_act": null, "bos_token_id": null,
                       "eos_token_id": null})")));
  EXPECT_EQ(llama.model.num_kv_heads(), 8);
  EXPECT_EQ(llama.model.layer_norm_epsilon(), 1e-6f);
  EXPECT_EQ(llama.model.rope_theta(), 10000);
  EXPECT_FALSE(llama.model.tied_embeddings());
  EXPECT_TRUE(llama.bos_ids.empty());
  EXPECT_TRUE(llama.eos_ids.empty());
  ASSERT_OK_AND_ASSIGN(
      const HuggingFaceConfig gpt2,
      Read(Patched(kGpt2, R"({"layer_norm_epsilon": null, "n_inner": 100,
                              "tie_word_embeddings": false})")));
  EXPECT_EQ(gpt2.model.layer_norm_epsilon(), 1e-5f);
  EXPECT_EQ(gpt2.model.d_ff(), 100);
  EXPECT_FALSE(gpt2.model.tied_embeddings());
}

TEST(HuggingFaceConfigTest, ThetaMayStandInRopeParameters) {
  ASSERT_OK_AND_ASSIGN(
      const HuggingFaceConfig config,
      Read(Patched(kLlama, R"({"rope_theta": null, "rope_parameters":
                     {"rope_type": "default", "rope_theta": 500000.0}})")));
  EXPECT_EQ(config.model.rope_theta(), 500000);
}

// transformers reads the base within the block, else the one outside.
TEST(HuggingFaceConfigTest, ThetaOutsideCountsWhereRopeParametersHasNone) {
  for (const char* block : {"rope_parameters", "rope_scaling"}) {
    for (const char* key : {"rope_type", "type"}) {
      ASSERT_OK_AND_ASSIGN(
          const HuggingFaceConfig config,
          Read(Patched(kLlama, absl::StrCat("{\"", block, "\": {\"", key,
                                            "\": \"default\"}}"))));
      EXPECT_EQ(config.model.rope_theta(), 50000) << block << " " << key;
    }
  }
}

TEST(HuggingFaceConfigTest, RopeScalingIsRead) {
  const auto read = [](const std::string& rope) {
    return Read(Patched(kLlama, "{\"rope_scaling\": " + rope + "}"))
        .value()
        .model;
  };
  const ModelConfig llama3 = read(
      R"({"rope_type": "llama3", "factor": 32, "low_freq_factor": 1,
          "high_freq_factor": 4, "original_max_position_embeddings": 8192})");
  EXPECT_EQ(llama3.llama3_rope().factor(), 32);
  EXPECT_EQ(llama3.llama3_rope().low_frequency_factor(), 1);
  EXPECT_EQ(llama3.llama3_rope().high_frequency_factor(), 4);
  EXPECT_EQ(llama3.llama3_rope().original_context(), 8192);
  EXPECT_EQ(read(R"({"type": "linear", "factor": 4})").linear_rope().factor(),
            4);
  EXPECT_EQ(read(R"({"type": "dynamic", "factor": 4})").rope_scaling_case(),
            ModelConfig::ROPE_SCALING_NOT_SET);
}

TEST(HuggingFaceConfigTest, KeysThatTheLlamaClassIgnoresAreTaken) {
  ASSERT_OK_AND_ASSIGN(
      const HuggingFaceConfig config,
      Read(Patched(kLlama, R"({"pretraining_tp": 2, "sliding_window": 64})")));
  EXPECT_EQ(config.model.sliding_window(), 0);
}

// As the classes' configs in transformers have them.
TEST(HuggingFaceConfigTest, FamiliesOfLlamasKindDifferInTheirDefaults) {
  const auto read = [](const std::string& architecture, const std::string& type,
                       const std::string& more) {
    const std::string common = R"("num_key_value_heads": null,
      "num_attention_heads": 32, "hidden_size": 2048,
      "attention_bias": null, "mlp_bias": null, "rope_scaling": null,
      "max_position_embeddings": 32768, "pretraining_tp": null)";
    return Read(Patched(kLlama, "{\"architectures\": [\"" + architecture +
                                    "\"], \"model_type\": \"" + type + "\", " +
                                    common + more + "}"))
        .value()
        .model;
  };
  const ModelConfig mistral = read("MistralForCausalLM", "mistral", "");
  EXPECT_EQ(mistral.num_kv_heads(), 8);
  EXPECT_EQ(mistral.sliding_window(), 4096);
  EXPECT_EQ(mistral.head_dim(), 0);
  EXPECT_FALSE(mistral.qkv_bias());
  // Mistral 0.2 and later; one that is as long as the context hides nothing.
  for (const char* window : {"131072", "32768"}) {
    EXPECT_EQ(read("MistralForCausalLM", "mistral",
                   std::string(R"(, "sliding_window": )") + window)
                  .sliding_window(),
              0);
  }
  const ModelConfig qwen2 =
      read("Qwen2ForCausalLM", "qwen2",
           R"(, "use_sliding_window": false, "sliding_window": 4096,
              "max_window_layers": 1)");
  EXPECT_TRUE(qwen2.qkv_bias());
  EXPECT_FALSE(qwen2.attention_output_bias());
  EXPECT_FALSE(qwen2.qk_norm());
  EXPECT_EQ(qwen2.sliding_window(), 0);
  const ModelConfig qwen3 =
      read("Qwen3ForCausalLM", "qwen3", R"(, "use_sliding_window": true)");
  EXPECT_TRUE(qwen3.qk_norm());
  EXPECT_EQ(qwen3.head_dim(), 128);
  EXPECT_FALSE(qwen3.qkv_bias());
}

TEST(HuggingFaceConfigTest, TwoNamesOfASizeMayAgreeOrStandForOneAnother) {
  ASSERT_OK_AND_ASSIGN(HuggingFaceConfig config,
                       Read(Patched(kGpt2, R"({"hidden_size": 48, "n_ctx": 64,
                              "max_position_embeddings": 64})")));
  EXPECT_EQ(config.model.d_model(), 48);
  ASSERT_OK_AND_ASSIGN(
      config, Read(Patched(kGpt2, R"({"n_embd": null, "hidden_size": 24})")));
  EXPECT_EQ(config.model.d_model(), 24);
  ASSERT_OK_AND_ASSIGN(config,
                       Read(Patched(kLlama, R"({"max_sequence_length": 128,
                                       "layer_norm_eps": 1e-6})")));
  EXPECT_EQ(config.model.context_length(), 128);
}

// As GPT-2's and Llama's own configs have them.
TEST(HuggingFaceConfigTest, HarmlessAndNeutralKeysAreTaken) {
  EXPECT_THAT(Read(Patched(kGpt2, R"({
        "embd_pdrop": 0.1, "gradient_checkpointing": false,
        "initializer_range": 0.02, "resid_pdrop": 0.1,
        "reorder_and_upcast_attn": false, "scale_attn_weights": true,
        "summary_activation": null, "summary_first_dropout": 0.1,
        "summary_proj_to_labels": true, "summary_type": "cls_index",
        "summary_use_proj": true, "task_specific_params":
          {"text-generation": {"do_sample": true, "max_length": 50}},
        "transformers_version": "4.30.0", "use_cache": true})")),
              IsOk());
  EXPECT_THAT(Read(Patched(kLlama, R"({
        "_name_or_path": "x", "attention_dropout": 0.0, "head_dim": 8,
        "initializer_range": 0.02, "is_llama_config": true,
        "pad_token_id": 0, "rope_interleaved": false, "use_cache": true,
        "embedding_multiplier": 1.0, "logits_scaling": 1, "qk_norm": false,
        "layer_types": ["full_attention", "full_attention"],
        "no_rope_layers": [], "pruned_heads": {}})")),
              IsOk());
}

TEST(HuggingFaceConfigTest, AllRefusalsAreOneMessage) {
  const auto config = Read(Patched(kLlama, R"({
      "hidden_act": "gelu", "num_attention_heads": 7, "num_key_value_heads": 7,
      "embedding_multiplier": 12.0, "attention_multiplier": 0.0078125,
      "rope_parameters": {"rope_theta": 1e6, "mrope_section": [1]},
      "clip_qkv": 8, "final_logit_softcapping": 30.0})"));
  for (const char* refusal :
       {"hidden_act: is 'gelu'", "num_heads=7: must be a divisor",
        "embedding_multiplier: is 12, only 1 is supported",
        "rope_parameters.rope_theta is 1e+06, but rope_theta is 50000",
        "unknown keys that may change what the model computes: "
        "attention_multiplier, clip_qkv, final_logit_softcapping, "
        "rope_parameters.mrope_section (remove from the file"}) {
    EXPECT_THAT(config, FailsSaying(refusal));
  }
}

TEST(HuggingFaceConfigTest, AMessageOfThousandsOfKeysIsCut) {
  std::string patch = "{\"key_0\": 1";
  for (int i = 1; i < 5000; ++i) absl::StrAppend(&patch, ",\"key_", i, "\": 1");
  const auto config = Read(Patched(kLlama, patch + "}"));
  EXPECT_THAT(config, FailsSaying(" more (remove from the file"));
  EXPECT_LT(config.status().message().size(), 5000);
}

TEST(HuggingFaceConfigTest, HeadsNeedNotFillTheWidth) {
  ASSERT_OK_AND_ASSIGN(const HuggingFaceConfig config,
                       Read(Patched(kLlama, R"({"head_dim": 32})")));
  EXPECT_EQ(config.model.head_dim(), 32);
}

TEST(HuggingFaceConfigTest, EveryTruncationIsRefused) {
  const std::string whole = kLlama;
  const std::string path = WriteOne(whole);
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteTestFile(path, whole.substr(0, size));
    ExpectRefused(path, "parse error",
                  [&] { return ReadHuggingFaceConfig(path).status(); });
  }
}

MalformedInput Llama(const std::string& name, const std::string& patch,
                     const std::string& error) {
  return {name, Patched(kLlama, patch), error};
}

MalformedInput Gpt2(const std::string& name, const std::string& patch,
                    const std::string& error) {
  return {name, Patched(kGpt2, patch), error};
}

std::vector<MalformedInput> MalformedConfigs() {
  return {
      {"Empty", "", "parse error"},
      {"NoJson", "hidden_size = 64", "parse error"},
      {"Array", "[]", "is an array, expected an object"},
      {"Null", "null", "is null, expected an object"},
      {"TextAfter", std::string(kLlama) + "{}", "parse error"},
      {"NotUtf8", "{\"architectures\": [\"\xff\xfe\"]}", "parse error"},
      {"FieldTwice", R"({"vocab_size": 1, "vocab_size": 2})",
       "key 'vocab_size' occurs twice"},
      {"NestedDeeply", std::string(100000, '['), "nested deeper than"},
      {"TooLong", std::string(1048577, ' '), "at most 1048576 can be read"},
      Llama("NoArchitecture", R"({"architectures": null})",
            "architectures: is missing"),
      Llama("ArchitectureText", R"({"architectures": "LlamaForCausalLM"})",
            "architectures: is 'LlamaForCausalLM', expected an array"),
      Llama("ArchitecturesNone", R"({"architectures": []})",
            "names 0 architectures"),
      Llama("ArchitecturesTwo",
            R"({"architectures": ["LlamaForCausalLM", "GPT2LMHeadModel"]})",
            "names 2 architectures"),
      Llama("ArchitectureOther", R"({"architectures": ["Phi3ForCausalLM"]})",
            "architectures[0]: is 'Phi3ForCausalLM', supported are GPT2LMH"),
      Llama("ModelTypeOfAnother", R"({"architectures": ["Qwen3ForCausalLM"]})",
            "model_type: is 'llama', supported: qwen3"),
      Llama("WindowInSomeBlocks",
            R"({"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
                "use_sliding_window": true, "max_window_layers": 1})",
            "use_sliding_window: is true, only false is supported"),
      Llama("ArchitectureNumber", R"({"architectures": [7]})",
            "architectures[0]: is 7, expected a string"),
      Llama("RopeScaling",
            R"({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}})",
            "rope_scaling.low_freq_factor: is missing"),
      Llama("RopeScalingOfAnotherKind",
            R"({"rope_scaling": {"rope_type": "linear", "factor": 8.0,
                                 "low_freq_factor": 1}})",
            "rope_scaling.low_freq_factor"),
      Llama("RopeScalingsDiffer",
            R"({"rope_scaling": {"rope_type": "linear", "factor": 8.0},
                "rope_parameters": {"rope_type": "linear", "factor": 4}})",
            "rope_scaling is { linear_rope { factor: 8 } }, but "
            "rope_parameters is { linear_rope { factor: 4 } }"),
      Llama("RopeTypeByItsLegacyName",
            R"({"rope_parameters": {"type": "su", "factor": 4}})",
            "rope_parameters.type: is 'su', supported: default"),
      Llama("RopeTypesDiffer",
            R"({"rope_scaling": {"rope_type": "default", "type": "dynamic"}})",
            "rope_scaling.type is dynamic, but rope_scaling.rope_type is "
            "default: they must agree"),
      Llama("RopeFactor", R"({"rope_scaling": {"factor": 2}})",
            "rope_scaling.factor: is 2, only 1"),
      Llama("RopeThetasDiffer", R"({"rope_parameters": {"rope_theta": 1e4}})",
            "rope_parameters.rope_theta is 10000, but rope_theta is 50000"),
      Llama("RopeBlocksDiffer",
            R"({"rope_theta": null, "rope_scaling": {"rope_theta": 1e4},
                "rope_parameters": {"rope_theta": 5e4}})",
            "rope_scaling.rope_theta is 10000, but "
            "rope_parameters.rope_theta is 50000"),
      Llama("ModelTypeOther", R"({"model_type": "granite"})",
            "model_type: is 'granite', supported: llama"),
      Llama("ContextsDiffer", R"({"max_sequence_length": 64})",
            "max_sequence_length: is 64, but max_position_embeddings is 128"),
      Llama("EpsilonsDiffer", R"({"norm_eps": 1e-5})",
            "norm_eps: is 1e-05, but rms_norm_eps is 1e-06"),
      Llama("SizeByAnotherFamilysName", R"({"n_embd": 32})",
            "n_embd: is 32, but hidden_size is 64"),
      Llama("Granite", R"({"logits_scaling": 8, "residual_multiplier": 0.22})",
            "logits_scaling: is 8, only 1 is supported"),
      Llama("NoRopeLayers", R"({"no_rope_layers": [1, 0]})",
            "no_rope_layers: is not supported"),
      Llama("LayerTypes",
            R"({"layer_types": ["full_attention", "sliding_attention"]})",
            "layer_types: is supported only as a list of 'full_attention'"),
      Llama("PrunedHeads", R"({"pruned_heads": {"0": [1]}})", "pruned_heads"),
      Llama("QkvBias", R"({"qkv_bias": true})", "qkv_bias: is true, only"),
      Llama("CustomCode",
            R"({"auto_map": {"AutoModelForCausalLM": "modeling.X"}})",
            "unknown keys that may change what the model computes: auto_map"),
      Llama("Unprintable", R"({"a\u0007\nb": 1})", "a\\x07\\nb"),
      Gpt2("Gpt2WidthsDiffer", R"({"hidden_size": 64})",
           "hidden_size: is 64, but n_embd is 48: they must agree"),
      Gpt2("Gpt2ContextsDiffer", R"({"n_ctx": 32})",
           "n_ctx: is 32, but n_positions is 64"),
      Gpt2("Gpt2InnerDiffers", R"({"intermediate_size": 100})",
           "intermediate_size: is 100, but n_inner is 192"),
      Gpt2("Gpt2HiddenAct", R"({"hidden_act": "relu"})",
           "hidden_act: is 'relu'"),
      Llama("RopeType",
            R"({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}})",
            "rope_parameters.rope_type: is 'yarn', supported: default"),
      Llama("RopePartialOfParameters",
            R"({"rope_parameters": {"partial_rotary_factor": 0.5}})",
            "rope_parameters.partial_rotary_factor: is 0.5, only 1"),
      Llama("RopePartial", R"({"partial_rotary_factor": 0.5})",
            "partial_rotary_factor: is 0.5, only 1 is supported"),
      Llama("RopeParametersText", R"({"rope_parameters": "default"})",
            "rope_parameters: is 'default', expected an object"),
      Llama("RopeThetaZero", R"({"rope_theta": 0})",
            "rope_theta: is 0, expected a positive number"),
      Llama("RopeThetaNegative", R"({"rope_theta": -1e4})", "rope_theta: is"),
      Llama("RopeThetaBeyondFloat", R"({"rope_theta": 1e300})",
            "rope_theta: is 1e+300"),
      Llama("RopeThetaBelowOne", R"({"rope_theta": 0.5})",
            "rope_theta=0.5: must be at least 1"),
      Llama("RopeThetaText", R"({"rope_theta": "1e4"})",
            "rope_theta: is '1e4', expected a number"),
      Llama("Quantized", R"({"quantization_config": {"bits": 4}})",
            "quantization_config: is not supported"),
      Llama("Activation", R"({"hidden_act": "gelu"})",
            "hidden_act: is 'gelu', supported: silu"),
      Llama("ActivationNumber", R"({"hidden_act": 1})",
            "hidden_act: is 1, expected a string"),
      Gpt2("SlidingWindow", R"({"sliding_window": 4096})",
           "sliding_window: is not supported"),
      Llama("HiddenSizeMissing", R"({"hidden_size": null})",
            "hidden_size: is missing"),
      Llama("HiddenSizeZero", R"({"hidden_size": 0})", "hidden_size: is 0"),
      Llama("HiddenSizeNegative", R"({"hidden_size": -64})",
            "hidden_size: is -64"),
      Llama("HiddenSizeFraction", R"({"hidden_size": 64.0})",
            "hidden_size: is 64.0"),
      Llama("HiddenSizeText", R"({"hidden_size": "64"})",
            "hidden_size: is '64'"),
      Llama("HiddenSizeHuge", R"({"hidden_size": 4294967295})",
            "d_model=4294967295: must be in"),
      Llama("HiddenSizeWraps", R"({"hidden_size": 4294967360})",
            "hidden_size: is 4294967360"),
      Llama("LayersMissing", R"({"num_hidden_layers": null})",
            "num_hidden_layers: is missing"),
      Llama("LayersHuge",
            R"({"num_hidden_layers": 1048576, "intermediate_size": 1048576})",
            "more than 1099511627776 parameters"),
      Llama("LayersBeyondUint64",
            R"({"num_hidden_layers": 18446744073709551617})",
            "num_hidden_layers: is "),
      Llama("HeadsDoNotDivide",
            R"({"num_attention_heads": 7, "num_key_value_heads": 7})",
            "num_heads=7: must be a divisor of d_model=64"),
      Llama("HeadsZero", R"({"num_attention_heads": 0})",
            "num_attention_heads: is 0"),
      Llama("KvHeadsDoNotDivide", R"({"num_key_value_heads": 3})",
            "num_kv_heads=3: must be a divisor of num_heads=8"),
      Llama("KvHeadsMoreThanHeads", R"({"num_key_value_heads": 16})",
            "num_kv_heads=16"),
      Llama("KvHeadsZero", R"({"num_key_value_heads": 0})",
            "num_key_value_heads: is 0"),
      Llama("HeadDimOdd", R"({"head_dim": 7})", "head_dim=7: must be even"),
      Llama("HeadDimHuge", R"({"head_dim": 4294967295})",
            "num_heads * head_dim="),
      Llama("IntermediateMissing", R"({"intermediate_size": null})",
            "intermediate_size: is missing"),
      Llama("PositionsMissing", R"({"max_position_embeddings": null})",
            "max_position_embeddings: is missing"),
      Llama("PositionsHuge", R"({"max_position_embeddings": 4294967295})",
            "context_length=4294967295"),
      Llama("VocabularyMissing", R"({"vocab_size": null})",
            "vocab_size: is missing"),
      Llama("VocabularyHuge", R"({"vocab_size": 2000000})",
            "vocab_size=2000000: must be in"),
      Llama("EpsilonZero", R"({"rms_norm_eps": 0})", "rms_norm_eps: is 0"),
      Llama("EpsilonNegative", R"({"rms_norm_eps": -1e-6})", "rms_norm_eps"),
      Llama("EpsilonUnderflows", R"({"rms_norm_eps": 1e-60})",
            "rms_norm_eps: is 1e-60"),
      Llama("TieText", R"({"tie_word_embeddings": "yes"})",
            "tie_word_embeddings: is 'yes', expected true or false"),
      Llama("BiasNumber", R"({"attention_bias": 1})",
            "attention_bias: is 1, expected true or false"),
      Llama("BosNegative", R"({"bos_token_id": -1})", "bos_token_id: is -1"),
      Llama("BosText", R"({"bos_token_id": "<s>"})", "bos_token_id: is '<s>'"),
      Llama("EosListOfText", R"({"eos_token_id": ["</s>"]})",
            "eos_token_id[0]: is '</s>'"),
      Llama("EosListEmpty", R"({"eos_token_id": []})",
            "eos_token_id: is an array"),
      Gpt2("Gpt2Activation", R"({"activation_function": "gelu"})",
           "activation_function: is 'gelu', supported: gelu_new, "),
      Gpt2("Gpt2NoScale", R"({"scale_attn_weights": false})",
           "scale_attn_weights: is false, only true is supported"),
      Gpt2("Gpt2ScaleByLayer", R"({"scale_attn_by_inverse_layer_idx": true})",
           "scale_attn_by_inverse_layer_idx: is true, only false"),
      Gpt2("Gpt2CrossAttention", R"({"add_cross_attention": true})",
           "add_cross_attention: is true"),
      Gpt2("Gpt2Quantized", R"({"quantization_config": {}})",
           "quantization_config: is not supported"),
      Gpt2("Gpt2WidthMissing", R"({"n_embd": null})", "n_embd: is missing"),
      Gpt2("Gpt2WidthWraps", R"({"n_embd": 1073741825})", "d_model=1073741825"),
      Gpt2("Gpt2LayersMissing", R"({"n_layer": null})", "n_layer: is missing"),
      Gpt2("Gpt2HeadsDoNotDivide", R"({"n_head": 5})", "num_heads=5"),
      Gpt2("Gpt2PositionsZero", R"({"n_positions": 0})", "n_positions: is 0"),
      Gpt2("Gpt2InnerZero", R"({"n_inner": 0})", "n_inner: is 0"),
      Gpt2("Gpt2EpsilonText", R"({"layer_norm_epsilon": "small"})",
           "layer_norm_epsilon: is 'small', expected a number"),
  };
}

class MalformedConfigTest : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedConfigTest, ReadFailsNamingFileAndField) {
  const std::string path = WriteOne(GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return ReadHuggingFaceConfig(path).status(); });
}

INSTANTIATE_TEST_SUITE_P(Configs, MalformedConfigTest,
                         ::testing::ValuesIn(MalformedConfigs()), NameOfInput);

}  // namespace
}  // namespace quant_curve
