// Measures a quantized model on a corpus artifact: perplexity, task accuracy,
// bytes; computed from the packed weights.
//
//   bazel run //tools/evaluate -- --model=/tmp/int4.qca \
//       --corpus=/tmp/corpus.qca --reference=/tmp/fp32_measurement.qca \
//       --output=/tmp/int4_measurement.qca
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/progress.h"
#include "lib/cli/sequence_length.h"
#include "lib/cli/shard_flags.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/evaluation_text.h"
#include "lib/data/model_corpus.h"
#include "lib/measurement/measurement.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/quantization/quantized_model.h"
#include "lib/sharding/shard.h"
#include "tools/evaluate/evaluate_model.h"

ABSL_FLAG(std::string, model, "", "quantized model artifact");
ABSL_FLAG(std::string, corpus, "",
          "corpus artifact with an evaluation split and the task's items");
ABSL_FLAG(std::string, reference, "",
          "measurement artifact of the reference scheme (fp32), for the paired "
          "comparison; empty for the reference itself");
ABSL_FLAG(std::string, reference_model, "",
          "quantized model artifact of the reference scheme: it runs next to "
          "the model, and the measurement gets the divergence of the two "
          "models' predictions. Takes about twice as long. Empty for none");
ABSL_FLAG(std::string, output, "", "measurement artifact to write");
ABSL_FLAG(uint32_t, window_tokens, 0,
          "tokens per evaluation window, without the begin token before it; at "
          "most the model's context. 0 means the context, but at most 2048");
ABSL_FLAG(
    uint64_t, evaluation_tokens, 0,
    "limit on the number of scored tokens: only the first windows within "
    "it are used, but at least two. Documents are scored whole if that "
    "leaves two windows; otherwise figures per byte and per word are left "
    "out. 0 means no limit. Task items are always scored");

namespace quant_curve {
namespace {

// `reference` may be null.
absl::StatusOr<Measurement> Evaluate(const Artifact<QuantizedModel>& model,
                                     const Artifact<QuantizedModel>* reference,
                                     const Corpus& corpus,
                                     const EvaluationChoice& choice,
                                     const Shard& shard) {
  const std::unique_ptr<ThreadPool> threads = PoolFromFlag();
  Progress progress(absl::StrCat("evaluate ", model.message.scheme().name()));
  const auto update = [&](int64_t done, int64_t total) {
    progress.Update(done, total);
  };
  return shard.count() == 1
             ? EvaluateModel(model, reference, corpus, choice, *threads, update)
             : EvaluateShard(model, reference, corpus, choice, shard, *threads,
                             update);
}

void PrintSummary(const Measurement& m) {
  if (m.has_shard()) {
    absl::PrintF("evaluate: %s: %s\n", m.scheme().name(), ShardText(m.shard()));
    return;
  }
  absl::PrintF("evaluate: %s: perplexity %.4f +- %.4f", m.scheme().name(),
               m.perplexity().perplexity(), m.perplexity().perplexity_stderr());
  if (m.has_text_perplexity()) {
    absl::PrintF(", %.4f bits/byte", m.text_perplexity().bits_per_byte());
  }
  if (m.has_verb_tense_accuracy()) {
    absl::PrintF(", verb-tense accuracy %.2f %%",
                 100 * m.verb_tense_accuracy().accuracy());
  }
  if (m.has_minimal_pair_accuracy()) {
    absl::PrintF(", minimal-pair accuracy %.2f %%",
                 100 * m.minimal_pair_accuracy().accuracy());
  }
  absl::PrintF(", %d bytes", m.bytes().total());
  if (m.has_paired()) {
    absl::PrintF(", gap %+.3f %% to %s, %d flips",
                 m.paired().perplexity_gap_percent(),
                 m.paired().reference_scheme(), m.paired().flips());
  }
  for (const Metric& metric : m.metrics()) {
    if (metric.name() != "kl_divergence_mean_nats") continue;
    absl::PrintF(", divergence %.3g +- %.2g nats", metric.value(),
                 metric.standard_error());
  }
  absl::PrintF("\n");
}

absl::Status Run() {
  const std::string model_path = absl::GetFlag(FLAGS_model);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("model", model_path));
  RETURN_IF_ERROR(RequireFlag("corpus", corpus_path));
  RETURN_IF_ERROR(RequireFlag("output", output));
  ASSIGN_OR_RETURN(const Shard shard, ShardFromFlags());
  const std::string reference_path = absl::GetFlag(FLAGS_reference);
  if (shard.count() > 1 && !reference_path.empty()) {
    return UsageError(
        "--reference needs a whole measurement; give it to //tools/merge "
        "instead");
  }
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("evaluate"));
  ASSIGN_OR_RETURN(const Artifact<QuantizedModel> model,
                   run.Read("model", model_path, ReadQuantizedModel));
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus,
                   run.Read("corpus", corpus_path, ReadCorpus));
  RETURN_IF_ERROR(
      CheckBelongTogether(corpus, corpus_path, model.message.tokenizer_sha256(),
                          model.message.corpus_sha256(), model_path));
  EvaluationChoice choice;
  ASSIGN_OR_RETURN(choice.window_tokens,
                   SequenceLengthFromFlag("window_tokens",
                                          absl::GetFlag(FLAGS_window_tokens),
                                          model.message.config(), model_path));
  choice.max_tokens = absl::GetFlag(FLAGS_evaluation_tokens);

  // Before the evaluation: a wrong file should not cost hours.
  Artifact<Measurement> reference;
  if (!reference_path.empty()) {
    ASSIGN_OR_RETURN(reference,
                     run.Read("reference", reference_path, ReadMeasurement));
  }

  const std::string reference_model_path = absl::GetFlag(FLAGS_reference_model);
  Artifact<QuantizedModel> reference_model;
  if (!reference_model_path.empty()) {
    ASSIGN_OR_RETURN(
        reference_model,
        run.Read("reference_model", reference_model_path, ReadQuantizedModel));
    RETURN_IF_ERROR(CheckBelongTogether(
        corpus, corpus_path, reference_model.message.tokenizer_sha256(),
        reference_model.message.corpus_sha256(), reference_model_path));
  }

  absl::StatusOr<Measurement> evaluated =
      Evaluate(model, reference_model_path.empty() ? nullptr : &reference_model,
               corpus.message, choice, shard);
  if (!evaluated.ok()) {
    // Errors about records name the model's file already.
    if (absl::StartsWith(evaluated.status().message(), model_path + ": ")) {
      return evaluated.status();
    }
    return absl::Status(evaluated.status().code(),
                        absl::StrCat(model_path, " on ", corpus_path, ": ",
                                     evaluated.status().message()));
  }
  Measurement& measurement = *evaluated;
  measurement.set_quantized_model_sha256(model.sha256);
  measurement.set_corpus_sha256(corpus.sha256);
  measurement.set_reference_model_sha256(reference_model.sha256);
  if (!reference_path.empty()) {
    RETURN_IF_ERROR(CompareToReference(reference, reference_path, measurement));
  }
  RETURN_IF_ERROR(run.WriteArtifact("output", output, measurement));
  PrintSummary(measurement);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "evaluate", argc, argv,
      "Measures a quantized model: perplexity, task accuracy, bytes.\n"
      "Example:\n"
      "  evaluate --model=/tmp/int4.qca --corpus=/tmp/corpus.qca "
      "--reference=/tmp/fp32_measurement.qca --output=/tmp/measurement.qca",
      quant_curve::Run);
}
