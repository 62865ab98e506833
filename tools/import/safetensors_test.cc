#include "tools/import/safetensors.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// "b" comes before "a" in the file.
constexpr char kHeader[] =
    R"({"__metadata__":{"format":"pt"},)"
    R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},)"
    R"("b":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}  )";

// 1, -2, 0.5 and the smallest subnormal in float16.
std::string Data() {
  return std::string("\x00\x3c\x00\xc0\x00\x38\x01\x00", 8) +
         BytesOf(std::vector<float>{1, 2, 3, 4, 5, -6});
}

std::string WriteOne(absl::string_view contents) {
  const std::string path = MakeTestFolder() + "/model.safetensors";
  WriteTestFile(path, contents);
  return path;
}

TEST(SafetensorsTest, HeaderAndValuesAreRead) {
  const std::string path = WriteOne(SafetensorsBytes(kHeader, Data()));
  ASSERT_OK_AND_ASSIGN(const SafetensorsFile file, SafetensorsFile::Open(path));
  EXPECT_THAT(file.metadata(), ElementsAre(Pair("format", "pt")));
  ASSERT_EQ(file.entries().size(), 2);
  const SafetensorsEntry& b = file.entries()[0];
  EXPECT_EQ(b.name, "b");
  EXPECT_THAT(b.shape, ElementsAre(4));
  EXPECT_THAT(*ReadFloats(*file.Read(b)), ElementsAre(1, -2, 0.5f, 0x1p-24f));
  const SafetensorsEntry& a = file.entries()[1];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.dtype, "F32");
  EXPECT_THAT(a.shape, ElementsAre(2, 3));
  EXPECT_THAT(*ReadFloats(*file.Read(a)), ElementsAre(1, 2, 3, 4, 5, -6));
}

TEST(SafetensorsTest, Bfloat16IsTheUpperHalfOfAFloat) {
  // 1, -2.5, 2^-126 * 2^-7 (the smallest subnormal).
  const std::string path = WriteOne(SafetensorsBytes(
      R"({"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}})",
      absl::string_view("\x80\x3f\x20\xc0\x01\x00", 6)));
  ASSERT_OK_AND_ASSIGN(const SafetensorsFile file, SafetensorsFile::Open(path));
  EXPECT_THAT(*ReadFloats(*file.Read(file.entries()[0])),
              ElementsAre(1, -2.5f, 0x1p-133f));
}

TEST(SafetensorsTest, EmptyTensorsAndScalarsAreRead) {
  const std::string path = WriteOne(SafetensorsBytes(
      R"({"none":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]},
          "one":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
          "void":{"dtype":"F16","shape":[0],"data_offsets":[4,4]}})",
      BytesOf(std::vector<float>{7})));
  ASSERT_OK_AND_ASSIGN(const SafetensorsFile file, SafetensorsFile::Open(path));
  ASSERT_EQ(file.entries().size(), 3);
  EXPECT_THAT(*ReadFloats(*file.Read(file.entries()[0])), ElementsAre());
  EXPECT_THAT(*ReadFloats(*file.Read(file.entries()[1])), ElementsAre(7));
  EXPECT_THAT(*ReadFloats(*file.Read(file.entries()[2])), ElementsAre());
}

TEST(SafetensorsTest, ReadFloatsFailsWhenAValueIsNotFinite) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const std::string path = WriteOne(SafetensorsBytes(
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        BytesOf(std::vector<float>{1, bad})));
    ASSERT_OK_AND_ASSIGN(const SafetensorsFile file,
                         SafetensorsFile::Open(path));
    ExpectRefused(path, "tensor 'a': element 1 is not finite",
                  [&] { return file.Read(file.entries()[0]).status(); });
  }
}

TEST(SafetensorsTest, ReadFloatsFailsWhenDtypeIsNotSupported) {
  for (const char* dtype : {"I16", "U16"}) {
    const std::string path = WriteOne(SafetensorsBytes(
        absl::StrCat(R"({"a":{"dtype":")", dtype,
                     R"(","shape":[2],"data_offsets":[0,4]}})"),
        "abcd"));
    ASSERT_OK_AND_ASSIGN(const SafetensorsFile file,
                         SafetensorsFile::Open(path));
    ExpectRefused(path, absl::StrCat("dtype ", dtype, ": only F32, F16 and"),
                  [&] { return file.Read(file.entries()[0]).status(); });
  }
}

TEST(SafetensorsTest, EveryTruncationIsRefused) {
  const std::string whole = SafetensorsBytes(kHeader, Data());
  const std::string path = WriteOne(whole);
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteTestFile(path, whole.substr(0, size));
    ExpectRefused(path, "",
                  [&] { return SafetensorsFile::Open(path).status(); });
  }
}

TEST(SafetensorsTest, OpenFailsWhenThereIsNoFile) {
  const std::string folder = MakeTestFolder();
  EXPECT_THAT(SafetensorsFile::Open(folder + "/none"),
              StatusIs(absl::StatusCode::kNotFound,
                       ::testing::HasSubstr(folder + "/none: cannot open")));
  EXPECT_THAT(SafetensorsFile::Open(folder),
              FailsSaying(folder + ": is a folder, not a regular file"));
}

// The header of one tensor; the file's data are 8 bytes.
MalformedInput OneTensor(const std::string& name, const std::string& fields,
                         const std::string& error) {
  return {name, SafetensorsBytes("{\"a\":" + fields + "}", "12345678"), error};
}

std::string Fields(const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return absl::StrCat("{\"dtype\":", dtype, ",\"shape\":", shape,
                      ",\"data_offsets\":", offsets, "}");
}

MalformedInput Shaped(const std::string& name, const std::string& shape,
                      const std::string& error) {
  return OneTensor(name, Fields("\"F32\"", shape, "[0,8]"), error);
}

MalformedInput Placed(const std::string& name, const std::string& offsets,
                      const std::string& error) {
  return OneTensor(name, Fields("\"F32\"", "[2]", offsets), error);
}

// Two tensors of [2] float32 in `bytes` bytes of data.
MalformedInput Two(const std::string& name, const std::string& first,
                   const std::string& second, size_t bytes,
                   const std::string& error) {
  return {name,
          SafetensorsBytes(
              absl::StrCat("{\"a\":", Fields("\"F32\"", "[2]", first),
                           ",\"b\":", Fields("\"F32\"", "[2]", second), "}"),
              std::string(bytes, 'x')),
          error};
}

std::vector<MalformedInput> MalformedHeaders() {
  const std::string good = Fields("\"F32\"", "[2]", "[0,8]");
  const auto text = [](const std::string& name, const std::string& header,
                       const std::string& error) {
    return MalformedInput{name, SafetensorsBytes(header, "12345678"), error};
  };
  const auto length = [](const std::string& name, uint64_t size,
                         const std::string& error) {
    return MalformedInput{name, SafetensorsBytes(size, kHeader, Data()), error};
  };
  const uint64_t true_size = std::string(kHeader).size();
  return {
      length("LengthZero", 0, "parse error"),
      length("LengthOneShort", true_size - 3, "parse error"),
      length("LengthIntoTheData", true_size + 1, "parse error"),
      length("LengthBeyondTheFile", true_size + 33, "truncated: "),
      length("LengthNegative", ~uint64_t{0}, "header of 18446744073709551615"),
      length("LengthThatOverflows", ~uint64_t{0} - 7, "at most 16777216"),
      length("LengthOfTheSign", uint64_t{1} << 63, "at most 16777216"),
      {"LengthBeyondTheCap",
       SafetensorsBytes(kMaxSafetensorsHeaderBytes + 1,
                        std::string(kMaxSafetensorsHeaderBytes + 1, ' '), ""),
       "header of 16777217 bytes, at most 16777216 are read"},
      {"LfsPointer",
       "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
       "is a Git LFS pointer"},
      {"Gguf", "GGUF\3", "is a GGUF file"},
      text("NoJson", "hello", "parse error"),
      text("JsonArray", "[1]", "is an array, expected an object"),
      text("JsonNull", "null", "is null, expected an object"),
      text("JsonUnclosed", "{\"a\":" + good, "parse error"),
      text("TextAfterJson", "{\"a\":" + good + "} x", "parse error"),
      text("NameNotUtf8", "{\"\xff\":" + good + "}", "parse error"),
      text("NameOverlongUtf8", "{\"\xc0\xaf\":" + good + "}", "parse error"),
      text("NulBytes", std::string(10, '\0'), "parse error"),
      text("NameTwice", "{\"a\":" + good + ",\"a\":" + good + "}",
           "key 'a' occurs twice"),
      text("NestedDeeply", "{\"a\":[[[[[1]]]]]}", "nested deeper than 3"),
      text("ManyBrackets", std::string(100000, '['), "nested deeper than 3"),
      text("MetadataNoObject", "{\"__metadata__\":1,\"a\":" + good + "}",
           "__metadata__: is 1, expected an object"),
      text("MetadataNoText", "{\"__metadata__\":{\"k\":1},\"a\":" + good + "}",
           "__metadata__.k: is 1, expected a string"),
      text("NoTensors", "{}", "tensors end at data byte 0, but there are 8"),
      OneTensor("TensorNoObject", "1", "a: is 1, expected an object"),
      OneTensor("DtypeMissing", R"({"shape":[2],"data_offsets":[0,8]})",
                "a.dtype: is missing"),
      OneTensor("ShapeMissing", R"({"dtype":"F32","data_offsets":[0,8]})",
                "a.shape: is missing"),
      OneTensor("OffsetsMissing", R"({"dtype":"F32","shape":[2]})",
                "a.data_offsets: is missing"),
      OneTensor("UnknownField",
                R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})",
                "has fields other than dtype, shape"),
      OneTensor("FieldTwice",
                R"({"dtype":"F32","dtype":"F16","shape":[2],
                    "data_offsets":[0,8]})",
                "key 'dtype' occurs twice"),
      OneTensor("DtypeUnknown", Fields("\"F33\"", "[2]", "[0,8]"),
                "a.dtype: is 'F33', which is not a dtype of this"),
      OneTensor("DtypeLowerCase", Fields("\"f32\"", "[2]", "[0,8]"),
                "a.dtype: is 'f32'"),
      OneTensor("DtypeNumber", Fields("32", "[2]", "[0,8]"),
                "a.dtype: is 32, expected a string"),
      OneTensor("DtypeOfOtherSize", Fields("\"F64\"", "[2]", "[0,8]"),
                "does not span the 16 bytes"),
      Shaped("ShapeNumber", "2", "a.shape: is 2, expected an array"),
      Shaped("ShapeNegative", "[-2]", "a.shape[0]: is -2"),
      Shaped("ShapeFraction", "[2.0]", "a.shape[0]: is 2.0"),
      Shaped("ShapeText", "[\"2\"]", "a.shape[0]: is '2'"),
      Shaped("ShapeNull", "[null]", "a.shape[0]: is null"),
      Shaped("ShapeTooSmall", "[1]", "[0, 8] does not span the 4 bytes"),
      Shaped("ShapeTooLarge", "[3]", "[0, 8] does not span the 12 bytes"),
      Shaped("ShapeEmptyWithBytes", "[0]", "does not span the 0 bytes"),
      Shaped("ShapeProductOverflows", "[4294967296,4294967296]",
             "more bytes than fit in 63 bits"),
      Shaped("ShapeBytesOverflow", "[4611686018427387904]",
             "more bytes than fit in 63 bits"),
      Shaped("ShapeWrapsToTwo", "[9223372036854775807,4]",
             "more bytes than fit in 63 bits"),
      Shaped("ShapeBeyondUint64", "[18446744073709551618]", "a.shape[0]: is "),
      Shaped("ShapeOfHugeRank", "[1,1,1,1,1,1,1,1,2]",
             "has 9 dimensions, at most 8"),
      Shaped("NumberOverflows", "[1e999]", "number overflow"),
      Placed("OffsetsNumber", "8", "a.data_offsets: is 8, expected an array"),
      Placed("OffsetsOne", "[0]", "is not [begin, end]"),
      Placed("OffsetsThree", "[0,8,8]", "is not [begin, end]"),
      Placed("OffsetNegative", "[-8,0]", "a.data_offsets[0]: is -8"),
      Placed("OffsetFraction", "[0,8.5]", "a.data_offsets[1]: is 8.5"),
      Placed("OffsetsReversed", "[8,0]", "[8, 0] does not span the 8 bytes"),
      Placed("OffsetBeyondTheEnd", "[8,16]",
             "tensor 'a' starts at data byte 8, leaving a gap after"),
      Placed("OffsetHuge", "[0,18446744073709551615]", "a.data_offsets[1]"),
      Placed("OffsetWraps", "[18446744073709551608,0]", "a.data_offsets[0]"),
      Two("TheSameBytesTwice", "[0,8]", "[0,8]", 8,
          "tensor 'b' starts at data byte 0, inside the tensor before it"),
      Two("Overlap", "[0,8]", "[4,12]", 12,
          "tensor 'b' starts at data byte 4, inside the tensor before it"),
      Two("Gap", "[0,8]", "[12,20]", 20,
          "tensor 'b' starts at data byte 12, leaving a gap after"),
      Two("GapAtTheStart", "[4,12]", "[12,20]", 20, "tensor 'a' starts at"),
      Two("BytesLeftOver", "[0,8]", "[8,16]", 17,
          "tensors end at data byte 16, but there are 17"),
      Two("BytesMissing", "[0,8]", "[8,16]", 15,
          "truncated: the tensors take 16 bytes, of which the file has 15"),
  };
}

class MalformedSafetensorsTest
    : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedSafetensorsTest, OpenFailsNamingFileAndField) {
  const std::string path = WriteOne(GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return SafetensorsFile::Open(path).status(); });
}

INSTANTIATE_TEST_SUITE_P(Headers, MalformedSafetensorsTest,
                         ::testing::ValuesIn(MalformedHeaders()), NameOfInput);

}  // namespace
}  // namespace quant_curve
