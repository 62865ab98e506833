// Writes the verb corpus: tokenizer, three disjoint splits and cloze items.
//
//   bazel run //tools/corpus -- --seed=42 --output=/tmp/corpus.qca
//
// docs/corpus.md describes the text. The same flags give the same bytes.
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/provenance/stage_run.h"
#include "tools/corpus/generate.h"

ABSL_FLAG(uint64_t, seed, 42, "what the words' roles and the text follow from");
ABSL_FLAG(std::string, output, "", "where the corpus artifact goes");
ABSL_FLAG(uint64_t, train_sentences, 80000, "sentences of the train split");
ABSL_FLAG(uint64_t, calibration_sequences, 128,
          "sequences of the calibration split");
ABSL_FLAG(uint64_t, evaluation_windows, 800, "windows of the evaluation split");
ABSL_FLAG(uint64_t, sequence_length, 64,
          "tokens of a calibration sequence and of an evaluation window: the "
          "model's context length");
ABSL_FLAG(uint64_t, seen_items, 800, "cloze items with trained verb forms");
ABSL_FLAG(uint64_t, held_out_items, 1200,
          "cloze items whose verbs were trained in other forms");
ABSL_FLAG(uint64_t, unseen_items, 1200,
          "cloze items whose verbs were not trained");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Writes the verb corpus: tokenizer, training, calibration and evaluation "
    "split, cloze items.\n\n"
    "Example: corpus --seed=42 --output=/tmp/corpus.qca";

CorpusOptions OptionsFromFlags() {
  CorpusOptions options;
  options.seed = absl::GetFlag(FLAGS_seed);
  options.train_sentences = absl::GetFlag(FLAGS_train_sentences);
  options.calibration_sequences = absl::GetFlag(FLAGS_calibration_sequences);
  options.evaluation_windows = absl::GetFlag(FLAGS_evaluation_windows);
  options.sequence_length = absl::GetFlag(FLAGS_sequence_length);
  options.items.seen = absl::GetFlag(FLAGS_seen_items);
  options.items.held_out_form = absl::GetFlag(FLAGS_held_out_items);
  options.items.unseen_stem = absl::GetFlag(FLAGS_unseen_items);
  return options;
}

absl::Status Run() {
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("output", output));
  const CorpusOptions options = OptionsFromFlags();
  const absl::Status usable = ValidateOptions(options);
  if (!usable.ok()) return UsageError(usable.message());

  ASSIGN_OR_RETURN(const Corpus corpus, GenerateCorpus(options));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("corpus"));
  RETURN_IF_ERROR(run.WriteArtifact("output", output, corpus));
  const std::string summary =
      absl::StrCat(output, ": ", corpus.train().num_sentences(),
                   " training sentences (", corpus.train().tokens_size(),
                   " tokens), ", corpus.calibration().tokens_size(),
                   " calibration tokens, ", corpus.evaluation().tokens_size(),
                   " evaluation tokens, ", corpus.items_size(), " cloze items");
  std::puts(summary.c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("corpus", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
