#include "lib/quantization/storage.h"

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

Scheme MakeScheme(WeightFormat weights, EmbeddingFormat embedding) {
  Scheme scheme;
  scheme.set_weight_format(weights);
  scheme.set_embedding_format(embedding);
  return scheme;
}

TEST(StoredDTypeTest, IsThatOfTheWeightsOrOfTheRole) {
  const auto all = [](const Scheme& scheme) {
    std::vector<DType> dtypes;
    for (const TensorRole role :
         {TensorRole::kLinearWeight, TensorRole::kEmbedding,
          TensorRole::kPositions, TensorRole::kLinearBias, TensorRole::kNorm}) {
      dtypes.push_back(StoredDType(scheme, role));
    }
    return dtypes;
  };
  EXPECT_THAT(all(MakeScheme(WEIGHT_FLOAT32, EMBEDDING_FORMAT_UNSPECIFIED)),
              ElementsAre(FLOAT32, FLOAT32, FLOAT32, FLOAT32, FLOAT32));
  EXPECT_THAT(all(MakeScheme(WEIGHT_FLOAT16, EMBEDDING_FORMAT_UNSPECIFIED)),
              ElementsAre(FLOAT16, FLOAT16, FLOAT16, FLOAT16, FLOAT16));
  EXPECT_THAT(all(MakeScheme(WEIGHT_INTEGER, EMBEDDING_FORMAT_UNSPECIFIED)),
              ElementsAre(PACKED_CODES, FLOAT16, FLOAT16, FLOAT32, FLOAT32));
  EXPECT_THAT(all(MakeScheme(WEIGHT_INTEGER, EMBEDDING_INT8)),
              ElementsAre(PACKED_CODES, INT8, FLOAT16, FLOAT32, FLOAT32));
}

class Int8RowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    *model_.mutable_scheme() = MakeScheme(WEIGHT_INTEGER, EMBEDDING_INT8);
    const TensorSpec spec = {"wte.weight", {3, 2}, TensorRole::kEmbedding};
    // Largest magnitudes 127/4, 254 and nothing: scales 1/4, 2 and the least
    // float16. Codes: 5.6 * 4 = 22.4 down; 5 / 2 and -3 / 2 to the even side.
    ASSERT_THAT(AddOther(spec, {-31.75f, 5.6f, 254, 5, 0, 0}, model_), IsOk());
    ASSERT_EQ(model_.others_size(), 2);
  }
  absl::StatusOr<Int8Rows> Read() {
    return ReadInt8Rows(model_.others(0), model_.others(1));
  }
  QuantizedModel model_;
};

TEST_F(Int8RowsTest, RoundRowByRowAndComeBack) {
  EXPECT_EQ(model_.others(0).name(), "wte.weight");
  EXPECT_EQ(model_.others(1).name(), "wte.weight.scales");
  EXPECT_EQ(model_.others(0).data(), std::string("\x81\x16\x7f\x02\0\0", 6));
  ASSERT_OK_AND_ASSIGN(const Int8Rows rows, Read());
  EXPECT_THAT(rows.codes, ElementsAre(-127, 22, 127, 2, 0, 0));
  EXPECT_THAT(rows.scales, ElementsAre(0.25f, 2.0f, 0x1p-24f));
}

TEST_F(Int8RowsTest, TheCodeOfMinus128IsRefused) {
  (*model_.mutable_others(0)->mutable_data())[3] = '\x80';
  EXPECT_THAT(Read(), FailsSaying("'wte.weight': code 3 is -128"));
}

TEST_F(Int8RowsTest, ScalesMustBePositiveHalves) {
  const Tensor good = model_.others(1);
  *model_.mutable_others(1) = MakeFloat16("s", {3}, {1, 0, 1});
  EXPECT_THAT(Read(), FailsSaying("scale 1 is 0"));
  *model_.mutable_others(1) = MakeFloat16("s", {3}, {0, 1, 1});
  EXPECT_THAT(Read(), FailsSaying("scale 0 is 0"));
  *model_.mutable_others(1) = MakeFloat16("s", {3}, {1, 1, -1});
  EXPECT_THAT(Read(), FailsSaying("scale 2 is -1"));
  *model_.mutable_others(1) = MakeFloat16("s", {3}, {1, 1e9f, 1});
  EXPECT_THAT(Read(), FailsSaying("element 1 is not finite"));
  *model_.mutable_others(1) = MakeFloat32("s", {3}, {1, 1, 1});
  EXPECT_THAT(Read(), FailsSaying("scales are not FLOAT16"));
  *model_.mutable_others(1) = MakeFloat16("s", {2}, {1, 1});
  EXPECT_THAT(Read(), FailsSaying("shape [2], expected [3]"));
}

TEST_F(Int8RowsTest, CodesOfAnotherLengthOrShapeAreRefused) {
  model_.mutable_others(0)->mutable_data()->pop_back();
  EXPECT_THAT(Read(), FailsSaying("'wte.weight': 5 bytes"));
  *model_.mutable_others(0) = MakeInt8("c", {3}, {1, 1, 1});
  EXPECT_THAT(Read(), FailsSaying("int8 rows have two extents"));
}

TEST(AddOtherTest, ValuesBeyondFloat16AreRefused) {
  QuantizedModel model;
  *model.mutable_scheme() =
      MakeScheme(WEIGHT_INTEGER, EMBEDDING_FORMAT_UNSPECIFIED);
  const TensorSpec spec = {"wte.weight", {1, 2}, TensorRole::kEmbedding};
  EXPECT_THAT(AddOther(spec, {1, 7e4f}, model),
              FailsSaying("element 1 is 70000: beyond float16"));
  EXPECT_THAT(AddOther(spec, {1, 65504}, model), IsOk());
}

TEST(AddOtherTest, RowsWhoseScaleIsBeyondFloat16AreRefused) {
  QuantizedModel model;
  *model.mutable_scheme() = MakeScheme(WEIGHT_INTEGER, EMBEDDING_INT8);
  const TensorSpec spec = {"wte.weight", {1, 2}, TensorRole::kEmbedding};
  EXPECT_THAT(AddOther(spec, {1, 1e8f}, model), FailsSaying("65504"));
}

TEST(StoredOthersTest, CodesAreFollowedByTheirScales) {
  ModelConfig config = LlamaFamily(10000);
  config.set_vocab_size(7);
  config.set_d_model(4);
  config.set_num_layers(1);
  config.set_num_heads(2);
  config.set_d_ff(6);
  std::vector<std::string> names;
  for (const StoredTensor& tensor :
       StoredOthers(config, MakeScheme(WEIGHT_INTEGER, EMBEDDING_INT8))) {
    names.push_back(tensor.name + " " + ShapeText(tensor.shape));
  }
  EXPECT_THAT(names, ElementsAre("wte.weight [7, 4]", "wte.weight.scales [7]",
                                 "h.0.ln_1.weight [4]", "h.0.ln_2.weight [4]",
                                 "ln_f.weight [4]", "lm_head.weight [7, 4]",
                                 "lm_head.weight.scales [7]"));
}

}  // namespace
}  // namespace quant_curve
