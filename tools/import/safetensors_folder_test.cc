#include "tools/import/safetensors_folder.h"

#include <unistd.h>

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

constexpr char kFirst[] = "model-00001-of-00002.safetensors";
constexpr char kSecond[] = "model-00002-of-00002.safetensors";

// One float32 [2] tensor.
std::string Shard(const std::string& tensor, float value) {
  return SafetensorsBytes(
      absl::StrCat("{\"", tensor,
                   R"(":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
      BytesOf(std::vector<float>{value, value}));
}

// "a" in the first shard and "b" in the second, without an index.
std::string FolderOfShards() {
  const std::string folder = MakeTestFolder();
  WriteTestFile(absl::StrCat(folder, "/", kFirst), Shard("a", 1));
  WriteTestFile(absl::StrCat(folder, "/", kSecond), Shard("b", 2));
  return folder;
}

std::string IndexPath(const std::string& folder) {
  return folder + "/model.safetensors.index.json";
}

std::string Index(const std::string& a, const std::string& b) {
  return absl::StrCat(R"({"metadata":{"total_size":16},"weight_map":{"a":")", a,
                      R"(","b":")", b, "\"}}");
}

TEST(SafetensorsFolderTest, TensorsOfAllShardsAreFound) {
  const std::string folder = FolderOfShards();
  WriteTestFile(IndexPath(folder), Index(kFirst, kSecond));
  ASSERT_OK_AND_ASSIGN(const SafetensorsFolder tensors,
                       SafetensorsFolder::Open(folder));
  EXPECT_THAT(tensors.Names(), ElementsAre("a", "b"));
  EXPECT_THAT(*ReadFloats(*tensors.Read("a", {2})), ElementsAre(1, 1));
  EXPECT_THAT(*ReadFloats(*tensors.Read("b", {2})), ElementsAre(2, 2));
}

TEST(SafetensorsFolderTest, OpenFailsWhenASingleFileIsNotInTheIndex) {
  const std::string folder = FolderOfShards();
  WriteTestFile(IndexPath(folder), Index(kFirst, kSecond));
  WriteTestFile(folder + "/model.safetensors", Shard("c", 3));
  EXPECT_THAT(SafetensorsFolder::Open(folder),
              FailsSaying("model.safetensors.index.json does not list "
                          "model.safetensors, which is there, too"));
}

TEST(SafetensorsFolderTest, AnIndexMayNameTheSingleFile) {
  const std::string folder = MakeTestFolder();
  WriteTestFile(folder + "/model.safetensors", Shard("c", 3));
  WriteTestFile(IndexPath(folder),
                R"({"weight_map":{"c":"model.safetensors"}})");
  ASSERT_OK_AND_ASSIGN(const SafetensorsFolder tensors,
                       SafetensorsFolder::Open(folder));
  EXPECT_THAT(*ReadFloats(*tensors.Read("c", {2})), ElementsAre(3, 3));
  EXPECT_THAT(tensors.Files(),
              ElementsAre(IndexPath(folder), folder + "/model.safetensors"));
}

TEST(SafetensorsFolderTest, ReadFailsWhenTensorIsMissingOrOfOtherShape) {
  const std::string folder = MakeTestFolder();
  WriteTestFile(folder + "/model.safetensors", Shard("a", 1));
  ASSERT_OK_AND_ASSIGN(const SafetensorsFolder tensors,
                       SafetensorsFolder::Open(folder));
  EXPECT_THAT(
      tensors.Read("b", {2}),
      FailsSaying(folder + "/model.safetensors: tensor 'b' is missing"));
  EXPECT_THAT(tensors.Read("a", {1, 2}),
              FailsSaying("tensor 'a' is [2], expected [1, 2]"));
}

TEST(SafetensorsFolderTest, OpenFailsWhenTheFolderHoldsNoTensors) {
  const std::string folder = MakeTestFolder();
  EXPECT_THAT(SafetensorsFolder::Open(folder),
              FailsSaying(folder + ": holds neither model.safetensors nor"));
  WriteTestFile(folder + "/pytorch_model.bin", "PK");
  EXPECT_THAT(SafetensorsFolder::Open(folder),
              FailsSaying("pytorch_model.bin is not read: save the model as"));
}

TEST(SafetensorsFolderTest, OpenFailsWhenAShardIsMissing) {
  const std::string folder = FolderOfShards();
  WriteTestFile(IndexPath(folder), Index(kFirst, "none.safetensors"));
  ExpectRefused(folder + "/none.safetensors", "cannot open",
                [&] { return SafetensorsFolder::Open(folder).status(); });
}

TEST(SafetensorsFolderTest, OpenFailsWhenShardsLinkInACircle) {
  const std::string folder = FolderOfShards();
  const std::string link = folder + "/link.safetensors";
  ASSERT_EQ(symlink("circle.safetensors", link.c_str()), 0);
  ASSERT_EQ(
      symlink("link.safetensors", (folder + "/circle.safetensors").c_str()), 0);
  WriteTestFile(IndexPath(folder), Index(kFirst, "link.safetensors"));
  ExpectRefused(link, "cannot open",
                [&] { return SafetensorsFolder::Open(folder).status(); });
}

TEST(SafetensorsFolderTest, OpenFailsWhenAShardIsTheIndexItself) {
  const std::string folder = FolderOfShards();
  const std::string link = folder + "/index.safetensors";
  ASSERT_EQ(symlink("model.safetensors.index.json", link.c_str()), 0);
  WriteTestFile(IndexPath(folder), Index(kFirst, "index.safetensors"));
  ExpectRefused(link, "not a safetensors file: ", [&] {
    return SafetensorsFolder::Open(folder).status();
  });
}

TEST(SafetensorsFolderTest, OpenFailsWhenAShardIsSpoiled) {
  const std::string folder = FolderOfShards();
  const std::string shard = absl::StrCat(folder, "/", kSecond);
  WriteTestFile(shard, Shard("b", 2).substr(0, 60));
  WriteTestFile(IndexPath(folder), Index(kFirst, kSecond));
  ExpectRefused(shard, "",
                [&] { return SafetensorsFolder::Open(folder).status(); });
}

TEST(SafetensorsFolderTest, EveryTruncationOfTheIndexIsRefused) {
  const std::string folder = FolderOfShards();
  const std::string whole = Index(kFirst, kSecond);
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteTestFile(IndexPath(folder), whole.substr(0, size));
    ExpectRefused(IndexPath(folder), "parse error",
                  [&] { return SafetensorsFolder::Open(folder).status(); });
  }
}

std::string WeightMap(const std::string& json) {
  return "{\"weight_map\":" + json + "}";
}

// The index places "a" in `shard`, JSON text.
MalformedInput ShardNamed(const std::string& name, const std::string& shard) {
  return {name, WeightMap("{\"a\":" + shard + ",\"b\":\"" + kSecond + "\"}"),
          "weight_map.a: is "};
}

std::string ManyShards(int count) {
  std::string map = "{";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&map, i == 0 ? "" : ",", "\"t", i, "\":\"", i,
                    ".safetensors\"");
  }
  return WeightMap(map + "}");
}

std::vector<MalformedInput> MalformedIndexes() {
  const std::string good = Index(kFirst, kSecond);
  const std::string in_first = absl::StrCat("\"", kFirst, "\"");
  return {
      {"Empty", "", "parse error"},
      {"Spaces", "   ", "parse error"},
      {"Nul", std::string(1, '\0'), "parse error"},
      {"NoJson", "weight_map", "parse error"},
      {"Array", "[]", "is an array, expected an object"},
      {"Number", "7", "is 7, expected an object"},
      {"Null", "null", "is null, expected an object"},
      {"Text", "\"weight_map\"", "expected an object"},
      {"TextAfter", good + "x", "parse error"},
      {"SecondDocument", good + good, "parse error"},
      {"Comment", "// index\n" + good, "parse error"},
      {"TrailingComma", WeightMap("{\"a\":" + in_first + ",}"), "parse error"},
      {"SingleQuotes", "{'weight_map':{}}", "parse error"},
      {"KeyNotUtf8", WeightMap("{\"\xff\":" + in_first + "}"), "parse error"},
      {"ShardNotUtf8", WeightMap("{\"a\":\"\xc3\x28.safetensors\"}"),
       "parse error"},
      {"ShardSurrogate", WeightMap("{\"a\":\"\\ud800.safetensors\"}"),
       "surrogate"},
      {"TensorTwice",
       WeightMap("{\"a\":" + in_first + ",\"a\":" + in_first + "}"),
       "key 'a' occurs twice"},
      {"WeightMapTwice", R"({"weight_map":{},"weight_map":{}})",
       "key 'weight_map' occurs twice"},
      {"NestedDeeply", WeightMap(std::string(70, '[') + std::string(70, ']')),
       "nested deeper than"},
      {"ManyBrackets", std::string(1000000, '['), "nested deeper than"},
      {"NumberOverflows", R"({"metadata":{"total_size":1e999}})",
       "number overflow"},
      {"WeightMapMissing", R"({"metadata":{"total_size":16}})",
       "weight_map: is missing"},
      {"WeightMapNull", WeightMap("null"), "weight_map: is null"},
      {"WeightMapArray", WeightMap("[" + in_first + "]"),
       "weight_map: is an array"},
      {"WeightMapText", WeightMap(in_first), "weight_map: is 'model-00001"},
      {"WeightMapEmpty", WeightMap("{}"), "weight_map: is empty"},
      ShardNamed("ShardNull", "null"),
      ShardNamed("ShardNumber", "1"),
      ShardNamed("ShardObject", "{}"),
      ShardNamed("ShardList", "[" + in_first + "]"),
      ShardNamed("ShardEmpty", "\"\""),
      ShardNamed("ShardDot", "\".\""),
      ShardNamed("ShardDotDot", "\"..\""),
      ShardNamed("ShardAbove", "\"../model.safetensors\""),
      ShardNamed("ShardAbsolute", "\"/etc/passwd\""),
      ShardNamed("ShardAbsoluteTensors", "\"/tmp/x.safetensors\""),
      ShardNamed("ShardInFolder", "\"sub/model.safetensors\""),
      ShardNamed("ShardBackslash", R"("..\\model.safetensors")"),
      ShardNamed("ShardUrl", "\"https://x.y/z.safetensors\""),
      ShardNamed("ShardHidden", "\".safetensors\""),
      ShardNamed("ShardOtherExtension", "\"model.bin\""),
      ShardNamed("ShardOfTheIndex", "\"model.safetensors.index.json\""),
      ShardNamed("ShardNul", R"("x\u0000.safetensors")"),
      ShardNamed("ShardLineFeed", R"("x\n.safetensors")"),
      ShardNamed("ShardTooLong",
                 "\"" + std::string(250, 'x') + ".safetensors\""),
      {"TooManyShards", ManyShards(513), "names 513 shards, at most 512"},
      {"TensorNotInItsShard", Index(kSecond, kSecond),
       "places 'a' in model-00002-of-00002.safetensors, which does not"},
      {"TensorInNoShard",
       WeightMap("{\"a\":" + in_first + ",\"z\":" + in_first + "}"),
       "places 'z' in model-00001-of-00002.safetensors, which does not"},
      {"ShardsSwapped", Index(kSecond, kFirst), "is not placed here"},
      {"ShardHoldsMore", WeightMap("{\"z\":" + in_first + "}"),
       "tensor 'a' is not placed here"},
  };
}

class MalformedIndexTest : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedIndexTest, OpenFailsNamingTheIndex) {
  const std::string folder = FolderOfShards();
  WriteTestFile(IndexPath(folder), GetParam().contents);
  ExpectRefused(IndexPath(folder), GetParam().error,
                [&] { return SafetensorsFolder::Open(folder).status(); });
}

INSTANTIATE_TEST_SUITE_P(Indexes, MalformedIndexTest,
                         ::testing::ValuesIn(MalformedIndexes()), NameOfInput);

}  // namespace
}  // namespace quant_curve
