#include "lib/provenance/manifest.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

// FIPS 180-4's example: SHA-256 of "abc".
constexpr char kAbc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// A small manifest, written by hand.
std::string Text() {
  return absl::StrCat(R"({
  "_type": "https://in-toto.io/Statement/v1",
  "predicate": {
    "buildDefinition": {
      "buildType": "urn:quant-curve:stage:corpus:v1",
      "externalParameters": {
        "flags": {
          "a": "1",
          "seed": "42"
        }
      }
    },
    "runDetails": {
      "builder": {
        "id": "urn:quant-curve:builder:v1"
      }
    }
  },
  "predicateType": "https://slsa.dev/provenance/v1",
  "subject": [
    {
      "annotations": {
        "kind": "CORPUS",
        "schemaVersion": 1,
        "sizeBytes": "3"
      },
      "digest": {
        "sha256": ")",
                      kAbc, R"("
      },
      "name": "corpus.qca"
    }
  ]
}
)");
}

// Text() with one piece replaced.
std::string With(const std::string& from, const std::string& to) {
  const std::string text = Text();
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return absl::StrReplaceAll(text, {{from, to}});
}

TEST(ManifestTest, AHandWrittenManifestIsReadAndPrintedAsItStands) {
  const auto statement = ManifestFromJson(Text(), "m");
  ASSERT_THAT(statement, IsOk());
  EXPECT_EQ(StageOf(*statement), "corpus");
  EXPECT_EQ(Sha256Of(statement->subject(0)), HexDigest(Sha256("abc")));
  EXPECT_EQ(statement->subject(0).annotations().size_bytes(), 3);
  const auto again = ManifestToJson(*statement);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*again, Text());
}

TEST(ManifestTest, WhatIsNotCanonicalIsRefused) {
  const std::string refused[] = {
      Text() + "\n",
      Text().substr(0, Text().size() - 1),
      absl::StrReplaceAll(Text(), {{"\n", "\r\n"}}),
      With("  \"_type\"", " \"_type\""),
      // Keys out of order.
      With("\"a\": \"1\",\n          \"seed\": \"42\"",
           "\"seed\": \"42\",\n          \"a\": \"1\""),
      // A repeated key: the last would win.
      With("\"a\": \"1\"", "\"a\": \"0\",\n          \"a\": \"1\""),
      // One number in two spellings, and a default spelled out.
      With("\"sizeBytes\": \"3\"", "\"sizeBytes\": 3"),
      With("\"kind\": \"CORPUS\"",
           "\"flag\": \"\",\n        \"kind\": "
           "\"CORPUS\""),
      With("corpus.qca", "corpus\\u002eqca"),
      With("corpus.qca", "corpus\xff.qca"),
  };
  for (const std::string& text : refused) {
    EXPECT_FALSE(ManifestFromJson(text, "m").ok()) << text;
  }
}

TEST(ManifestTest, ErrorsNameTheFileAndTheField) {
  EXPECT_THAT(ManifestFromJson(With("Statement/v1", "Statement/v2"), "m.json"),
              FailsSaying("m.json: _type is"));
  EXPECT_THAT(ManifestFromJson(With("provenance/v1", "provenance/v2"), "m"),
              FailsSaying("predicateType is"));
  EXPECT_THAT(ManifestFromJson(With("builder:v1", "builder:v2"), "m"),
              FailsSaying("predicate.runDetails.builder.id"));
  EXPECT_THAT(ManifestFromJson(With("stage:corpus", "stage:Corpus"), "m"),
              FailsSaying("predicate.buildDefinition.buildType"));
  std::string other_letter = kAbc, upper_case = kAbc, too_long = kAbc;
  other_letter[0] = 'g';
  upper_case[0] = 'B';
  too_long += "0";
  for (const std::string& digest :
       {std::string("ab"), other_letter, upper_case, too_long}) {
    EXPECT_THAT(ManifestFromJson(With(kAbc, digest), "m"),
                FailsSaying("subject[0].digest"))
        << digest;
  }
  for (const char* name : {".", "..", "a/b", "/"}) {
    EXPECT_THAT(ManifestFromJson(With("corpus.qca", name), "m"),
                FailsSaying("subject[0].name '"))
        << name;
  }
  EXPECT_THAT(ManifestFromJson(With("corpus.qca", "../corpus.qca"), "m"),
              FailsSaying("subject[0].name '../corpus.qca'"));
  EXPECT_THAT(ManifestFromJson(With("\"kind\"", "\"flag\""), "m"),
              FailsSaying("subject[0].annotations.kind"));
  for (const char* key : {"contentsSha256", "scriptSha256"}) {
    const auto with = [key](const std::string& digest) {
      const std::string line = absl::StrCat("\"", key, "\": \"", digest, "\"");
      const bool first = std::string(key) < "kind";
      return first
                 ? With("\"kind\"", absl::StrCat(line, ",\n        \"kind\""))
                 : With("\"schemaVersion\": 1",
                        absl::StrCat("\"schemaVersion\": 1,\n        ", line));
    };
    EXPECT_THAT(ManifestFromJson(with(kAbc), "m"), IsOk());
    for (const std::string& digest :
         {std::string("ab"), other_letter, upper_case, too_long}) {
      EXPECT_THAT(
          ManifestFromJson(with(digest), "m"),
          FailsSaying(absl::StrCat("m: subject[0].annotations.", key,
                                   " must be 64 lower-case hexadecimal")))
          << digest;
    }
  }
  EXPECT_THAT(ManifestFromJson(With("\"name\"", "\"uri\""), "m"),
              FailsSaying("uri"));
  EXPECT_THAT(ManifestFromJson("{", "m"), FailsSaying("m: "));
  EXPECT_THAT(ManifestFromJson("", "m"), FailsSaying("m: "));
}

TEST(ManifestTest, AStatementAboutNothingIsRefused) {
  const auto json = ManifestToJson(NewStatement("corpus"));
  ASSERT_THAT(json, IsOk());
  EXPECT_THAT(ManifestFromJson(*json, "m"), FailsSaying("subject is empty"));
}

TEST(ManifestTest, AFileOfAbsurdSizeOrDepthIsRefused) {
  EXPECT_THAT(ManifestFromJson(std::string(kMaxManifestBytes + 1, ' '), "m"),
              FailsSaying("m: "));
  EXPECT_FALSE(ManifestFromJson(std::string(100'000, '['), "m").ok());
  const std::string deep =
      absl::StrCat(std::string(100'000, '['), std::string(100'000, ']'), "\n");
  EXPECT_FALSE(ManifestFromJson(deep, "m").ok());
}

TEST(ManifestTest, ANewStatementNamesItsStageAndTheNumericProfile) {
  Statement statement = NewStatement("quantize");
  EXPECT_EQ(StageOf(statement), "quantize");
  const auto& profile =
      statement.predicate().build_definition().internal_parameters();
  EXPECT_EQ(profile.count("isa_baseline"), 1);
  *statement.add_subject() = Describe("/tmp/x/y.qca", Sha256("abc"), "CORPUS");
  EXPECT_EQ(statement.subject(0).name(), "y.qca");
  EXPECT_EQ(Sha256Of(statement.subject(0)), kAbc);
  const auto json = ManifestToJson(statement);
  ASSERT_THAT(json, IsOk());
  EXPECT_THAT(ManifestFromJson(*json, "m"), IsOk());
}

TEST(ManifestTest, FloatsAreExactHexadecimals) {
  EXPECT_EQ(HexFloat(0), "0x0p+0");
  EXPECT_EQ(HexFloat(1.5), "0x1.8p+0");
  EXPECT_EQ(HexFloat(-0.15625), "-0x1.4p-3");
}

}  // namespace
}  // namespace quant_curve
