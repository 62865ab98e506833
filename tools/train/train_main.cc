// Trains a small GPT on a corpus artifact and writes its checkpoint.
//
//   bazel run //tools/train -- --corpus=/tmp/corpus.qca \
//       --output=/tmp/checkpoint.qca
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/cli/progress.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/tokenizer.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "tools/train/trainer.h"

ABSL_FLAG(std::string, corpus, "", "corpus artifact to train on");
ABSL_FLAG(std::string, output, "", "checkpoint artifact to write");
ABSL_FLAG(uint64_t, seed, 42, "of the starting weights and the batches");

ABSL_FLAG(uint32_t, d_model, 64, "width of the residual stream");
ABSL_FLAG(uint32_t, num_layers, 2, "blocks");
ABSL_FLAG(uint32_t, num_heads, 4, "attention heads; divides d_model");
ABSL_FLAG(uint32_t, d_ff, 256, "width of the MLP");
ABSL_FLAG(uint32_t, context_length, 64, "tokens a training sequence");

ABSL_FLAG(uint32_t, steps, 3000, "optimizer steps");
ABSL_FLAG(uint32_t, batch_sequences, 32, "sequences a step");
ABSL_FLAG(double, learning_rate, 3e-3, "peak, after the warm-up");
ABSL_FLAG(double, final_learning_rate_fraction, 0.02,
          "where the cosine decay ends, as a share of the peak");
ABSL_FLAG(uint32_t, warmup_steps, 100, "steps of linear warm-up");
ABSL_FLAG(double, weight_decay, 0.1, "on matrices");
ABSL_FLAG(double, gradient_clip, 1.0, "global L2 norm");

namespace quant_curve {
namespace {

constexpr uint32_t kLossEvery = 50;
constexpr uint32_t kSequencesPerBlock = 4;

ModelConfig ModelConfigFromFlags(uint32_t vocab_size) {
  ModelConfig config = MiniGptFamily();
  config.set_vocab_size(vocab_size);
  config.set_d_model(absl::GetFlag(FLAGS_d_model));
  config.set_num_layers(absl::GetFlag(FLAGS_num_layers));
  config.set_num_heads(absl::GetFlag(FLAGS_num_heads));
  config.set_d_ff(absl::GetFlag(FLAGS_d_ff));
  config.set_context_length(absl::GetFlag(FLAGS_context_length));
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(
      std::sqrt(static_cast<float>(config.d_model())));
  return config;
}

TrainingConfig TrainingConfigFromFlags() {
  TrainingConfig config;
  config.set_seed(absl::GetFlag(FLAGS_seed));
  config.set_steps(absl::GetFlag(FLAGS_steps));
  config.set_batch_sequences(absl::GetFlag(FLAGS_batch_sequences));
  config.set_learning_rate(absl::GetFlag(FLAGS_learning_rate));
  config.set_final_learning_rate_fraction(
      absl::GetFlag(FLAGS_final_learning_rate_fraction));
  config.set_warmup_steps(absl::GetFlag(FLAGS_warmup_steps));
  config.set_beta1(0.9f);
  config.set_beta2(0.95f);
  config.set_adam_epsilon(1e-8f);
  config.set_weight_decay(absl::GetFlag(FLAGS_weight_decay));
  config.set_gradient_clip(absl::GetFlag(FLAGS_gradient_clip));
  config.set_sequences_per_block(kSequencesPerBlock);
  return config;
}

Checkpoint MakeCheckpoint(const ModelConfig& config,
                          const TrainingConfig& training,
                          const Artifact<Corpus>& corpus,
                          const TrainingResult& result) {
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = config;
  *checkpoint.mutable_training() = training;
  checkpoint.set_tokenizer_sha256(TokenizerSha256(corpus.message.tokenizer()));
  checkpoint.set_corpus_sha256(corpus.sha256);
  checkpoint.mutable_training_loss_nats()->Add(result.losses_nats.begin(),
                                               result.losses_nats.end());
  checkpoint.set_loss_every(kLossEvery);
  const absl::Span<const float> flat = result.parameters;
  size_t at = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const uint64_t size = NumElements(spec.shape).value();
    *checkpoint.add_tensors() =
        MakeFloat32(spec.name, spec.shape, flat.subspan(at, size));
    at += size;
  }
  return checkpoint;
}

absl::Status Run() {
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("corpus", corpus_path));
  RETURN_IF_ERROR(RequireFlag("output", output));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("train"));
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus,
                   run.Read("corpus", corpus_path, ReadCorpus));
  if (!corpus.message.has_tokenizer()) {
    return absl::InvalidArgumentError(
        absl::StrCat(corpus_path,
                     ": is text for an imported model; training takes the verb "
                     "corpus (//tools/corpus)"));
  }
  const ModelConfig config =
      ModelConfigFromFlags(corpus.message.tokenizer().tokens_size());
  const TrainingConfig training = TrainingConfigFromFlags();
  const absl::Status usable = ValidateTraining(config, training);
  if (!usable.ok()) return UsageError(usable.message());

  const std::unique_ptr<ThreadPool> threads = PoolFromFlag();
  Progress progress("train", training.steps());
  ASSIGN_OR_RETURN(
      const TrainingResult result,
      Train(config, training, kLossEvery, corpus.message.train().tokens(),
            *threads, [&](int64_t steps, double loss) {
              progress.Update(steps, absl::StrFormat("loss %.4f nats", loss));
            }));
  RETURN_IF_ERROR(run.WriteArtifact(
      "output", output, MakeCheckpoint(config, training, corpus, result)));
  const std::vector<float>& losses = result.losses_nats;
  absl::PrintF("train: %d parameters, %d steps%s\n", NumParameters(config),
               training.steps(),
               losses.empty() ? ""
                              : absl::StrFormat(", last loss %.4f nats a token",
                                                losses.back()));
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "train", argc, argv,
      "Trains a small GPT on a corpus artifact and writes its checkpoint.\n"
      "Example:\n"
      "  train --corpus=/tmp/corpus.qca --output=/tmp/checkpoint.qca",
      quant_curve::Run);
}
