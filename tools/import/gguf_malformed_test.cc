#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tools/import/import_model.h"
#include "tools/import/test_gguf.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

constexpr char kQ[] = "blk.0.attn_q.weight";

MalformedInput Llama(const std::string& name, const std::string& error,
                     const std::function<void(TestGguf&)>& spoil) {
  TestGguf file = TinyLlamaGguf();
  spoil(file);
  return {name, file.Bytes(), error};
}

MalformedInput Gpt2(const std::string& name, const std::string& error,
                    const std::function<void(TestGguf&)>& spoil) {
  TestGguf file = TinyGpt2Gguf();
  spoil(file);
  return {name, file.Bytes(), error};
}

std::string Number(uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(&bytes[0], &value, 8);
  return bytes;
}

std::string Typed(char type, const std::string& rest) {
  return std::string{type, '\0', '\0', '\0'} + rest;
}

std::vector<MalformedInput> MalformedContainers() {
  using G = TestGguf&;
  return {
      Llama("Version1", "version 1 of GGUF", [](G g) { g.version = 1; }),
      Llama("Version4", "version 4 of GGUF", [](G g) { g.version = 4; }),
      Llama("BigEndian", "a big-endian GGUF", [](G g) { g.version = 3 << 24; }),
      {"OnlyMagic", "GGUF", "version at byte 4"},
      {"NoCounts", std::string("GGUF\3\0\0\0\1\0", 10), "tensor count at byte"},
      Llama("PairsMany", "metadata pairs, for which",
            [](G g) { g.more_pairs = 1 << 30; }),
      Llama("PairsMost", "metadata pairs, for which",
            [](G g) { g.more_pairs = -1 - int64_t(g.pairs.size()); }),
      Llama("TensorsMany", "tensors, for which",
            [](G g) { g.more_tensors = 1 << 30; }),
      Llama("TensorsOneMore", "", [](G g) { g.more_tensors = 1; }),
      Llama("PairsOneMore", "", [](G g) { g.more_pairs = 1; }),
      Llama("KeyTwice", "'llama.block_count' occurs twice",
            [](G g) {
              g.pairs.push_back({"llama.block_count", GgufUint32(1)});
            }),
      Llama("KeyEmpty", "metadata key has 0 bytes",
            [](G g) {
              g.pairs.push_back({"", GgufUint32(1)});
            }),
      Llama("KeyNotUtf8", "metadata key",
            [](G g) {
              g.pairs.push_back({"\xff", GgufUint32(1)});
            }),
      Llama("KeyLong", "metadata key has 70000 bytes",
            [](G g) { g.Set(std::string(70000, 'a'), GgufUint32(1)); }),
      Llama("ValueTypeUnknown", "value type 13",
            [](G g) { g.Set("x", Typed(13, "abcd")); }),
      Llama("ValueTypeUnknownInArray", "value type 77",
            [](G g) { g.Set("x", Typed(9, Typed(77, Number(1)))); }),
      Llama("ArrayOfArrays", "array of arrays",
            [](G g) { g.Set("x", Typed(9, Typed(9, Number(1)))); }),
      Llama("ArrayEndless", "elements, too many",
            [](G g) { g.Set("x", Typed(9, Typed(0, Number(~uint64_t{0})))); }),
      Llama("ArrayBeyondFile", "it is truncated or damaged",
            [](G g) { g.Set("x", Typed(9, Typed(8, Number(4000000)))); }),
      Llama("StringBeyondFile", "it is truncated or damaged",
            [](G g) { g.Set("x", Typed(8, Number(uint64_t{1} << 40))); }),
      Llama("StringEndless", "it is truncated or damaged",
            [](G g) { g.Set("x", Typed(8, Number(~uint64_t{0}))); }),
      Llama("BooleanTwo", "must be 0 or 1",
            [](G g) { g.Set("x", GgufBool(2)); }),
      Llama("NameEmpty", "tensor name has 0 bytes",
            [](G g) { g.Tensor(kQ).name = ""; }),
      Llama("NameLong", "tensor name has 65 bytes",
            [](G g) { g.Tensor(kQ).name = std::string(65, 'a'); }),
      Llama("NameTwice", "'blk.0.attn_k.weight' occurs twice",
            [](G g) { g.Tensor(kQ).name = "blk.0.attn_k.weight"; }),
      Llama("RankZero", "has 0 dimensions",
            [](G g) { g.Tensor(kQ).extents = {}; }),
      Llama("RankFive", "has 5 dimensions",
            [](G g) {
              g.Tensor(kQ).extents = {1, 1, 1, 1, 16};
            }),
      Llama("ExtentZero", "has no elements",
            [](G g) {
              g.Tensor(kQ).extents = {4, 0};
            }),
      Llama("ExtentsOverflow", "more bytes than fit in 63 bits",
            [](G g) {
              g.Tensor(kQ).extents = {uint64_t{1} << 32, uint64_t{1} << 32};
            }),
      Llama("ExtentBeyondFile", "truncated: tensor 'output.weight'",
            [](G g) {
              g.Tensor("output.weight").extents = {4, 1 << 30};
            }),
      Llama("TypesQuantized",
            "not read yet: 1 of Q4_0, 2 of Q6_K, 1 of unknown type 99",
            [](G g) {
              g.Tensor(kQ).type = 14;
              g.Tensor("blk.0.attn_k.weight").type = 14;
              g.Tensor("blk.0.attn_v.weight").type = 2;
              g.Tensor("output.weight").type = 99;
            }),
      Llama("OffsetInside", "inside the tensor before it",
            [](G g) { g.Tensor("output.weight").shift = -32; }),
      Llama("OffsetNotAligned", "not aligned or behind a gap",
            [](G g) { g.Tensor("output.weight").shift = 4; }),
      Llama("OffsetBehindGap", "not aligned or behind a gap",
            [](G g) { g.Tensor("output.weight").shift = 32; }),
      Llama("OffsetFar", "not aligned or behind a gap",
            [](G g) { g.Tensor("output.weight").shift = int64_t{1} << 62; }),
      Llama("TwoAtOneOffset", "inside the tensor before it",
            [](G g) { g.Tensor("blk.0.attn_k.weight").shift = -64; }),
      Llama(
          "BytesFollow", "bytes follow",
          [](G g) { g.Tensor("output.weight").data += std::string(64, 'x'); }),
      Llama("AlignmentZero", "general.alignment is 0",
            [](G g) { g.Set("general.alignment", GgufUint32(0)); }),
      Llama("AlignmentNoPower", "general.alignment is 24",
            [](G g) { g.Set("general.alignment", GgufUint32(24)); }),
      Llama("AlignmentHuge", "general.alignment is 1073741824",
            [](G g) { g.Set("general.alignment", GgufUint32(1 << 30)); }),
      Llama("AlignmentText", "general.alignment is of kind string",
            [](G g) { g.Set("general.alignment", GgufText("32")); }),
      Llama("Split", "one of 3 files of a split model",
            [](G g) { g.Set("split.count", GgufUint32(3)); }),
      Llama("NotFinite", "element 31 is not finite",
            [](G g) {
              const float bad = NAN;
              std::memcpy(&g.Tensor("output.weight").data[124], &bad, 4);
            }),
  };
}

std::vector<MalformedInput> MalformedModels() {
  using G = TestGguf&;
  return {
      Llama("NoArchitecture", "general.architecture is missing",
            [](G g) { g.Remove("general.architecture"); }),
      Llama("OtherArchitecture",
            "'mamba', supported are gpt2, llama, qwen2, qwen3, gemma, gemma2, "
            "gemma3, granite, olmo2, smollm3",
            [](G g) { g.Set("general.architecture", GgufText("mamba")); }),
      Llama("Adapter", "general.type is 'adapter'",
            [](G g) { g.Set("general.type", GgufText("adapter")); }),
      Llama("UnknownKeys",
            "'llama.attention.sliding_window', 'llama.expert_count'",
            [](G g) {
              g.Set("llama.expert_count", GgufUint32(8));
              g.Set("llama.attention.sliding_window", GgufUint32(8));
            }),
      Llama("NoWidth", "llama.embedding_length is missing",
            [](G g) { g.Remove("llama.embedding_length"); }),
      Llama("WidthText", "embedding_length is of kind string",
            [](G g) { g.Set("llama.embedding_length", GgufText("4")); }),
      Llama("HeadsOfEachLayer", "head_count is an array",
            [](G g) { g.Set("llama.attention.head_count", GgufInt32s({1})); }),
      Llama("WidthNegative", "is -1: must be in [0, 2^32)",
            [](G g) {
              g.Set("llama.embedding_length", Typed(5, "\xff\xff\xff\xff"));
            }),
      Llama("HeadsZero", "num_heads",
            [](G g) { g.Set("llama.attention.head_count", GgufUint32(0)); }),
      Llama("LayersMany", "too few for the 1000000 layers",
            [](G g) { g.Set("llama.block_count", GgufUint32(1000000)); }),
      Llama("EpsilonNegative", "must be positive and finite",
            [](G g) {
              g.Set("llama.attention.layer_norm_rms_epsilon", GgufFloat32(-1));
            }),
      Llama("EpsilonNan", "must be positive and finite",
            [](G g) {
              g.Set("llama.attention.layer_norm_rms_epsilon", GgufFloat32(NAN));
            }),
      Llama("ValueHeadsOther", "attention.value_length is 8, only 4",
            [](G g) { g.Set("llama.attention.value_length", GgufUint32(8)); }),
      Llama("RotaryPartial", "rope.dimension_count is 2, only 4",
            [](G g) { g.Set("llama.rope.dimension_count", GgufUint32(2)); }),
      Llama("VocabularyOther", "vocab_size is 9, only 8",
            [](G g) { g.Set("llama.vocab_size", GgufUint32(9)); }),
      Llama("Yarn", "rope.scaling.type is 'yarn', only none and linear",
            [](G g) { g.Set("llama.rope.scaling.type", GgufText("yarn")); }),
      Llama("RopeFactorsShape", "a factor for each pair of a head",
            [](G g) {
              g.tensors.push_back({"rope_freqs.weight", {1}, 0, "abcd"});
            }),
      Llama("RopeFactorsOther", "no original context",
            [](G g) {
              g.tensors.push_back(
                  {"rope_freqs.weight", {2}, 0, Number(0x4000000040400000)});
            }),
      Llama("TensorMissing", "'blk.0.attn_q.weight' is missing",
            [](G g) { g.RemoveTensor(kQ); }),
      Llama("EmbeddingMissing", "'token_embd.weight' is missing",
            [](G g) { g.RemoveTensor("token_embd.weight"); }),
      Llama(
          "TensorUnknown", "'blk.0.ffn_gate_inp.weight' is not what",
          [](G g) {
            g.tensors.push_back({"blk.0.ffn_gate_inp.weight", {1}, 0, "abcd"});
          }),
      Llama("Transposed", "has the shape [2, 8], expected [4, 4]",
            [](G g) {
              g.Tensor(kQ).extents = {8, 2};
            }),
      Gpt2("FusedShort", "has the shape [4, 12], expected [12, 4]",
           [](G g) {
             g.Tensor("blk.0.attn_qkv.weight").extents = {12, 4};
           }),
  };
}

std::vector<MalformedInput> MalformedTokenizers() {
  using G = TestGguf&;
  return {
      Llama("KindOther", "tokenizer.ggml.model is 't5', supported are gpt2",
            [](G g) { g.Set("tokenizer.ggml.model", GgufText("t5")); }),
      Llama("KindMissing", "tokenizer.ggml.model is ''",
            [](G g) { g.Remove("tokenizer.ggml.model"); }),
      Gpt2("PreOther", "tokenizer.ggml.pre is 'viking', supported are gpt-2",
           [](G g) { g.Set("tokenizer.ggml.pre", GgufText("viking")); }),
      Llama("NoTokens", "tokenizer.ggml.tokens is missing",
            [](G g) { g.Remove("tokenizer.ggml.tokens"); }),
      Llama("TokensFew", "token_type has 8 elements, but there are 1 tokens",
            [](G g) { g.Set("tokenizer.ggml.tokens", GgufTexts({"a"})); }),
      Llama("ScoresFew", "scores has 1 elements",
            [](G g) { g.Set("tokenizer.ggml.scores", GgufFloat32s({1})); }),
      Llama("ScoreNan", "scores",
            [](G g) {
              g.Set("tokenizer.ggml.scores",
                    GgufFloat32s({0, 0, 0, NAN, 0, 0, 0, 0}));
            }),
      Llama("TypeSeven", "token_type[3] is 7",
            [](G g) {
              g.Set("tokenizer.ggml.token_type",
                    GgufInt32s({2, 3, 3, 7, 1, 1, 1, 1}));
            }),
      Llama("ByteOfNothing", "tokens[4] is 'h', but its type that of a byte",
            [](G g) {
              g.Set("tokenizer.ggml.token_type",
                    GgufInt32s({2, 3, 3, 1, 6, 1, 1, 1}));
            }),
      Llama(
          "BosBeyond", "bos_id",
          [](G g) { g.Set("tokenizer.ggml.bos_token_id", GgufUint32(1000)); }),
      Llama("ExtraSpaces", "remove_extra_whitespaces is true",
            [](G g) {
              g.Set("tokenizer.ggml.remove_extra_whitespaces", GgufBool(1));
            }),
      Llama("CharsMap", "precompiled_charsmap is present",
            [](G g) {
              g.Set("tokenizer.ggml.precompiled_charsmap", GgufInt32s({1}));
            }),
      Llama("TokensMany", "has 9 tokens, the model's vocab_size is 8",
            [](G g) {
              g.Set("tokenizer.ggml.tokens",
                    GgufTexts({"a", "b", "c", "d", "e", "f", "g", "h", "i"}));
              g.Set("tokenizer.ggml.token_type",
                    GgufInt32s({1, 1, 1, 1, 1, 1, 1, 1, 1}));
              g.Set("tokenizer.ggml.scores",
                    GgufFloat32s({0, 0, 0, 0, 0, 0, 0, 0, 0}));
            }),
      Gpt2("MergeOfOne", "merges[0] is 'hi', which is not a merge",
           [](G g) { g.Set("tokenizer.ggml.merges", GgufTexts({"hi"})); }),
      Gpt2("MergeUnknown", "merges[0] is 'h x', which is not a merge",
           [](G g) { g.Set("tokenizer.ggml.merges", GgufTexts({"h x"})); }),
      Gpt2("MergeTwice", "merge",
           [](G g) {
             g.Set("tokenizer.ggml.merges", GgufTexts({"h i", "h i"}));
           }),
      Gpt2("NotOfBytes", "is not a byte of a byte-level vocabulary",
           [](G g) {
             g.Set("tokenizer.ggml.tokens",
                   GgufTexts({"h", "i", " ", "hi", "<|end|>"}));
           }),
  };
}

class MalformedGgufTest : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedGgufTest, ImportFailsNamingTheFile) {
  const std::string path = MakeTestFolder() + "/model.gguf";
  WriteTestFile(path, GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return ImportModel(path, "").status(); });
}

INSTANTIATE_TEST_SUITE_P(Containers, MalformedGgufTest,
                         ::testing::ValuesIn(MalformedContainers()),
                         NameOfInput);
INSTANTIATE_TEST_SUITE_P(Models, MalformedGgufTest,
                         ::testing::ValuesIn(MalformedModels()), NameOfInput);
INSTANTIATE_TEST_SUITE_P(Tokenizers, MalformedGgufTest,
                         ::testing::ValuesIn(MalformedTokenizers()),
                         NameOfInput);

TEST(GgufTruncationTest, EveryTruncationIsRefused) {
  const std::string whole = TinyGpt2Gguf().Bytes();
  const std::string path = MakeTestFolder() + "/model.gguf";
  // The last tensor ends with 16 bytes and 16 of padding, which may be absent.
  for (size_t size = 0; size < whole.size() - 16; ++size) {
    WriteTestFile(path, whole.substr(0, size));
    ExpectRefused(path, "", [&] { return ImportModel(path, "").status(); });
  }
}

}  // namespace
}  // namespace quant_curve
