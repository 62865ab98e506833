#include "tools/import/llama2c_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

constexpr int32_t kMagic = 0x616b3432;
constexpr int32_t kMinInt = std::numeric_limits<int32_t>::min();
constexpr int32_t kMaxInt = std::numeric_limits<int32_t>::max();

// dim 4, hidden_dim 3, two layers, two heads of 2, one of keys and values, five
// tokens, context 6.
const std::vector<int32_t> kSizes = {4, 3, 2, 2, 1, 5, 6};

// `count` floats from `first` on, in steps of 1.
std::string Counting(float first, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(first + i);
  return BytesOf(values);
}

// The tensors' blocks, of both layers at once; first values tell them apart.
struct Blocks {
  std::string embedding = Counting(100, 5 * 4);
  std::string attention_norm = Counting(200, 2 * 4);
  std::string wq = Counting(300, 2 * 4 * 4);
  std::string wk = Counting(400, 2 * 2 * 4);
  std::string wv = Counting(500, 2 * 2 * 4);
  std::string wo = Counting(600, 2 * 4 * 4);
  std::string mlp_norm = Counting(700, 2 * 4);
  std::string w1 = Counting(800, 2 * 3 * 4);
  std::string w2 = Counting(900, 2 * 4 * 3);
  std::string w3 = Counting(1000, 2 * 3 * 4);
  std::string norm = Counting(1100, 4);
  std::string rotary = Counting(1200, 6 * 2);
  std::string classifier = Counting(1300, 5 * 4);
};

std::string Version0(std::vector<int32_t> sizes, bool tied) {
  if (!tied) sizes[5] = -sizes[5];
  const Blocks b;
  return absl::StrCat(BytesOf(sizes), b.embedding, b.attention_norm, b.wq, b.wk,
                      b.wv, b.wo, b.mlp_norm, b.w1, b.w2, b.w3, b.norm) +
         b.rotary + (tied ? "" : b.classifier);
}

std::string Version1Header(const std::vector<int32_t>& sizes, int32_t version,
                           char shared) {
  std::string header =
      BytesOf(std::vector<int32_t>{kMagic, version}) + BytesOf(sizes) + shared;
  header.resize(256);
  return header;
}

std::string Version1(const std::vector<int32_t>& sizes, bool tied) {
  const Blocks b;
  return Version1Header(sizes, 1, tied ? 1 : 0) +
         absl::StrCat(b.attention_norm, b.mlp_norm, b.norm, b.embedding, b.wq,
                      b.wk, b.wv, b.wo, b.w1, b.w2, b.w3) +
         (tied ? "" : b.classifier);
}

std::string WriteOne(const std::string& contents) {
  const std::string path = MakeTestFolder() + "/model.bin";
  WriteTestFile(path, contents);
  return path;
}

std::vector<float> ValuesOf(const Checkpoint& checkpoint,
                            const std::string& name) {
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (tensor.name() == name) return *ReadFloats(tensor);
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

void ExpectHoldsTheBlocks(const Checkpoint& checkpoint, bool tied) {
  const ModelConfig& config = checkpoint.config();
  EXPECT_EQ(config.d_model(), 4);
  EXPECT_EQ(config.d_ff(), 3);
  EXPECT_EQ(config.num_layers(), 2);
  EXPECT_EQ(config.num_heads(), 2);
  EXPECT_EQ(config.num_kv_heads(), 1);
  EXPECT_EQ(config.vocab_size(), 5);
  EXPECT_EQ(config.context_length(), 6);
  EXPECT_EQ(config.layer_norm_epsilon(), 1e-5f);
  EXPECT_EQ(config.rope_theta(), 10000);
  EXPECT_EQ(config.tied_embeddings(), tied);
  ASSERT_EQ(checkpoint.tensors_size(), TensorSpecs(config).size());
  EXPECT_EQ(ValuesOf(checkpoint, "wte.weight")[19], 119);
  EXPECT_THAT(ValuesOf(checkpoint, "h.0.ln_1.weight"),
              ElementsAre(200, 201, 202, 203));
  EXPECT_THAT(ValuesOf(checkpoint, "h.1.ln_1.weight"),
              ElementsAre(204, 205, 206, 207));
  EXPECT_THAT(ValuesOf(checkpoint, "h.1.ln_2.weight"),
              ElementsAre(704, 705, 706, 707));
  // Heads of two rows: even before odd changes nothing.
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.attn.q_proj.weight")[0], 316);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.attn.k_proj.weight")[7], 415);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.attn.v_proj.weight")[0], 508);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.attn.o_proj.weight")[0], 616);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.mlp.gate_proj.weight")[0], 812);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.mlp.down_proj.weight")[0], 912);
  EXPECT_EQ(ValuesOf(checkpoint, "h.1.mlp.up_proj.weight")[0], 1012);
  EXPECT_THAT(ValuesOf(checkpoint, "ln_f.weight"),
              ElementsAre(1100, 1101, 1102, 1103));
  if (!tied) {
    EXPECT_EQ(ValuesOf(checkpoint, "lm_head.weight")[0], 1300);
  }
}

TEST(Llama2cModelTest, BothVersionsAreReadTiedOrNot) {
  for (const bool tied : {false, true}) {
    for (const std::string& contents :
         {Version0(kSizes, tied), Version1(kSizes, tied)}) {
      ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint,
                           ReadLlama2cModel(WriteOne(contents)));
      ExpectHoldsTheBlocks(checkpoint, tied);
    }
  }
}

TEST(Llama2cModelTest, QueriesAndKeysMoveToTheOtherRotaryLayout) {
  // One head of four rows, and as many of keys.
  const std::vector<int32_t> sizes = {4, 1, 1, 1, 1, 1, 1};
  const std::string contents =
      Version1Header(sizes, 1, 1) + Counting(0, 3 * 4) + Counting(0, 4) +
      Counting(300, 16) + Counting(400, 16) + Counting(500, 16) +
      Counting(600, 16) + Counting(0, 3 * 4);
  ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint,
                       ReadLlama2cModel(WriteOne(contents)));
  EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.q_proj.weight"),
              ElementsAre(300, 301, 302, 303, 308, 309, 310, 311,  //
                          304, 305, 306, 307, 312, 313, 314, 315));
  EXPECT_THAT(ValuesOf(checkpoint, "h.0.attn.k_proj.weight"),
              ElementsAre(400, 401, 402, 403, 408, 409, 410, 411,  //
                          404, 405, 406, 407, 412, 413, 414, 415));
  EXPECT_EQ(ValuesOf(checkpoint, "h.0.attn.v_proj.weight")[4], 504);
}

TEST(Llama2cModelTest, ReadFailsWhenTheFileIsCutAnywhere) {
  for (const std::string& whole :
       {Version0(kSizes, false), Version1(kSizes, true)}) {
    const std::string path = WriteOne(whole);
    for (size_t size = 0; size < whole.size(); size += 3) {
      WriteTestFile(path, absl::string_view(whole).substr(0, size));
      ExpectRefused(path, "", [&] { return ReadLlama2cModel(path).status(); });
    }
  }
}

// Every size of the header set to values that can't be; the error names it.
void AddBadSizes(int version, std::vector<MalformedInput>& inputs) {
  const char* const names[] = {"dim",        "hidden_dim", "n_layers",
                               "n_heads",    "n_kv_heads", "vocab_size",
                               "max_seq_len"};
  const struct {
    const char* name;
    int32_t value;
  } values[] = {{"Zero", 0},
                {"Negative", -3},
                {"Smallest", kMinInt},
                {"Largest", kMaxInt},
                {"BeyondTheBound", (1 << 20) + 1}};
  for (size_t field = 0; field < kSizes.size(); ++field) {
    for (const auto& [name, value] : values) {
      std::vector<int32_t> sizes = kSizes;
      sizes[field] = value;
      std::string contents =
          version == 0 ? Version0(kSizes, true) : Version1(kSizes, true);
      contents.replace(version == 0 ? 0 : 8, 28, BytesOf(sizes));
      std::string test = absl::StrCat("Version", version, name, names[field]);
      test.erase(std::remove(test.begin(), test.end(), '_'), test.end());
      std::string error = absl::StrCat(names[field], "=", value);
      if (value > 0) error = absl::StrCat("=", value, ": must be ");
      // A negative vocabulary says that the classifier is not shared.
      if (version == 0 && field == 5 && value == -3) error = "in its header";
      inputs.push_back({test, contents, error});
    }
  }
}

MalformedInput WithSizes(const std::string& name, size_t field, int32_t value,
                         const std::string& error) {
  std::vector<int32_t> sizes = kSizes;
  sizes[field] = value;
  return {name, Version1(sizes, true), error};
}

std::string WithFloat(std::string contents, size_t offset, float value) {
  return contents.replace(offset, 4, BytesOf(std::vector<float>{value}));
}

std::string WithByte(std::string contents, size_t offset, char value) {
  contents[offset] = value;
  return contents;
}

std::vector<MalformedInput> MalformedModels() {
  const std::string v0 = Version0(kSizes, true);
  const std::string v1 = Version1(kSizes, true);
  const std::string size_error = "with the sizes in its header it must have";
  std::vector<MalformedInput> inputs = {
      {"Empty", "", "0 bytes: too short for a file of llama2.c"},
      {"Text", "once upon a time there was a model", "must be in [1, 1048576]"},
      {"Zeros", std::string(1000, '\0'), "dim=0: must be at least 1"},
      {"Ones", std::string(1000, '\xff'), "dim=-1"},
      {"MagicAlone", v1.substr(0, 4), "4 bytes: too short for"},
      {"HeaderAlone", v1.substr(0, 256), size_error},
      {"Version0HeaderAlone", v0.substr(0, 28), size_error},
      {"ByteMore", v1 + "x", size_error},
      {"Version0ByteMore", v0 + "x", size_error},
      {"FloatLess", v1.substr(0, v1.size() - 4), size_error},
      {"Version0FloatLess", v0.substr(0, v0.size() - 4), size_error},
      {"ClassifierMissing", Version1Header(kSizes, 1, 0) + v1.substr(256),
       size_error},
      {"ClassifierTooMuch",
       Version1Header(kSizes, 1, 1) + Version1(kSizes, false).substr(256),
       size_error},
      {"Version0ClassifierMissing",
       BytesOf(std::vector<int32_t>{4, 3, 2, 2, 1, -5, 6}) + v0.substr(28),
       size_error},
      {"MagicOfOtherByteOrder",
       BytesOf(std::vector<int32_t>{0x32346b61}) + v1.substr(4),
       "=842296161: must be in"},
      {"VersionZero", Version1Header(kSizes, 0, 1) + v1.substr(256),
       "version 0 of llama2.c's format"},
      {"VersionTwo", Version1Header(kSizes, 2, 1) + v1.substr(256),
       "version 2 of llama2.c's format: only 0 and 1, in float32"},
      {"VersionNegative", Version1Header(kSizes, -1, 1) + v1.substr(256),
       "version -1"},
      {"SharedTwo", WithByte(v1, 36, 2), "shared classifier is 2"},
      {"SharedMinusOne", WithByte(v1, 36, '\xff'), "shared classifier is 255"},
      {"ReservedFirst", WithByte(v1, 37, 1), "byte 37 of the header"},
      {"ReservedLast", WithByte(v1, 255, 1), "byte 255 of the header"},
      {"Gguf", "GGUF" + v1.substr(4), "is a GGUF file"},
      {"FirstNan", WithFloat(v1, 256, NAN),
       "tensor 'h.0.ln_1.weight': element 0 is not finite"},
      {"LastInfinite", WithFloat(v1, v1.size() - 4, INFINITY),
       "tensor 'h.1.mlp.up_proj.weight': element 11 is not finite"},
      {"Version0Nan", WithFloat(v0, 28 + 4 * 7, -INFINITY),
       "tensor 'wte.weight': element 7 is not finite"},
      WithSizes("HeadsDoNotDivide", 3, 3, "num_heads=3: must be a divisor"),
      WithSizes("HeadsOdd", 3, 4, "head_dim=1: must be even"),
      WithSizes("KvHeadsDoNotDivide", 4, 3, "num_kv_heads=3"),
      WithSizes("LayersMany", 2, 1 << 20, size_error),
      WithSizes("LayersOneMore", 2, 3, size_error),
      WithSizes("VocabularyMany", 5, 1 << 20, size_error),
      WithSizes("WidthMany", 0, 1 << 20, "more than 1099511627776 parameters"),
  };
  AddBadSizes(0, inputs);
  AddBadSizes(1, inputs);
  return inputs;
}

class MalformedLlama2cModelTest
    : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedLlama2cModelTest, ReadFailsNamingTheFile) {
  const std::string path = WriteOne(GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return ReadLlama2cModel(path).status(); });
}

INSTANTIATE_TEST_SUITE_P(Models, MalformedLlama2cModelTest,
                         ::testing::ValuesIn(MalformedModels()), NameOfInput);

}  // namespace
}  // namespace quant_curve
