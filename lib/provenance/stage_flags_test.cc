// Which flags a manifest lists, of tools whose flags are defined here.
#include <cstdint>
#include <map>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/stage_run.h"
#include "proto/corpus.pb.h"

ABSL_FLAG(uint64_t, seed, 42, "a parameter of train");
ABSL_FLAG(double, weight_decay, 0.1, "a parameter of train");
ABSL_FLAG(bool, tokens, true, "a parameter of text");
ABSL_FLAG(std::string, document_separator, "--", "a parameter of text");
ABSL_FLAG(std::string, prompt, "", "a parameter of generate");
ABSL_FLAG(std::string, corpus, "c.qca", "an input of train and generate");
ABSL_FLAG(std::string, output, "o.qca", "an output of all");
ABSL_FLAG(uint32_t, threads, 1, "a parameter of benchmark");
ABSL_FLAG(uint32_t, no_stage_has_it, 1, "nothing");

namespace quant_curve {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// The flags in the manifest that a run of `stage` writes.
std::map<std::string, std::string> RecordedFlags(const std::string& stage) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", stage);
  auto run = StageRun::Begin(stage);
  EXPECT_THAT(run, IsOk());
  EXPECT_THAT(run->WriteArtifact("output", path, Corpus()), IsOk());
  const auto statement =
      ManifestFromJson(ReadFile(ManifestPath(path)).value_or(""), "m");
  EXPECT_THAT(statement, IsOk());
  const auto& flags =
      statement->predicate().build_definition().external_parameters().flags();
  return {flags.begin(), flags.end()};
}

TEST(StageFlagsTest, ParametersOfTheStageAreListedAndNoPath) {
  absl::SetFlag(&FLAGS_seed, 7);
  absl::SetFlag(&FLAGS_weight_decay, 0.5);
  EXPECT_THAT(
      RecordedFlags("train"),
      UnorderedElementsAre(Pair("seed", "7"), Pair("weight_decay", "0.5")));
}

TEST(StageFlagsTest, ZeroAndFalseAndEmptyAreValues) {
  absl::SetFlag(&FLAGS_seed, 0);
  absl::SetFlag(&FLAGS_weight_decay, 0);
  EXPECT_THAT(
      RecordedFlags("train"),
      UnorderedElementsAre(Pair("seed", "0"), Pair("weight_decay", "0")));
  absl::SetFlag(&FLAGS_tokens, false);
  absl::SetFlag(&FLAGS_document_separator, "");
  EXPECT_THAT(RecordedFlags("text"),
              UnorderedElementsAre(Pair("tokens", "false"),
                                   Pair("document_separator", "")));
}

// Where a flag is empty unless it is given, empty says nothing.
TEST(StageFlagsTest, AnEmptyDefaultIsLeftOut) {
  EXPECT_THAT(RecordedFlags("generate"), IsEmpty());
  absl::SetFlag(&FLAGS_prompt, "once");
  EXPECT_THAT(RecordedFlags("generate"),
              UnorderedElementsAre(Pair("prompt", "once")));
}

TEST(StageFlagsTest, ThreadsAreListedWhereTheyDecideTheOutput) {
  absl::SetFlag(&FLAGS_threads, 0);
  EXPECT_THAT(RecordedFlags("benchmark"),
              UnorderedElementsAre(Pair("threads", "0")));
  EXPECT_THAT(RecordedFlags("merge"), IsEmpty());
}

}  // namespace
}  // namespace quant_curve
