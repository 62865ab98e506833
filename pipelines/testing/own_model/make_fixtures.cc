// Writes what a user would bring: a Hugging Face folder of each family, a file
// of llama2.c with its tokenizer, texts and minimal pairs. The models are tiny
// and random.
//
//   make_fixtures FOLDER    (with a folder for each model inside)
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/numerics/random.h"
#include "lib/text/byte_level.h"
#include "pipelines/testing/own_model/gpt2_folder.h"
#include "pipelines/testing/own_model/safetensors_writer.h"

namespace quant_curve {
namespace {

constexpr int kWidth = 32;
constexpr int kHidden = 80;  // no multiple of a group of 64
constexpr int kLayers = 2;
constexpr int kHeads = 4;
constexpr int kKeyHeads = 2;
constexpr int kContext = 32;

// Values around `center`.
void FillAround(float center, Random& random, std::vector<float>& values) {
  for (float& value : values) {
    value = center + 0.3f * static_cast<float>(random.Uniform() - 0.5);
  }
}

std::string Weights(int64_t count, Random& random, float center = 0) {
  std::vector<float> values(count);
  FillAround(center, random, values);
  return BytesOf(values);
}

bool IsNorm(const std::string& name) {
  return absl::StrContains(name, "norm") || absl::StrContains(name, "ln_");
}

// Norms around 1, all else around 0.
SafetensorsWriter::Fill RandomTensors(Random& random) {
  return [&random](const std::string& name, std::vector<float>& values) {
    FillAround(IsNorm(name) ? 1 : 0, random, values);
  };
}

// Gemma's norms, which multiply by 1 + weight, around 0, with few bits as in
// bfloat16: a GGUF file holds the sum exactly.
SafetensorsWriter::Fill RandomGemma(Random& random) {
  return [&random](const std::string& name, std::vector<float>& values) {
    FillAround(0, random, values);
    if (!IsNorm(name)) return;
    // + 0 makes a 0 of -0, which the sum does not keep.
    for (float& value : values) {
      value = std::nearbyint(value * 1024) / 1024 + 0.0f;
    }
  };
}

Json AddedToken(int id, const std::string& content, bool normalized) {
  return {{"id", id},        {"content", content}, {"single_word", false},
          {"lstrip", false}, {"rstrip", false},    {"normalized", normalized},
          {"special", true}};
}

// Bytes, a few merges, and <|endoftext|> 260; words as SmolLM has them.
Json ByteLevelTokenizer() {
  Json vocab;
  for (int byte = 0; byte < 256; ++byte) {
    vocab[ByteLevelSpelling(std::string(1, static_cast<char>(byte)))] = byte;
  }
  vocab["th"] = 256;
  vocab["the"] = 257;
  vocab["Ġthe"] = 258;
  vocab["ed"] = 259;
  vocab["<|endoftext|>"] = 260;
  Json json = {{"normalizer", {{"type", "NFC"}}},
               {"pre_tokenizer",
                {{"type", "Sequence"},
                 {"pretokenizers",
                  {{{"type", "Digits"}, {"individual_digits", true}},
                   {{"type", "ByteLevel"}, {"add_prefix_space", false}}}}}},
               {"decoder", {{"type", "ByteLevel"}}},
               {"model",
                {{"type", "BPE"},
                 {"vocab", vocab},
                 {"merges", {"t h", "th e", "Ġ the", "e d"}}}}};
  json["added_tokens"] = Json::array({AddedToken(260, "<|endoftext|>", false)});
  return json;
}

// "<unk>" 0, "<s>" 1, "</s>" 2, byte b 3 + b, then letters and merges.
Json SentencePieceTokenizer() {
  Json vocab = {{"<unk>", 0}, {"<s>", 1},   {"</s>", 2}, {"▁", 259},
                {"t", 260},   {"h", 261},   {"e", 262},  {"th", 263},
                {"the", 264}, {"▁the", 265}};
  for (int byte = 0; byte < 256; ++byte) {
    vocab[absl::StrFormat("<0x%02X>", byte)] = 3 + byte;
  }
  Json json = {{"normalizer",
                {{"type", "Sequence"},
                 {"normalizers",
                  {{{"type", "Prepend"}, {"prepend", "▁"}},
                   {{"type", "Replace"},
                    {"pattern", {{"String", " "}}},
                    {"content", "▁"}}}}}},
               {"pre_tokenizer", nullptr},
               {"model",
                {{"type", "BPE"},
                 {"unk_token", "<unk>"},
                 {"fuse_unk", true},
                 {"byte_fallback", true},
                 {"vocab", vocab},
                 {"merges", {"t h", "th e", "▁ the"}}}}};
  json["added_tokens"] =
      Json::array({AddedToken(0, "<unk>", false), AddedToken(1, "<s>", false),
                   AddedToken(2, "</s>", true)});
  return json;
}

absl::Status WriteGpt2(const std::string& folder) {
  Random random(1);
  RETURN_IF_ERROR(WriteGpt2Folder(
      folder, {261, kWidth, kLayers, kHeads, kContext}, RandomTensors(random)));
  return WriteFileAtomically(folder + "/tokenizer.json",
                             ByteLevelTokenizer().dump());
}

// A folder of a class whose blocks are a Llama's.
struct LlamaLike {
  const char* folder;
  const char* architecture;
  const char* model_type;
  int head_dim;
  bool qkv_bias;
  bool head_norms;
  Json config;  // what this class has besides
  bool pre_norms = true;
  bool post_norms = false;
  bool norms_over_heads = false;  // of head_norms: one for all heads together
  bool norms_add_one = false;
};

// Of Gemma 2 and 3. llama.cpp scales by the root of head_dim.
Json GemmaConfig(const Json& more) {
  Json config = {{"hidden_act", "gelu_pytorch_tanh"},
                 {"head_dim", 12},
                 {"torch_dtype", "float32"},
                 {"query_pre_attn_scalar", 12},
                 {"sliding_window", 10}};
  config.update(more);
  return config;
}

// Classes that have more than Llama's features.
std::vector<LlamaLike> OtherClasses() {
  LlamaLike gemma = {"gemma",
                     "GemmaForCausalLM",
                     "gemma",
                     12,
                     false,
                     false,
                     {{"hidden_act", "gelu"},
                      {"hidden_activation", "gelu_pytorch_tanh"},
                      {"head_dim", 12},
                      {"tie_word_embeddings", true},
                      {"torch_dtype", "float32"}}};
  gemma.norms_add_one = true;
  LlamaLike gemma2 = {"gemma2",
                      "Gemma2ForCausalLM",
                      "gemma2",
                      12,
                      false,
                      false,
                      GemmaConfig({{"tie_word_embeddings", true},
                                   {"attn_logit_softcapping", 5.0},
                                   {"final_logit_softcapping", 10.0}})};
  gemma2.post_norms = true;
  gemma2.norms_add_one = true;
  LlamaLike gemma3 = {"gemma3",
                      "Gemma3ForCausalLM",
                      "gemma3_text",
                      12,
                      false,
                      true,
                      GemmaConfig({{"sliding_window_pattern", 2},
                                   {"final_logit_softcapping", 10.0},
                                   {"rope_local_base_freq", 500.0}})};
  gemma3.post_norms = true;
  gemma3.norms_add_one = true;
  const LlamaLike granite = {"granite",
                             "GraniteForCausalLM",
                             "granite",
                             8,
                             false,
                             false,
                             {{"embedding_multiplier", 12.0},
                              {"attention_multiplier", 0.25},
                              {"residual_multiplier", 0.22},
                              {"logits_scaling", 8.0}}};
  LlamaLike olmo2 = {"olmo2", "Olmo2ForCausalLM", "olmo2", 8, false,
                     true,    Json::object()};
  olmo2.pre_norms = false;
  olmo2.post_norms = true;
  olmo2.norms_over_heads = true;
  // llama.cpp does not turn the fourth layer.
  const LlamaLike smollm3 = {
      "smollm3",
      "SmolLM3ForCausalLM",
      "smollm3",
      8,
      false,
      false,
      {{"num_hidden_layers", 4}, {"no_rope_layers", {1, 1, 1, 0}}}};
  return {gemma, gemma2, gemma3, granite, olmo2, smollm3};
}

std::vector<LlamaLike> LlamaLikes() {
  // Of the frequencies of heads of 8, in a context of 32 tokens, one stays, one
  // is interpolated and two are divided.
  const Json llama3 = {{"rope_type", "llama3"},
                       {"factor", 8.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 32}};
  return {{"llama", "LlamaForCausalLM", "llama", 8, false, false, {}},
          {"llama3",
           "LlamaForCausalLM",
           "llama",
           8,
           false,
           false,
           {{"rope_scaling", llama3}, {"rope_theta", 500.0}}},
          {"mistral",
           "MistralForCausalLM",
           "mistral",
           8,
           false,
           false,
           {{"sliding_window", 10}}},
          {"qwen2",
           "Qwen2ForCausalLM",
           "qwen2",
           8,
           true,
           false,
           {{"use_sliding_window", false}, {"sliding_window", 10}}},
          {"qwen3",
           "Qwen3ForCausalLM",
           "qwen3",
           12,
           false,
           true,
           {{"head_dim", 12}, {"attention_bias", false}}}};
}

Json ConfigOf(const LlamaLike& model) {
  Json config = {{"architectures", {model.architecture}},
                 {"model_type", model.model_type},
                 {"vocab_size", 266},
                 {"hidden_size", kWidth},
                 {"intermediate_size", kHidden},
                 {"num_hidden_layers", kLayers},
                 {"num_attention_heads", kHeads},
                 {"num_key_value_heads", kKeyHeads},
                 {"max_position_embeddings", kContext},
                 {"rms_norm_eps", 1e-5},
                 {"rope_theta", 10000.0},
                 {"hidden_act", "silu"},
                 {"tie_word_embeddings", false},
                 {"bos_token_id", 1},
                 {"eos_token_id", 2}};
  if (!model.config.is_null()) config.update(model.config);
  return config;
}

void AddAttention(const LlamaLike& model, const std::string& layer,
                  SafetensorsWriter& tensors) {
  const int queries = kHeads * model.head_dim;
  const int keys = kKeyHeads * model.head_dim;
  const std::pair<const char*, int> projections[] = {
      {"q_proj", queries}, {"k_proj", keys}, {"v_proj", keys}};
  for (const auto& [name, out] : projections) {
    const std::string to = absl::StrCat(layer, "self_attn.", name);
    tensors.Add(to + ".weight", {out, kWidth});
    if (model.qkv_bias) tensors.Add(to + ".bias", {out});
  }
  tensors.Add(layer + "self_attn.o_proj.weight", {kWidth, queries});
  if (!model.head_norms) return;
  const bool over_heads = model.norms_over_heads;
  tensors.Add(layer + "self_attn.q_norm.weight",
              {over_heads ? queries : model.head_dim});
  tensors.Add(layer + "self_attn.k_norm.weight",
              {over_heads ? keys : model.head_dim});
}

absl::Status WriteLlamaLike(const LlamaLike& model, const std::string& folder) {
  Random random(2);
  SafetensorsWriter tensors(model.norms_add_one ? RandomGemma(random)
                                                : RandomTensors(random));
  const Json config = ConfigOf(model);
  tensors.Add("model.embed_tokens.weight", {266, kWidth});
  for (int i = 0; i < config["num_hidden_layers"].get<int>(); ++i) {
    const std::string layer = absl::StrCat("model.layers.", i, ".");
    if (model.pre_norms)
      tensors.Add(layer + "input_layernorm.weight", {kWidth});
    AddAttention(model, layer, tensors);
    tensors.Add(layer + "post_attention_layernorm.weight", {kWidth});
    if (model.post_norms) {
      if (model.pre_norms) {
        tensors.Add(layer + "pre_feedforward_layernorm.weight", {kWidth});
      }
      tensors.Add(layer + "post_feedforward_layernorm.weight", {kWidth});
    }
    tensors.Add(layer + "mlp.gate_proj.weight", {kHidden, kWidth});
    tensors.Add(layer + "mlp.up_proj.weight", {kHidden, kWidth});
    tensors.Add(layer + "mlp.down_proj.weight", {kWidth, kHidden});
  }
  tensors.Add("model.norm.weight", {kWidth});
  if (!config["tie_word_embeddings"].get<bool>()) {
    tensors.Add("lm_head.weight", {266, kWidth});
  }
  RETURN_IF_ERROR(WriteFileAtomically(folder + "/config.json", config.dump()));
  RETURN_IF_ERROR(WriteFileAtomically(folder + "/tokenizer.json",
                                      SentencePieceTokenizer().dump()));
  return WriteFileAtomically(folder + "/model.safetensors",
                             tensors.TakeBytes());
}

// Version 0 (tools/import/llama2c_model.h), the classifier being the embedding.
std::string Llama2cModel() {
  const int vocab = 263;
  const int keys = kWidth / kHeads * kKeyHeads;
  Random random(3);
  std::string bytes = BytesOf(std::vector<int32_t>{
      kWidth, kHidden, kLayers, kHeads, kKeyHeads, vocab, kContext});
  bytes += Weights(vocab * kWidth, random);
  bytes += Weights(kLayers * kWidth, random, 1);
  bytes += Weights(kLayers * kWidth * kWidth, random);
  bytes += Weights(2 * kLayers * keys * kWidth, random);
  bytes += Weights(kLayers * kWidth * kWidth, random);
  bytes += Weights(kLayers * kWidth, random, 1);
  bytes += Weights(3 * kLayers * kWidth * kHidden, random);
  bytes += Weights(kWidth, random, 1);
  bytes += Weights(kContext * kWidth / kHeads, random);  // the rotary table
  return bytes;
}

std::string Llama2cTokenizer() {
  std::vector<std::string> pieces = {"<unk>", "\n<s>\n", "\n</s>\n"};
  for (int byte = 0; byte < 256; ++byte) {
    pieces.push_back(absl::StrFormat("<0x%02X>", byte));
  }
  for (const char* piece : {"t", "h", "e", "th"}) pieces.push_back(piece);
  std::string bytes = BytesOf(std::vector<int32_t>{6});
  for (const std::string& piece : pieces) {
    bytes += BytesOf(std::vector<float>{piece == "th" ? -1.f : -5.f});
    bytes += BytesOf(std::vector<int32_t>{static_cast<int32_t>(piece.size())});
    bytes += piece;
  }
  return bytes;
}

// Documents of one to six sentences: some are longer than the context.
std::string Text(uint64_t seed) {
  const char* names[] = {"the cat", "the dog", "the bird", "Ada"};
  const char* verbs[] = {"walked", "jumped", "sang", "smiled"};
  Random random(seed);
  std::string text;
  for (int document = 0; document < 20; ++document) {
    for (uint64_t left = 1 + random.Below(6); left > 0; --left) {
      absl::StrAppend(&text, "Then ", names[random.Below(4)], " ",
                      verbs[random.Below(4)], ".\n");
    }
    text += "<|endoftext|>\n";
  }
  return text;
}

std::string Pairs() {
  std::string lines;
  for (const char* name : {"cat", "dog", "bird"}) {
    for (const char* verb : {"walk", "jump", "sing"}) {
      lines +=
          Json({{"sentence_good", absl::StrCat("The ", name, "s ", verb)},
                {"sentence_bad", absl::StrCat("The ", name, "s ", verb, "s")},
                {"UID", "agreement"}})
              .dump() +
          "\n";
      lines +=
          Json({{"sentence_good", absl::StrCat("A ", name, " ", verb, "s")},
                {"sentence_bad", absl::StrCat(name, " a ", verb, "s")},
                {"UID", "order"}})
              .dump() +
          "\n";
    }
  }
  return lines;
}

absl::Status WriteAll(const std::string& folder) {
  RETURN_IF_ERROR(WriteGpt2(folder + "/gpt2"));
  for (const std::vector<LlamaLike>& models : {LlamaLikes(), OtherClasses()}) {
    for (const LlamaLike& model : models) {
      RETURN_IF_ERROR(
          WriteLlamaLike(model, absl::StrCat(folder, "/", model.folder)));
    }
  }
  for (const auto& [name, contents] : std::map<std::string, std::string>{
           {"llama2c/model.bin", Llama2cModel()},
           {"llama2c/tokenizer.bin", Llama2cTokenizer()},
           {"calibration.txt", Text(4)},
           {"evaluation.txt", Text(5)},
           {"pairs.jsonl", Pairs()}}) {
    RETURN_IF_ERROR(
        WriteFileAtomically(absl::StrCat(folder, "/", name), contents));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "make_fixtures FOLDER\n");
    return 2;
  }
  const absl::Status status = quant_curve::WriteAll(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "make_fixtures: %s\n", status.ToString().c_str());
  return 1;
}
