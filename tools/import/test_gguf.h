// GGUF files that the tests make themselves, written down once more from the
// format's document: tools/import/gguf_file.h shows it.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TEST_GGUF_H_
#define QUANT_CURVE_TOOLS_IMPORT_TEST_GGUF_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace quant_curve {

// Values of metadata with their types before them.
std::string GgufUint32(uint32_t value);
std::string GgufFloat32(float value);
std::string GgufBool(uint8_t value);
std::string GgufText(const std::string& text);
std::string GgufTexts(const std::vector<std::string>& texts);
std::string GgufInt32s(const std::vector<int32_t>& values);
std::string GgufFloat32s(const std::vector<float>& values);

struct TestGgufTensor {
  std::string name;
  std::vector<uint64_t> extents;  // the innermost first
  uint32_t type = 0;              // F32
  std::string data;
  int64_t shift = 0;  // added to the offset
};

// A file in parts, so that a test can spoil each.
struct TestGguf {
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::vector<std::pair<std::string, std::string>> pairs;  // key, typed value
  std::vector<TestGgufTensor> tensors;
  uint64_t alignment = 32;
  int64_t more_pairs = 0;    // added to the count in the file
  int64_t more_tensors = 0;  // alike

  // Sets, or adds, a pair.
  void Set(const std::string& key, const std::string& value);
  void Remove(const std::string& key);
  TestGgufTensor& Tensor(const std::string& name);
  void RemoveTensor(const std::string& name);

  std::string Bytes() const;
};

// One layer of width 4, one head, an MLP of 2, context 8. Weights are 1, 2, 3
// and so on, through all tensors. Of llama, with SentencePiece's tokens
// <unk>, <s>, </s>, ▁, h, i, hi, ▁hi; and of gpt2, tied, with the tokens h, i,
// Ġ, hi, <|end|>.
TestGguf TinyLlamaGguf();
TestGguf TinyGpt2Gguf();

// The Llama's metadata and tensors under the name of another architecture.
TestGguf TinyLlamaGgufAs(const std::string& architecture);
// Gemma 3's, with a window of 3 and norms of q, k and the branches, which are
// 2, 3, 4 and 5.
TestGguf TinyGemma3Gguf();

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TEST_GGUF_H_
