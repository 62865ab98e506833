#include "tools/import/test_gguf.h"

#include <algorithm>
#include <cstring>

namespace quant_curve {
namespace {

template <typename Number>
std::string Raw(Number number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(&bytes[0], &number, sizeof(number));
  return bytes;
}

std::string RawText(const std::string& text) {
  return Raw<uint64_t>(text.size()) + text;
}

std::string ArrayHead(uint32_t type, uint64_t size) {
  return Raw<uint32_t>(9) + Raw(type) + Raw(size);
}

void Pad(uint64_t alignment, std::string& bytes) {
  while (bytes.size() % alignment != 0) bytes += '\0';
}

// Appends an F32 tensor of the next numbers.
void AddTensor(const std::string& name, const std::vector<uint64_t>& extents,
               float& next, TestGguf& file) {
  TestGgufTensor tensor{name, extents, 0, ""};
  uint64_t size = 1;
  for (const uint64_t extent : extents) size *= extent;
  for (uint64_t i = 0; i < size; ++i) tensor.data += Raw(next++);
  file.tensors.push_back(tensor);
}

void AddSizes(const std::string& architecture, TestGguf& file) {
  file.Set("general.architecture", GgufText(architecture));
  for (const auto& [key, value] : std::vector<std::pair<std::string, uint32_t>>{
           {"context_length", 8},
           {"embedding_length", 4},
           {"block_count", 1},
           {"feed_forward_length", 2},
           {"attention.head_count", 1}}) {
    file.Set(architecture + "." + key, GgufUint32(value));
  }
}

}  // namespace

std::string GgufUint32(uint32_t value) { return Raw<uint32_t>(4) + Raw(value); }
std::string GgufFloat32(float value) { return Raw<uint32_t>(6) + Raw(value); }
std::string GgufBool(uint8_t value) { return Raw<uint32_t>(7) + Raw(value); }
std::string GgufText(const std::string& text) {
  return Raw<uint32_t>(8) + RawText(text);
}

std::string GgufTexts(const std::vector<std::string>& texts) {
  std::string bytes = ArrayHead(8, texts.size());
  for (const std::string& text : texts) bytes += RawText(text);
  return bytes;
}

std::string GgufInt32s(const std::vector<int32_t>& values) {
  std::string bytes = ArrayHead(5, values.size());
  for (const int32_t value : values) bytes += Raw(value);
  return bytes;
}

std::string GgufFloat32s(const std::vector<float>& values) {
  std::string bytes = ArrayHead(6, values.size());
  for (const float value : values) bytes += Raw(value);
  return bytes;
}

void TestGguf::Set(const std::string& key, const std::string& value) {
  for (auto& pair : pairs) {
    if (pair.first != key) continue;
    pair.second = value;
    return;
  }
  pairs.emplace_back(key, value);
}

void TestGguf::Remove(const std::string& key) {
  pairs.erase(std::remove_if(pairs.begin(), pairs.end(),
                             [&](const auto& p) { return p.first == key; }),
              pairs.end());
}

TestGgufTensor& TestGguf::Tensor(const std::string& name) {
  return *std::find_if(tensors.begin(), tensors.end(),
                       [&](const auto& t) { return t.name == name; });
}

void TestGguf::RemoveTensor(const std::string& name) {
  tensors.erase(std::remove_if(tensors.begin(), tensors.end(),
                               [&](const auto& t) { return t.name == name; }),
                tensors.end());
}

std::string TestGguf::Bytes() const {
  std::string bytes = magic + Raw(version);
  bytes += Raw<uint64_t>(tensors.size() + more_tensors);
  bytes += Raw<uint64_t>(pairs.size() + more_pairs);
  for (const auto& [key, value] : pairs) bytes += RawText(key) + value;
  std::string data;
  for (const TestGgufTensor& tensor : tensors) {
    bytes += RawText(tensor.name) + Raw<uint32_t>(tensor.extents.size());
    for (const uint64_t extent : tensor.extents) bytes += Raw(extent);
    bytes += Raw(tensor.type) + Raw<uint64_t>(data.size() + tensor.shift);
    data += tensor.data;
    Pad(alignment, data);
  }
  Pad(alignment, bytes);
  return bytes + data;
}

TestGguf TinyLlamaGguf() {
  TestGguf file;
  AddSizes("llama", file);
  file.Set("llama.attention.layer_norm_rms_epsilon", GgufFloat32(0.5f));
  file.Set("tokenizer.ggml.model", GgufText("llama"));
  file.Set("tokenizer.ggml.tokens",
           GgufTexts({"<unk>", "<s>", "</s>", "▁", "h", "i", "hi", "▁hi"}));
  file.Set("tokenizer.ggml.token_type", GgufInt32s({2, 3, 3, 1, 1, 1, 1, 1}));
  file.Set("tokenizer.ggml.scores",
           GgufFloat32s({0, 0, 0, -3, -4, -5, -1, -2}));
  file.Set("tokenizer.ggml.unknown_token_id", GgufUint32(0));
  file.Set("tokenizer.ggml.bos_token_id", GgufUint32(1));
  file.Set("tokenizer.ggml.eos_token_id", GgufUint32(2));
  float next = 1;
  AddTensor("token_embd.weight", {4, 8}, next, file);
  AddTensor("blk.0.attn_norm.weight", {4}, next, file);
  for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
    AddTensor(std::string("blk.0.") + name + ".weight", {4, 4}, next, file);
  }
  AddTensor("blk.0.ffn_norm.weight", {4}, next, file);
  AddTensor("blk.0.ffn_gate.weight", {4, 2}, next, file);
  AddTensor("blk.0.ffn_up.weight", {4, 2}, next, file);
  AddTensor("blk.0.ffn_down.weight", {2, 4}, next, file);
  AddTensor("output_norm.weight", {4}, next, file);
  AddTensor("output.weight", {4, 8}, next, file);
  return file;
}

TestGguf TinyLlamaGgufAs(const std::string& architecture) {
  TestGguf file = TinyLlamaGguf();
  const std::string prefix = "llama.";
  for (auto& [key, value] : file.pairs) {
    if (key.compare(0, prefix.size(), prefix) == 0) {
      key = architecture + "." + key.substr(prefix.size());
    }
  }
  file.Set("general.architecture", GgufText(architecture));
  return file;
}

TestGguf TinyGemma3Gguf() {
  TestGguf file = TinyLlamaGgufAs("gemma3");
  file.Set("gemma3.attention.sliding_window", GgufUint32(3));
  float value = 2;
  for (const char* name :
       {"attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"}) {
    std::string data;
    for (int i = 0; i < 4; ++i) data += Raw(value);
    file.tensors.push_back(
        {std::string("blk.0.") + name + ".weight", {4}, 0, data});
    ++value;
  }
  return file;
}

TestGguf TinyGpt2Gguf() {
  TestGguf file;
  AddSizes("gpt2", file);
  file.Set("tokenizer.ggml.model", GgufText("gpt2"));
  file.Set("tokenizer.ggml.pre", GgufText("gpt-2"));
  file.Set("tokenizer.ggml.tokens",
           GgufTexts({"h", "i", "Ġ", "hi", "<|end|>"}));
  file.Set("tokenizer.ggml.token_type", GgufInt32s({1, 1, 1, 1, 3}));
  file.Set("tokenizer.ggml.merges", GgufTexts({"h i"}));
  file.Set("tokenizer.ggml.bos_token_id", GgufUint32(4));
  file.Set("tokenizer.ggml.eos_token_id", GgufUint32(4));
  float next = 1;
  AddTensor("token_embd.weight", {4, 5}, next, file);
  AddTensor("position_embd.weight", {4, 8}, next, file);
  for (const char* norm :
       {"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"}) {
    AddTensor(std::string(norm) + ".weight", {4}, next, file);
    AddTensor(std::string(norm) + ".bias", {4}, next, file);
  }
  AddTensor("blk.0.attn_qkv.weight", {4, 12}, next, file);
  AddTensor("blk.0.attn_qkv.bias", {12}, next, file);
  AddTensor("blk.0.attn_output.weight", {4, 4}, next, file);
  AddTensor("blk.0.attn_output.bias", {4}, next, file);
  AddTensor("blk.0.ffn_up.weight", {4, 2}, next, file);
  AddTensor("blk.0.ffn_up.bias", {2}, next, file);
  AddTensor("blk.0.ffn_down.weight", {2, 4}, next, file);
  AddTensor("blk.0.ffn_down.bias", {4}, next, file);
  return file;
}

}  // namespace quant_curve
