// Lets a quantized model talk: greedy decoding from its packed weights.
//
//   bazel run //tools/generate -- --model=/tmp/int4.qca \
//       --corpus=/tmp/corpus.qca --prompt="last week the"
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/tokenizer.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/quantized_model.h"
#include "tools/generate/generate.h"

ABSL_FLAG(std::string, model, "", "quantized model artifact");
ABSL_FLAG(std::string, corpus, "", "corpus artifact that holds its tokenizer");
ABSL_FLAG(std::string, prompt, "", "how the text begins; may be empty");
ABSL_FLAG(int, sentences, 1, "stop after this many sentences");
ABSL_FLAG(int, threads, 0,
          "threads; 0 means one a core. Changes speed, never a word");

namespace quant_curve {
namespace {

absl::Status Run() {
  const std::string model_path = absl::GetFlag(FLAGS_model);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  RETURN_IF_ERROR(RequireFlag("model", model_path));
  RETURN_IF_ERROR(RequireFlag("corpus", corpus_path));
  const int sentences = absl::GetFlag(FLAGS_sentences);
  if (sentences < 1) {
    return UsageError(
        absl::StrCat("--sentences=", sentences, ": must be >= 1"));
  }
  ASSIGN_OR_RETURN(const Artifact<QuantizedModel> quantized,
                   ReadQuantizedModel(model_path));
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus, ReadCorpus(corpus_path));
  const Tokenizer& tokenizer = corpus.message.tokenizer();
  RETURN_IF_ERROR(CheckSameTokenizer(tokenizer, corpus_path,
                                     quantized.message.tokenizer_sha256(),
                                     model_path));
  ASSIGN_OR_RETURN(const std::vector<uint32_t> prompt,
                   Encode(tokenizer, absl::GetFlag(FLAGS_prompt)));
  ASSIGN_OR_RETURN(const Model model, ModelFromQuantized(quantized.message));
  ThreadPool threads(absl::GetFlag(FLAGS_threads));
  ASSIGN_OR_RETURN(const std::vector<uint32_t> text,
                   GenerateGreedily(model, prompt, tokenizer.separator_id(),
                                    sentences, threads));
  ASSIGN_OR_RETURN(const std::string words, Decode(tokenizer, text));
  absl::PrintF("%s\n", words);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      argc, argv,
      "Continues a prompt by greedy decoding from a quantized model.\n"
      "Example:\n"
      "  generate --model=/tmp/int4.qca --corpus=/tmp/corpus.qca "
      "--prompt=\"last week the\"",
      quant_curve::Run);
}
