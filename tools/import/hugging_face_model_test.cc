#include "tools/import/hugging_face_model.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

struct Stored {
  Shape shape;
  std::vector<float> values;
};
using StoredTensors = std::map<std::string, Stored>;

// 100 * n + 0, 1, 2, …: every element of every tensor differs.
Stored Counting(int n, const Shape& shape) {
  Stored stored{shape, {}};
  for (uint64_t i = 0; i < *NumElements(shape); ++i) {
    stored.values.push_back(100.f * n + i);
  }
  return stored;
}

std::string FolderWith(const StoredTensors& tensors) {
  std::vector<std::string> fields;
  std::string data;
  for (const auto& [name, stored] : tensors) {
    const size_t begin = data.size();
    data += BytesOf(stored.values);
    fields.push_back(
        absl::StrCat("\"", name, "\":{\"dtype\":\"F32\",\"shape\":[",
                     absl::StrJoin(stored.shape, ","), "],\"data_offsets\":[",
                     begin, ",", data.size(), "]}"));
  }
  const std::string folder = MakeTestFolder();
  WriteTestFile(folder + "/model.safetensors",
                SafetensorsBytes(
                    absl::StrCat("{", absl::StrJoin(fields, ","), "}"), data));
  return folder;
}

// One layer, width 2, one head, three tokens, four positions, MLP of 3.
HuggingFaceConfig SmallGpt2() {
  HuggingFaceConfig config{FindFamily("GPT2LMHeadModel"), Gpt2Family(), {}, {}};
  config.model.set_vocab_size(3);
  config.model.set_d_model(2);
  config.model.set_num_layers(1);
  config.model.set_num_heads(1);
  config.model.set_d_ff(3);
  config.model.set_context_length(4);
  config.model.set_layer_norm_epsilon(1e-5f);
  return config;
}

StoredTensors SmallGpt2Tensors(const std::string& prefix) {
  StoredTensors tensors;
  const auto add = [&](int n, const std::string& name, const Shape& shape) {
    tensors[prefix + name] = Counting(n, shape);
  };
  add(1, "wte.weight", {3, 2});
  add(2, "wpe.weight", {4, 2});
  add(3, "h.0.ln_1.weight", {2});
  add(4, "h.0.ln_1.bias", {2});
  add(5, "h.0.attn.c_attn.weight", {2, 6});
  add(6, "h.0.attn.c_attn.bias", {6});
  add(7, "h.0.attn.c_proj.weight", {2, 2});
  add(8, "h.0.attn.c_proj.bias", {2});
  add(9, "h.0.ln_2.weight", {2});
  add(10, "h.0.ln_2.bias", {2});
  add(11, "h.0.mlp.c_fc.weight", {2, 3});
  add(12, "h.0.mlp.c_fc.bias", {3});
  add(13, "h.0.mlp.c_proj.weight", {3, 2});
  add(14, "h.0.mlp.c_proj.bias", {2});
  add(15, "ln_f.weight", {2});
  add(16, "ln_f.bias", {2});
  return tensors;
}

// One layer, width 4, two heads that share keys and values, MLP of 3.
HuggingFaceConfig SmallLlama() {
  HuggingFaceConfig config{
      FindFamily("LlamaForCausalLM"), LlamaFamily(10000), {}, {}};
  config.model.set_vocab_size(3);
  config.model.set_d_model(4);
  config.model.set_num_layers(1);
  config.model.set_num_heads(2);
  config.model.set_num_kv_heads(1);
  config.model.set_d_ff(3);
  config.model.set_context_length(8);
  config.model.set_layer_norm_epsilon(1e-6f);
  return config;
}

StoredTensors SmallLlamaTensors() {
  const std::string layer = "model.layers.0.";
  return {
      {"model.embed_tokens.weight", Counting(1, {3, 4})},
      {layer + "input_layernorm.weight", Counting(2, {4})},
      {layer + "self_attn.q_proj.weight", Counting(3, {4, 4})},
      {layer + "self_attn.k_proj.weight", Counting(4, {2, 4})},
      {layer + "self_attn.v_proj.weight", Counting(5, {2, 4})},
      {layer + "self_attn.o_proj.weight", Counting(6, {4, 4})},
      {layer + "post_attention_layernorm.weight", Counting(7, {4})},
      {layer + "mlp.gate_proj.weight", Counting(8, {3, 4})},
      {layer + "mlp.up_proj.weight", Counting(9, {3, 4})},
      {layer + "mlp.down_proj.weight", Counting(10, {4, 3})},
      {"model.norm.weight", Counting(11, {4})},
      {"lm_head.weight", Counting(12, {3, 4})},
  };
}

std::vector<float> ValuesOf(const Checkpoint& checkpoint,
                            const std::string& name) {
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (tensor.name() == name) return *ReadFloats(tensor);
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

// Every tensor that the config calls for, in order and of its shape.
void ExpectIsComplete(const Checkpoint& checkpoint) {
  const std::vector<TensorSpec> specs = TensorSpecs(checkpoint.config());
  ASSERT_EQ(checkpoint.tensors_size(), specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    EXPECT_EQ(checkpoint.tensors(i).name(), specs[i].name);
    EXPECT_THAT(CheckShape(checkpoint.tensors(i), specs[i].shape), IsOk());
  }
}

TEST(HuggingFaceModelTest, Gpt2IsTransposedAndCut) {
  for (const std::string prefix : {"", "transformer."}) {
    const std::string folder = FolderWith(SmallGpt2Tensors(prefix));
    ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint,
                         ReadHuggingFaceModel(folder, SmallGpt2()));
    ExpectIsComplete(checkpoint);
    EXPECT_THAT(ValuesOf(checkpoint, "wte.weight"),
                ElementsAre(100, 101, 102, 103, 104, 105));
    EXPECT_THAT(ValuesOf(checkpoint, "wpe.weight"),
                ElementsAre(200, 201, 202, 203, 204, 205, 206, 207));
    // c_attn is [[500 … 505], [506 … 511]]: q is its first two columns.
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.q_proj.weight"),
                ElementsAre(500, 506, 501, 507));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.k_proj.weight"),
                ElementsAre(502, 508, 503, 509));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.v_proj.weight"),
                ElementsAre(504, 510, 505, 511));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.q_proj.bias"),
                ElementsAre(600, 601));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.k_proj.bias"),
                ElementsAre(602, 603));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.v_proj.bias"),
                ElementsAre(604, 605));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.o_proj.weight"),
                ElementsAre(700, 702, 701, 703));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.o_proj.bias"),
                ElementsAre(800, 801));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.ln_2.bias"), ElementsAre(1000, 1001));
    // [2, 3] to [3, 2].
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.mlp.fc1.weight"),
                ElementsAre(1100, 1103, 1101, 1104, 1102, 1105));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.mlp.fc1.bias"),
                ElementsAre(1200, 1201, 1202));
    EXPECT_THAT(ValuesOf(checkpoint, "h.0.mlp.fc2.weight"),
                ElementsAre(1300, 1302, 1304, 1301, 1303, 1305));
    EXPECT_THAT(ValuesOf(checkpoint, "ln_f.bias"), ElementsAre(1600, 1601));
  }
}

TEST(HuggingFaceModelTest, LlamaIsRenamed) {
  const StoredTensors tensors = SmallLlamaTensors();
  ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint,
                       ReadHuggingFaceModel(FolderWith(tensors), SmallLlama()));
  ExpectIsComplete(checkpoint);
  const std::pair<const char*, const char*> names[] = {
      {"wte.weight", "model.embed_tokens.weight"},
      {"h.0.ln_1.weight", "model.layers.0.input_layernorm.weight"},
      {"h.0.attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight"},
      {"h.0.attn.k_proj.weight", "model.layers.0.self_attn.k_proj.weight"},
      {"h.0.attn.v_proj.weight", "model.layers.0.self_attn.v_proj.weight"},
      {"h.0.attn.o_proj.weight", "model.layers.0.self_attn.o_proj.weight"},
      {"h.0.ln_2.weight", "model.layers.0.post_attention_layernorm.weight"},
      {"h.0.mlp.gate_proj.weight", "model.layers.0.mlp.gate_proj.weight"},
      {"h.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.weight"},
      {"h.0.mlp.down_proj.weight", "model.layers.0.mlp.down_proj.weight"},
      {"ln_f.weight", "model.norm.weight"},
      {"lm_head.weight", "lm_head.weight"},
  };
  for (const auto& [ours, theirs] : names) {
    EXPECT_THAT(ValuesOf(checkpoint, ours),
                ElementsAreArray(tensors.at(theirs).values));
  }
}

TEST(HuggingFaceModelTest, ATiedEmbeddingMayHaveEitherNameOrBoth) {
  HuggingFaceConfig config = SmallLlama();
  config.model.set_tied_embeddings(true);
  StoredTensors tensors = SmallLlamaTensors();
  const std::vector<float> head = tensors.at("lm_head.weight").values;
  tensors.erase("model.embed_tokens.weight");
  ASSERT_OK_AND_ASSIGN(const Checkpoint head_alone,
                       ReadHuggingFaceModel(FolderWith(tensors), config));
  EXPECT_EQ(ValuesOf(head_alone, "wte.weight"), head);
  ExpectIsComplete(head_alone);
  tensors["model.embed_tokens.weight"] = tensors.at("lm_head.weight");
  ASSERT_OK_AND_ASSIGN(const Checkpoint both,
                       ReadHuggingFaceModel(FolderWith(tensors), config));
  EXPECT_EQ(ValuesOf(both, "wte.weight"), head);
  tensors.erase("lm_head.weight");
  ASSERT_OK_AND_ASSIGN(const Checkpoint embedding_alone,
                       ReadHuggingFaceModel(FolderWith(tensors), config));
  EXPECT_EQ(ValuesOf(embedding_alone, "wte.weight"), head);
  tensors.erase("model.embed_tokens.weight");
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(tensors), config),
              FailsSaying("tensor 'model.embed_tokens.weight' is missing"));
}

TEST(HuggingFaceModelTest, ReadFailsWhenTiedMatricesDiffer) {
  HuggingFaceConfig config = SmallLlama();
  config.model.set_tied_embeddings(true);
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(SmallLlamaTensors()), config),
              FailsSaying("differ, but config.json says tie_word_embeddings"));
}

TEST(HuggingFaceModelTest, BuffersAreLeftOut) {
  StoredTensors gpt2 = SmallGpt2Tensors("");
  gpt2["h.0.attn.bias"] = Counting(20, {1, 1, 4, 4});
  gpt2["h.0.attn.masked_bias"] = Counting(21, {});
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(gpt2), SmallGpt2()), IsOk());
  StoredTensors llama = SmallLlamaTensors();
  llama["model.layers.0.self_attn.rotary_emb.inv_freq"] = Counting(20, {1});
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(llama), SmallLlama()), IsOk());
}

TEST(HuggingFaceModelTest, ReadFailsWhenATensorIsMissingUnknownOrMisshapen) {
  for (const auto& [name, stored] : SmallGpt2Tensors("")) {
    StoredTensors tensors = SmallGpt2Tensors("");
    tensors.erase(name);
    const std::string folder = FolderWith(tensors);
    EXPECT_THAT(ReadHuggingFaceModel(folder, SmallGpt2()),
                FailsSaying(folder + "/model.safetensors: tensor '" + name +
                            "' is missing"));
    tensors[name] = Counting(1, {5});
    EXPECT_THAT(ReadHuggingFaceModel(FolderWith(tensors), SmallGpt2()),
                FailsSaying("tensor '" + name + "' is [5], expected ["));
  }
  StoredTensors tensors = SmallLlamaTensors();
  tensors["model.layers.0.self_attn.q_proj.bias"] = Counting(20, {4});
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(tensors), SmallLlama()),
              FailsSaying("tensor 'model.layers.0.self_attn.q_proj.bias' is "
                          "not what config.json's"));
}

TEST(HuggingFaceModelTest, ManyMissingOrUnknownTensorsAreOneMessage) {
  const StoredTensors gpt2 = SmallGpt2Tensors("");
  StoredTensors tensors = gpt2;
  for (const char* name :
       {"h.0.attn.c_attn.weight", "h.0.attn.c_attn.bias", "ln_f.bias"}) {
    tensors.erase(name);
  }
  EXPECT_THAT(
      ReadHuggingFaceModel(FolderWith(tensors), SmallGpt2()),
      FailsSaying("tensor 'h.0.attn.c_attn.weight' and 2 others are missing"));
  tensors = gpt2;
  tensors["a"] = tensors["b"] = Counting(20, {1});
  EXPECT_THAT(ReadHuggingFaceModel(FolderWith(tensors), SmallGpt2()),
              FailsSaying("tensor 'a' and 1 other are not what config.json's"));
}

TEST(HuggingFaceModelTest, TheFilesThatWereReadAreTold) {
  const std::string folder = FolderWith(SmallGpt2Tensors(""));
  WriteTestFile(folder + "/other.safetensors", "not read");
  std::vector<std::string> files;
  ASSERT_THAT(
      ReadHuggingFaceModel(folder, SmallGpt2(), KeepInCheckpoint, &files),
      IsOk());
  EXPECT_THAT(files, ElementsAre(folder + "/model.safetensors"));
}

TEST(HuggingFaceModelTest, ReadFailsAtOnceWhenLayersAreFarTooMany) {
  HuggingFaceConfig config = SmallLlama();
  config.model.set_num_layers(1 << 20);
  const std::string folder = FolderWith(SmallLlamaTensors());
  ExpectRefused(folder, "holds 12 tensors, too few for the 1048576 layers",
                [&] { return ReadHuggingFaceModel(folder, config).status(); });
}

}  // namespace
}  // namespace quant_curve
