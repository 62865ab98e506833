#include "tools/export/hugging_face_model.h"

#include <cstring>
#include <limits>
#include <map>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/test_models.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

struct FileTensor {
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

// A reader that shares nothing with the writer but the JSON parser: offsets
// must follow one another and cover the file.
std::map<std::string, FileTensor> ReadSafetensors(const std::string& file) {
  uint64_t size = 0;
  std::memcpy(&size, file.data(), 8);
  EXPECT_EQ(size % 8, 0u);
  const Json header =
      ParseJson(file.substr(8, size), "model.safetensors").value();
  const std::string data = file.substr(8 + size);
  std::map<std::string, FileTensor> tensors;
  size_t covered = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    EXPECT_EQ(entry["dtype"], "F32");
    const size_t begin = entry["data_offsets"][0];
    const size_t end = entry["data_offsets"][1];
    FileTensor& tensor = tensors[name];
    tensor.shape = entry["shape"].get<std::vector<uint64_t>>();
    tensor.values.resize((end - begin) / 4);
    std::memcpy(tensor.values.data(), data.data() + begin, end - begin);
    covered += end - begin;
  }
  EXPECT_EQ(covered, data.size());
  return tensors;
}

// The artifact's values by this project's names.
std::map<std::string, std::vector<float>> ArtifactValues(
    const QuantizedModel& model) {
  std::map<std::string, std::vector<float>> values;
  for (const QuantizedLinear& linear : model.linears()) {
    values[linear.name()] = Dequantize(linear, model.scheme()).value();
  }
  for (const Tensor& tensor : model.others()) {
    values[tensor.name()] = ReadFloats(tensor).value();
  }
  return values;
}

class HuggingFaceModelTest : public ::testing::TestWithParam<const char*> {
 protected:
  void Export(int config) { Export(ExportConfigs()[config].config); }

  void Export(const ModelConfig& config) {
    config_ = config;
    Artifact<QuantizedModel> model;
    model.message = RandomQuantizedModel(config_, GetParam());
    ours_ = ArtifactValues(model.message);
    StringSink file;
    ASSERT_THAT(WriteModelSafetensors(model, file), IsOk());
    file_ = ReadSafetensors(file.contents);
  }

  void ExpectSame(const std::string& ours, const std::string& theirs) {
    EXPECT_EQ(file_[theirs].values, ours_[ours]) << theirs;
  }

  // Conv1D: element (i, first + o) is weight (o, i); [in, columns].
  void ExpectConv1d(const std::string& ours, const std::string& theirs,
                    uint64_t in, uint64_t columns, uint64_t first) {
    const FileTensor& weight = file_[theirs + ".weight"];
    const FileTensor& bias = file_[theirs + ".bias"];
    ASSERT_THAT(weight.shape, ElementsAre(in, columns)) << theirs;
    ASSERT_THAT(bias.shape, ElementsAre(columns)) << theirs;
    const std::vector<float>& expected = ours_[ours + ".weight"];
    std::vector<float> expected_bias = ours_[ours + ".bias"];
    expected_bias.resize(expected.size() / in);
    for (uint64_t o = 0; o < expected_bias.size(); ++o) {
      EXPECT_EQ(bias.values[first + o], expected_bias[o]) << theirs;
      for (uint64_t i = 0; i < in; ++i) {
        ASSERT_EQ(weight.values[i * columns + first + o], expected[o * in + i])
            << theirs << " " << o << " " << i;
      }
    }
  }

  void ExpectGpt2Blocks() {
    const uint64_t d = config_.d_model(), ff = config_.d_ff();
    for (const std::string h : {"h.0.", "h.1."}) {
      const std::string to = "transformer." + h;
      ExpectSame(h + "ln_1.weight", to + "ln_1.weight");
      ExpectSame(h + "ln_2.bias", to + "ln_2.bias");
      ExpectConv1d(h + "attn.q_proj", to + "attn.c_attn", d, 3 * d, 0);
      ExpectConv1d(h + "attn.k_proj", to + "attn.c_attn", d, 3 * d, d);
      ExpectConv1d(h + "attn.v_proj", to + "attn.c_attn", d, 3 * d, 2 * d);
      ExpectConv1d(h + "attn.o_proj", to + "attn.c_proj", d, d, 0);
      ExpectConv1d(h + "mlp.fc1", to + "mlp.c_fc", d, ff, 0);
      ExpectConv1d(h + "mlp.fc2", to + "mlp.c_proj", ff, d, 0);
    }
    ExpectSame("ln_f.bias", "transformer.ln_f.bias");
  }

  ModelConfig config_;
  std::map<std::string, std::vector<float>> ours_;
  std::map<std::string, FileTensor> file_;
};

TEST_P(HuggingFaceModelTest, Gpt2IsWrittenAsConv1d) {
  Export(1);
  ExpectSame("wte.weight", "transformer.wte.weight");
  ExpectSame("wpe.weight", "transformer.wpe.weight");
  ExpectGpt2Blocks();
  // Two embeddings, twelve tensors per block, the last norm; a tied head.
  EXPECT_EQ(file_.size(), 2u + 2 * 12 + 2);
}

TEST_P(HuggingFaceModelTest, MiniGptIsGpt2WithAMultipliedEmbedding) {
  Export(0);
  ExpectSame("wte.weight", "lm_head.weight");
  for (float& value : ours_["wte.weight"]) value *= 8;
  ExpectSame("wte.weight", "transformer.wte.weight");
  ExpectGpt2Blocks();
  EXPECT_THAT(file_["transformer.wpe.weight"].shape, ElementsAre(12, 64));
  EXPECT_EQ(file_["transformer.wpe.weight"].values[1], 1);  // cos(0)
  EXPECT_EQ(file_.size(), 3u + 2 * 12 + 2);
}

TEST_P(HuggingFaceModelTest, LlamaKeepsItsLayout) {
  for (const int index : {2, 3, 4}) {
    Export(index);
    size_t tensors = 0;
    for (const auto& [name, values] : ours_) {
      std::string to = name;
      const auto replace = [&to](const std::string& a, const std::string& b) {
        const size_t at = to.find(a);
        if (at != to.npos) to.replace(at, a.size(), b);
      };
      replace("wte.", "model.embed_tokens.");
      replace("ln_f.", "model.norm.");
      replace("h.", to[0] == 'h' ? "model.layers." : "h.");
      replace("ln_1.", "input_layernorm.");
      replace("ln_2.", "post_attention_layernorm.");
      replace(".attn.", ".self_attn.");
      ExpectSame(name, to);
      ++tensors;
    }
    EXPECT_EQ(file_.size(), tensors);
  }
}

// Llama's, with the norms and the attention of Gemma 2; the root of 64 inputs
// is 8.
ModelConfig Gemma2Config() {
  ModelConfig config = ExportConfigs()[2].config;
  config.set_mlp(GEGLU);
  config.set_norm_adds_one(true);
  config.set_post_norms(true);
  config.set_embedding_multiplier(8);
  config.set_tied_embeddings(true);
  config.set_attention_scale(0.25f);
  config.set_sliding_window(5);
  config.add_full_attention(false);
  config.add_full_attention(true);
  config.set_attention_softcap(50);
  config.set_logits_softcap(30);
  return config;
}

// Norms are stored without the one; post_attention_layernorm is not Llama's.
TEST_P(HuggingFaceModelTest, Gemma2HasFourNormsPerBlock) {
  Export(Gemma2Config());
  for (const std::string i : {"0.", "1."}) {
    const std::string from = "h." + i, to = "model.layers." + i;
    ExpectSame(from + "ln_1.weight", to + "input_layernorm.weight");
    ExpectSame(from + "attn.post_norm.weight",
               to + "post_attention_layernorm.weight");
    ExpectSame(from + "ln_2.weight", to + "pre_feedforward_layernorm.weight");
    ExpectSame(from + "mlp.post_norm.weight",
               to + "post_feedforward_layernorm.weight");
    ExpectSame(from + "attn.k_proj.weight", to + "self_attn.k_proj.weight");
    ExpectSame(from + "mlp.gate_proj.weight", to + "mlp.gate_proj.weight");
  }
  ExpectSame("wte.weight", "model.embed_tokens.weight");
  EXPECT_EQ(file_.size(), 2u + 2 * 11);
}

// Of weights that were bfloat16, sqrt(hidden_size) was rounded; the class
// computes it in float32 for what is written.
TEST_P(HuggingFaceModelTest, ARoundedRootOfGemmaGoesIntoTheEmbedding) {
  ModelConfig config = Gemma2Config();
  config.set_embedding_multiplier(10);
  Export(config);
  ExpectSame("wte.weight", "lm_head.weight");
  for (float& value : ours_["wte.weight"]) value *= 1.25f;
  ExpectSame("wte.weight", "model.embed_tokens.weight");
}

TEST_P(HuggingFaceModelTest, Olmo2HasNormsAfterTheBranchesOnly) {
  ModelConfig config = ExportConfigs()[2].config;
  config.set_qk_norm(true);
  config.set_qk_norm_over_heads(true);
  config.set_post_norms(true);
  config.set_no_pre_norms(true);
  Export(config);
  const std::string to = "model.layers.1.";
  ExpectSame("h.1.attn.post_norm.weight",
             to + "post_attention_layernorm.weight");
  ExpectSame("h.1.mlp.post_norm.weight",
             to + "post_feedforward_layernorm.weight");
  ExpectSame("h.1.attn.q_norm.weight", to + "self_attn.q_norm.weight");
  EXPECT_THAT(file_[to + "self_attn.k_norm.weight"].shape, ElementsAre(32));
  EXPECT_EQ(file_.size(), 3u + 2 * 11);
}

TEST(WriteModelSafetensorsTest, ValuesThatAreNotFiniteAreRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const bool in_linear : {true, false}) {
    Artifact<QuantizedModel> model;
    model.message = RandomQuantizedModel(ExportConfigs()[2].config, "fp32");
    Tensor& tensor = in_linear
                         ? *model.message.mutable_linears(1)->mutable_weight()
                         : *model.message.mutable_others(0);
    std::memcpy(&(*tensor.mutable_data())[3 * sizeof(nan)], &nan, sizeof(nan));
    StringSink file;
    EXPECT_THAT(WriteModelSafetensors(model, file),
                FailsSaying("element 3 is not finite"));
  }
}

// MiniGPT's multiplier is 8.
TEST(WriteModelSafetensorsTest, AnEmbeddingThatOverflowsIsRefused) {
  const float large = 1e38f;
  Artifact<QuantizedModel> model;
  model.message = RandomQuantizedModel(ExportConfigs()[0].config, "fp32");
  std::string& embedding = *model.message.mutable_others(0)->mutable_data();
  std::memcpy(&embedding[2 * sizeof(large)], &large, sizeof(large));
  StringSink file;
  EXPECT_THAT(WriteModelSafetensors(model, file),
              FailsSaying("tensor 'wte.weight': element 2 times "
                          "8 (from embedding_multiplier) is not finite"));
}

INSTANTIATE_TEST_SUITE_P(Schemes, HuggingFaceModelTest,
                         ::testing::Values("fp32", "fp16", "int8_per_channel",
                                           "int4_per_group_64_gptq"));

TEST(ConfigJsonTest, Gpt2FieldsAreNamedAsTransformersNamesThem) {
  ASSERT_OK_AND_ASSIGN(const std::string text,
                       ConfigJson(ExportConfigs()[0].config, nullptr));
  const Json json = ParseJson(text, "config.json").value();
  EXPECT_EQ(json["architectures"], Json{"GPT2LMHeadModel"});
  EXPECT_EQ(json["n_embd"], 64);
  EXPECT_EQ(json["n_inner"], 256);
  EXPECT_EQ(json["n_positions"], 12);
  EXPECT_EQ(json["activation_function"], "gelu_new");
  // The multiplied embedding is not the LM head.
  EXPECT_EQ(json["tie_word_embeddings"], false);
}

TEST(ConfigJsonTest, LlamaFieldsAreNamedAsTransformersNamesThem) {
  BpeTokenizer tokenizer;
  tokenizer.set_bos_id(1);
  ASSERT_OK_AND_ASSIGN(const std::string text,
                       ConfigJson(ExportConfigs()[3].config, &tokenizer));
  const Json json = ParseJson(text, "config.json").value();
  EXPECT_EQ(json["architectures"], Json{"LlamaForCausalLM"});
  EXPECT_EQ(json["head_dim"], 24);
  EXPECT_EQ(json["num_key_value_heads"], 4);
  EXPECT_EQ(json["rope_theta"], 10000);
  EXPECT_EQ(json["tie_word_embeddings"], true);
  EXPECT_EQ(json["attention_bias"], true);
  EXPECT_EQ(json["bos_token_id"], 1);
  EXPECT_TRUE(json["eos_token_id"].is_null());
}

}  // namespace
}  // namespace quant_curve
