// A Hugging Face folder: config.json, an index, its shards, tokenizer.json:
// ImportModel. The input is a folder; other files of it are left out.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/tensor.h"
#include "lib/fuzzing/folder_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/model/checkpoint.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/import_model.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

constexpr const char* kNames[] = {
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "a.safetensors",
    "b.safetensors",
    "tokenizer.json",
    "generation_config.json",
    "tokenizer_config.json",
};

// One layer, width 2, one head, three tokens, MLP of 3.
constexpr char kConfig[] =
    R"({"architectures":["GPT2LMHeadModel"],"n_embd":2,"n_layer":1,"n_head":1,"n_positions":2,"n_inner":3,"vocab_size":3,"bos_token_id":0})";
constexpr char kTokenizer[] =
    R"({"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"post_processor":null,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"<s>":0,"a":1,"aa":2},"merges":["a a"]}})";

struct Stored {
  std::string name;
  Shape shape;
};

const std::vector<Stored>& Weights() {
  static const auto* const weights =
      new std::vector<Stored>{{"wte.weight", {3, 2}},
                              {"wpe.weight", {2, 2}},
                              {"h.0.ln_1.weight", {2}},
                              {"h.0.ln_1.bias", {2}},
                              {"h.0.attn.c_attn.weight", {2, 6}},
                              {"h.0.attn.c_attn.bias", {6}},
                              {"h.0.attn.c_proj.weight", {2, 2}},
                              {"h.0.attn.c_proj.bias", {2}},
                              {"h.0.ln_2.weight", {2}},
                              {"h.0.ln_2.bias", {2}},
                              {"h.0.mlp.c_fc.weight", {2, 3}},
                              {"h.0.mlp.c_fc.bias", {3}},
                              {"h.0.mlp.c_proj.weight", {3, 2}},
                              {"h.0.mlp.c_proj.bias", {2}},
                              {"ln_f.weight", {2}},
                              {"ln_f.bias", {2}}};
  return *weights;
}

std::string ShardBytes(const std::vector<Stored>& tensors) {
  std::vector<std::string> fields;
  uint64_t end = 0;
  for (const Stored& tensor : tensors) {
    const uint64_t begin = end;
    end += NumElements(tensor.shape).value() * sizeof(float);
    fields.push_back(
        absl::StrCat("\"", tensor.name, "\":{\"dtype\":\"F32\",\"shape\":[",
                     absl::StrJoin(tensor.shape, ","), "],\"data_offsets\":[",
                     begin, ",", end, "]}"));
  }
  return SafetensorsBytes(
      absl::StrCat("{", absl::StrJoin(fields, ","), "}"),
      BytesOf(std::vector<float>(end / sizeof(float), 0.5f)));
}

std::string Index() {
  std::vector<std::string> places;
  for (size_t i = 0; i < Weights().size(); ++i) {
    places.push_back(absl::StrCat("\"", Weights()[i].name, "\":\"",
                                  i < 4 ? "a" : "b", ".safetensors\""));
  }
  return absl::StrCat("{\"weight_map\":{", absl::StrJoin(places, ","), "}}");
}

void TestFolder(absl::string_view input) {
  for (const char* name : kNames) {
    std::remove(absl::StrCat(InputFolder(), "/", name).c_str());
  }
  for (const FolderFile& file : FolderFromInput(input)) {
    for (const char* name : kNames) {
      if (file.name == name) InputPath(name, file.contents);
    }
  }
  const absl::StatusOr<ImportedModel> model = ImportModel(InputFolder(), "");
  if (!Accepts(model)) return;
  Require(ValidateCheckpoint(model->checkpoint).ok(), "the model is valid");
  Require(ValidateBpeTokenizer(model->tokenizer).ok(),
          "the tokenizer is valid");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const auto middle = Weights().begin() + 4;
  return {
      FolderToInput({{"config.json", kConfig},
                     {"model.safetensors", ShardBytes(Weights())},
                     {"tokenizer.json", kTokenizer}}),
      FolderToInput({{"config.json", kConfig},
                     {"model.safetensors.index.json", Index()},
                     {"a.safetensors", ShardBytes({Weights().begin(), middle})},
                     {"b.safetensors", ShardBytes({middle, Weights().end()})},
                     {"tokenizer.json", kTokenizer}})};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestFolder(quant_curve::InputView(data, size));
  return 0;
}
