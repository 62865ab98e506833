// Writes a corpus from your own text: documents to calibrate and to measure on,
// and minimal pairs as the task, in the tokens of an imported model.
//
//   bazel run //tools/text -- --tokenizer=/tmp/tokenizer.qca \
//       --calibration_text=/data/train.txt --evaluation_text=/data/val.txt \
//       --document_separator='<|endoftext|>' --output=/tmp/corpus.qca
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/provenance/stage_run.h"
#include "tools/text/text_corpus_builder.h"

ABSL_FLAG(std::string, tokenizer, "", "tokenizer artifact of the model");
ABSL_FLAG(std::string, calibration_text, "",
          "UTF-8 text to calibrate on. ASCII white space around each document "
          "is left out (inside, every byte stays), as is a byte order mark at "
          "the start of the file; tokens, bytes and words count what is left");
ABSL_FLAG(std::string, evaluation_text, "",
          "UTF-8 text to measure on; white space as in --calibration_text");
ABSL_FLAG(std::string, pairs, "",
          "minimal pairs in BLiMP's JSONL form; none: no task. White space "
          "around sentences and a byte order mark are left out");
ABSL_FLAG(std::string, document_separator, "",
          "text between two documents, such as "
          "'<|endoftext|>'; empty: each file is one document. Each is scored "
          "on its own, after the model's begin token, if it has one (that its "
          "text may begin with: no second one is put there); one longer than "
          "the model's context "
          "in windows that start with that token each");
ABSL_FLAG(bool, tokens, false,
          "texts and sentences are token ids in decimal, between white space");
ABSL_FLAG(std::string, output, "", "corpus artifact to write");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Writes a corpus of your own text in an imported model's tokens.\n"
    "Example: text --tokenizer=/tmp/tokenizer.qca "
    "--calibration_text=train.txt --evaluation_text=val.txt "
    "--document_separator='<|endoftext|>' --output=/tmp/corpus.qca";

absl::Status ReadSource(absl::string_view flag, const std::string& path,
                        StageRun& run, TextFile& file) {
  file.path = path;
  ASSIGN_OR_RETURN(file.contents, run.ReadOutsideFile(flag, path));
  return absl::OkStatus();
}

absl::Status Run() {
  const std::string tokenizer_path = absl::GetFlag(FLAGS_tokenizer);
  const std::string calibration = absl::GetFlag(FLAGS_calibration_text);
  const std::string evaluation = absl::GetFlag(FLAGS_evaluation_text);
  const std::string pairs = absl::GetFlag(FLAGS_pairs);
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("tokenizer", tokenizer_path));
  RETURN_IF_ERROR(RequireFlag("calibration_text", calibration));
  RETURN_IF_ERROR(RequireFlag("evaluation_text", evaluation));
  RETURN_IF_ERROR(RequireFlag("output", output));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("text"));
  ASSIGN_OR_RETURN(
      const Artifact<BpeTokenizer> tokenizer,
      run.Read("tokenizer", tokenizer_path, ReadArtifact<BpeTokenizer>));
  TextSources sources;
  RETURN_IF_ERROR(
      ReadSource("calibration_text", calibration, run, sources.calibration));
  RETURN_IF_ERROR(
      ReadSource("evaluation_text", evaluation, run, sources.evaluation));
  if (!pairs.empty()) {
    RETURN_IF_ERROR(ReadSource("pairs", pairs, run, sources.pairs));
  }
  sources.document_separator = absl::GetFlag(FLAGS_document_separator);
  sources.are_tokens = absl::GetFlag(FLAGS_tokens);
  ASSIGN_OR_RETURN(const Corpus corpus,
                   BuildTextCorpus(tokenizer.message, sources));
  RETURN_IF_ERROR(run.WriteArtifact("output", output, corpus));
  absl::PrintF(
      "text: %d calibration documents of %d tokens, %d evaluation documents "
      "of %d tokens, %d minimal pairs\n",
      corpus.calibration().documents_size(), corpus.calibration().tokens_size(),
      corpus.evaluation().documents_size(), corpus.evaluation().tokens_size(),
      corpus.items_size());
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("text", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
