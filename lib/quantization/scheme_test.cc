#include "lib/quantization/scheme.h"

#include <limits>

#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kInt3[] =
    "name: 'int3' weight_format: WEIGHT_INTEGER bits: 3 symmetric: true "
    "granularity: PER_GROUP group_size: 32 method: GPTQ "
    "activation_format: ACTIVATION_FLOAT32 ";
constexpr char kFloat[] =
    "name: 'f' weight_format: WEIGHT_FLOAT32 "
    "activation_format: ACTIVATION_FLOAT32 ";

// A later value of a scalar field replaces an earlier one only in the binary
// format, so changes are made on the message.
Scheme Int3() { return ResolveScheme(kInt3).value(); }
Scheme Float() { return ResolveScheme(kFloat).value(); }

TEST(SchemeTest, TheSpecificationsEightAreKnownInOrderAndValid) {
  ASSERT_OK_AND_ASSIGN(const SchemeList known, NamedSchemes());
  std::vector<std::string> names;
  for (const Scheme& scheme : known.schemes()) {
    EXPECT_THAT(ValidateScheme(scheme), IsOk());
    names.push_back(scheme.name());
  }
  EXPECT_THAT(names,
              ElementsAre("fp32", "fp16", "int8_per_tensor", "int8_per_channel",
                          "int4_per_group_64", "int4_per_group_128",
                          "int4_per_group_64_gptq", "int8_weight_activation"));
}

// docs/quantization.md's table, field by field.
TEST(SchemeTest, TheNamedSchemesAreAsTheTableSays) {
  struct Row {
    const char* name;
    uint32_t bits;
    Granularity granularity;
    uint32_t group_size;
    Method method;
    ActivationFormat activations;
  };
  const Row rows[] = {
      {"int8_per_tensor", 8, PER_TENSOR, 0, RTN, ACTIVATION_FLOAT32},
      {"int8_per_channel", 8, PER_CHANNEL, 0, RTN, ACTIVATION_FLOAT32},
      {"int4_per_group_64", 4, PER_GROUP, 64, RTN, ACTIVATION_FLOAT32},
      {"int4_per_group_128", 4, PER_GROUP, 128, RTN, ACTIVATION_FLOAT32},
      {"int4_per_group_64_gptq", 4, PER_GROUP, 64, GPTQ, ACTIVATION_FLOAT32},
      {"int8_weight_activation", 8, PER_CHANNEL, 0, RTN, ACTIVATION_INT8}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    ASSERT_OK_AND_ASSIGN(const Scheme scheme, ResolveScheme(row.name));
    EXPECT_EQ(scheme.weight_format(), WEIGHT_INTEGER);
    EXPECT_EQ(scheme.bits(), row.bits);
    EXPECT_TRUE(scheme.symmetric());
    EXPECT_EQ(scheme.granularity(), row.granularity);
    EXPECT_EQ(scheme.group_size(), row.group_size);
    EXPECT_EQ(scheme.method(), row.method);
    EXPECT_EQ(scheme.activation_format(), row.activations);
    EXPECT_EQ(scheme.activation_clip_percentile(), 0);
    EXPECT_EQ(scheme.embedding_format(), EMBEDDING_FORMAT_UNSPECIFIED);
  }
}

TEST(SchemeTest, ANameResolvesToItsScheme) {
  ASSERT_OK_AND_ASSIGN(const Scheme scheme,
                       ResolveScheme("int4_per_group_64_gptq"));
  EXPECT_EQ(scheme.bits(), 4);
  EXPECT_TRUE(scheme.symmetric());
  EXPECT_EQ(scheme.granularity(), PER_GROUP);
  EXPECT_EQ(scheme.group_size(), 64);
  EXPECT_EQ(scheme.method(), GPTQ);
  EXPECT_EQ(scheme.activation_format(), ACTIVATION_FLOAT32);
}

TEST(SchemeTest, AnUnknownNameListsTheKnownOnes) {
  EXPECT_THAT(ResolveScheme("int5"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("'int5'"), HasSubstr("fp32, fp16, "),
                             HasSubstr("int8_weight_activation"))));
}

TEST(SchemeTest, ATextProtoResolvesInlineAndFromAFile) {
  const std::string path = ::testing::TempDir() + "/int3.textproto";
  ASSERT_THAT(WriteFileAtomically(path, kInt3), IsOk());
  ASSERT_OK_AND_ASSIGN(const Scheme from_text, ResolveScheme(kInt3));
  ASSERT_OK_AND_ASSIGN(const Scheme from_file, ResolveScheme(path));
  EXPECT_EQ(from_text.bits(), 3);
  EXPECT_EQ(from_text.group_size(), 32);
  EXPECT_EQ(from_text.SerializeAsString(), from_file.SerializeAsString());
}

TEST(SchemeTest, AParseErrorIsOneLineWithItsPlace) {
  EXPECT_THAT(ResolveScheme("name: 'x'\n  bitz: 3\n bits: y"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("line 2, column "), HasSubstr("bitz"),
                             Not(HasSubstr("\n")))));
  EXPECT_THAT(ResolveScheme("bits: 3 bits: 4"), FailsSaying("bits"));
}

TEST(SchemeTest, AMissingFileIsNamed) {
  EXPECT_THAT(ResolveScheme("/nowhere/x.textproto"),
              FailsSaying("/nowhere/x.textproto"));
}

TEST(SchemeTest, ANameIsRequiredAndPlain) {
  for (const char* name : {"", "a b", "a/b", ".a"}) {
    Scheme scheme = Int3();
    scheme.set_name(name);
    EXPECT_THAT(ValidateScheme(scheme), FailsSaying("name=")) << name;
  }
}

// Each change of a valid integer scheme is refused with the field's name.
TEST(SchemeTest, IntegerFieldsOutOfBoundsAreRefused) {
  const auto refusal = [](void (*change)(Scheme&)) {
    Scheme scheme = Int3();
    change(scheme);
    return ValidateScheme(scheme);
  };
  EXPECT_THAT(refusal([](Scheme& s) { s.set_bits(1); }),
              FailsSaying("scheme 'int3': bits=1: must be in [2, 8]"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_bits(9); }), FailsSaying("bits=9"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_group_size(0); }),
              FailsSaying("group_size=0"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_group_size(1 << 21); }),
              FailsSaying("group_size=2097152"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_granularity(PER_CHANNEL); }),
              FailsSaying("group_size=32"));
  EXPECT_THAT(refusal([](Scheme& s) { s.clear_granularity(); }),
              FailsSaying("granularity=0"));
  EXPECT_THAT(refusal([](Scheme& s) { s.clear_method(); }),
              FailsSaying("method=0"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_damping(-0.1); }),
              FailsSaying("damping=-0.1"));
  EXPECT_THAT(refusal([](Scheme& s) {
                s.set_damping(std::numeric_limits<double>::quiet_NaN());
              }),
              FailsSaying("damping=nan"));
  EXPECT_THAT(refusal([](Scheme& s) { s.clear_activation_format(); }),
              FailsSaying("activation_format=0"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_activation_clip_percentile(99); }),
              FailsSaying("activation_clip_percentile=99"));
  EXPECT_THAT(refusal([](Scheme& s) {
                s.set_activation_format(ACTIVATION_INT8);
                s.set_activation_clip_percentile(101);
              }),
              FailsSaying("activation_clip_percentile=101"));
}

TEST(SchemeTest, BoundsThemselvesAreValid) {
  const auto valid = [](void (*change)(Scheme&)) {
    Scheme scheme = Int3();
    change(scheme);
    return ValidateScheme(scheme);
  };
  EXPECT_THAT(valid([](Scheme& s) { s.set_bits(2); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_bits(8); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_group_size(1); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_group_size(1 << 20); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_group_size((1 << 20) + 1); }),
              FailsSaying("group_size=1048577"));
  EXPECT_THAT(valid([](Scheme& s) { s.set_damping(1); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_damping(1.001); }),
              FailsSaying("damping=1.001"));
  EXPECT_THAT(valid([](Scheme& s) { s.set_block_size(1 << 20); }), IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_block_size((1 << 20) + 1); }),
              FailsSaying("block_size=1048577"));
  EXPECT_THAT(valid([](Scheme& s) { s.set_name(std::string(64, 'a')); }),
              IsOk());
  EXPECT_THAT(valid([](Scheme& s) { s.set_name(std::string(65, 'a')); }),
              FailsSaying("name="));
  Scheme int8 = ResolveScheme("int8_weight_activation").value();
  int8.set_activation_clip_percentile(100);
  EXPECT_THAT(ValidateScheme(int8), IsOk());
  int8.set_activation_clip_percentile(-1);
  EXPECT_THAT(ValidateScheme(int8),
              FailsSaying("activation_clip_percentile=-1"));
}

TEST(SchemeTest, GptqFieldsAreRefusedWithRtn) {
  Scheme scheme = Int3();
  scheme.set_method(RTN);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  Scheme changed = scheme;
  changed.set_damping(0.1);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("damping=0.1"));
  changed = scheme;
  changed.set_block_size(64);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("block_size=64"));
  changed = scheme;
  changed.set_activation_order(true);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("activation_order="));
  changed = scheme;
  changed.set_sequential(true);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("sequential="));
}

TEST(SchemeTest, LevelsNeedASymmetricGridAndIq4NlFourBits) {
  Scheme scheme = Int3();
  scheme.set_levels(LEVELS_SIGNED_SCALE);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  scheme.set_symmetric(false);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("levels=1: must be unset"));
  scheme.set_symmetric(true);
  scheme.set_levels(static_cast<Levels>(77));
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("levels=77"));
  scheme.set_levels(LEVELS_IQ4_NL);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("bits=3: must be 4 with"));
  scheme.set_levels(LEVELS_NONLINEAR_3BIT);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  scheme.set_bits(4);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("bits=4: must be 3 with"));
  scheme.set_levels(LEVELS_IQ4_NL);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  scheme.set_levels(LEVELS_MINIMUM);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("levels=3"));
  scheme.set_symmetric(false);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  scheme.set_method(GPTQ);
  scheme.mutable_gptq()->set_scale_search(true);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  scheme.set_activation_format(ACTIVATION_INT8);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("activation_format=3"));
  scheme = Float();
  scheme.set_levels(LEVELS_SIGNED_SCALE);
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("levels=1"));
}

TEST(SchemeTest, GptqOptionsNeedGptqGroupsAndAnOption) {
  Scheme scheme = Int3();
  scheme.set_method(GPTQ);
  scheme.mutable_gptq();
  EXPECT_THAT(ValidateScheme(scheme), FailsSaying("gptq={}"));
  scheme.mutable_gptq()->set_scale_search(true);
  scheme.mutable_gptq()->set_coordinate_descent_rounds(16);
  EXPECT_THAT(ValidateScheme(scheme), IsOk());
  Scheme changed = scheme;
  changed.mutable_gptq()->set_coordinate_descent_rounds(17);
  EXPECT_THAT(ValidateScheme(changed),
              FailsSaying("gptq.coordinate_descent_rounds=17"));
  changed = scheme;
  changed.set_symmetric(false);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("gptq.scale_search=1"));
  changed.mutable_gptq()->clear_scale_search();
  EXPECT_THAT(ValidateScheme(changed), IsOk());
  changed = scheme;
  changed.set_granularity(PER_CHANNEL);
  changed.clear_group_size();
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("granularity=2"));
  changed = scheme;
  changed.set_method(RTN);
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("gptq=1: must be unset"));
  changed = scheme;
  changed.mutable_gptq()->set_least_squares_target(true);
  EXPECT_THAT(ValidateScheme(changed),
              FailsSaying("gptq.least_squares_target=1"));
  changed.set_sequential(true);
  EXPECT_THAT(ValidateScheme(changed), IsOk());
}

TEST(SchemeTest, GridFieldsAreRefusedWithFloatWeights) {
  const auto refusal = [](void (*change)(Scheme&)) {
    Scheme scheme = Float();
    change(scheme);
    return ValidateScheme(scheme);
  };
  EXPECT_THAT(refusal([](Scheme& s) { s.set_bits(8); }), FailsSaying("bits=8"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_symmetric(true); }),
              FailsSaying("symmetric="));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_granularity(PER_TENSOR); }),
              FailsSaying("granularity="));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_group_size(64); }),
              FailsSaying("group_size=64"));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_method(RTN); }),
              FailsSaying("method="));
  EXPECT_THAT(refusal([](Scheme& s) { s.set_damping(0.5); }),
              FailsSaying("damping="));
  EXPECT_THAT(refusal([](Scheme& s) { s.clear_weight_format(); }),
              FailsSaying("weight_format=0"));
}

TEST(SchemeTest, EmbeddingsMayBeInt8BesideIntegerWeightsAlone) {
  ASSERT_OK_AND_ASSIGN(
      const Scheme scheme,
      ResolveScheme(std::string(kInt3) + "embedding_format: EMBEDDING_INT8"));
  EXPECT_EQ(scheme.embedding_format(), EMBEDDING_INT8);
  Scheme changed = scheme;
  changed.set_embedding_format(static_cast<EmbeddingFormat>(2));
  EXPECT_THAT(ValidateScheme(changed), FailsSaying("embedding_format=2"));
  changed = Float();
  changed.set_embedding_format(EMBEDDING_INT8);
  EXPECT_THAT(ValidateScheme(changed),
              FailsSaying("embedding_format=1: must be unset for float"));
}

TEST(SchemeTest, CalibrationIsNeededByGptqAndByAClipPercentile) {
  EXPECT_FALSE(NeedsCalibration(ResolveScheme("int4_per_group_64").value()));
  EXPECT_TRUE(
      NeedsCalibration(ResolveScheme("int4_per_group_64_gptq").value()));
  Scheme scheme = ResolveScheme("int8_weight_activation").value();
  EXPECT_FALSE(NeedsCalibration(scheme));
  for (const double percentile : {1e-6, 50.0, 99.9, 100.0}) {
    scheme.set_activation_clip_percentile(percentile);
    EXPECT_TRUE(NeedsCalibration(scheme)) << percentile;
  }
}

}  // namespace
}  // namespace quant_curve
