#include "tools/evaluate/score_batches.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "absl/types/optional.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/activation_store.h"
#include "lib/model/forward.h"
#include "lib/model/streams.h"
#include "lib/numerics/kl_divergence.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {
namespace {

// Rows of logits that one thread holds.
constexpr int64_t kLogitRows = 128;

// A model's last step over a batch.
class LastStep {
 public:
  // `output` is the last block's; `ends`, with the LM head, outlives this.
  LastStep(const Model& ends, std::vector<float> output) : ends_(&ends) {
    activations_.output = std::move(output);
    NormalizeOutput(ends, activations_);
  }

  // Of rows [first, first + count); valid until the next call.
  const float* Logits(int64_t first, int64_t count) {
    ComputeLogits(*ends_, activations_, first, count, activations_.logits);
    return activations_.logits.data();
  }

 private:
  const Model* ends_;
  Activations activations_;
};

LogitRow RowOf(const float* logits, int64_t vocab) {
  return {logits, LogSumExp(logits, vocab)};
}

// `reference` may be null.
BatchScores ScoreBatch(const Batch& batch, int64_t vocab, LastStep& model,
                       LastStep* reference) {
  const int64_t rows = static_cast<int64_t>(batch.tokens.size());
  BatchScores result;
  for (int64_t first = 0; first < rows; first += kLogitRows) {
    const int64_t count = std::min(kLogitRows, rows - first);
    const float* logits = model.Logits(first, count);
    const float* reference_logits =
        reference == nullptr ? nullptr : reference->Logits(first, count);
    for (int64_t i = 0; i < count; ++i) {
      const LogitRow row = RowOf(logits + i * vocab, vocab);
      const uint32_t target = batch.targets[first + i];
      result.likelihoods.push_back(
          static_cast<float>(row.logits[target] - row.log_sum_exp));
      if (reference_logits == nullptr) continue;
      const LogitRow reference_row = RowOf(reference_logits + i * vocab, vocab);
      result.divergences.push_back(
          DivergenceOf(reference_row, row, vocab, target));
    }
  }
  return result;
}

// The tokens that have passed each block, for progress. The LM head counts as
// one more block.
class Steps {
 public:
  explicit Steps(ProgressSink progress) : progress_(progress) {}

  // Before the model's first batch.
  void Expect(const ModelReader& model, absl::Span<const Batch> batches) {
    for (const Batch& batch : batches) {
      total_ +=
          static_cast<int64_t>(batch.tokens.size()) * (model.num_layers() + 1);
    }
  }

  // Called by many threads.
  void Add(const Batch& batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ += static_cast<int64_t>(batch.tokens.size());
    progress_(done_, total_);
  }

 private:
  std::mutex mutex_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  ProgressSink progress_;
};

// Runs the model's blocks over all batches. Afterwards stream i of the store
// holds the last block's output of batch i.
absl::StatusOr<ActivationStore> RunBlocks(const ModelReader& model,
                                          absl::Span<const Batch> batches,
                                          Steps& steps, ThreadPool& threads) {
  std::vector<int64_t> sizes;
  for (const Batch& batch : batches) {
    sizes.push_back(static_cast<int64_t>(batch.tokens.size()) *
                    model.config().d_model());
  }
  ASSIGN_OR_RETURN(ActivationStore streams, ActivationStore::Make(sizes));
  const int64_t count = static_cast<int64_t>(batches.size());
  ASSIGN_OR_RETURN(Model ends, model.ReadEnds(Vocabulary::kEmbedding));
  RETURN_IF_ERROR(ParallelForStatus(threads, count, [&](int64_t i) {
    Activations activations;
    Embed(ends, batches[i].tokens, batches[i].sequences, activations);
    return streams.Put(i, std::move(activations.output));
  }));
  ends.embedding = PackedMatrix();
  for (int64_t layer = 0; layer < model.num_layers(); ++layer) {
    ASSIGN_OR_RETURN(const Block block, model.ReadBlock(layer, &threads));
    RETURN_IF_ERROR(
        ParallelForStatus(threads, count, [&](int64_t i) -> absl::Status {
          ASSIGN_OR_RETURN(std::vector<float> stream, streams.Take(i));
          LayerWorkspace workspace;
          RunLayer(ends, block, batches[i].sequences, std::move(stream),
                   workspace);
          steps.Add(batches[i]);
          return streams.Put(i, std::move(workspace.activations.output));
        }));
  }
  return streams;
}

// Of each batch, with divergences from the reference, which may be null.
absl::StatusOr<std::vector<BatchScores>> ScoreTogether(
    const ModelReader& model, const ModelReader* reference,
    absl::Span<const Batch> batches, Steps& steps, ThreadPool& threads) {
  ASSIGN_OR_RETURN(ActivationStore streams,
                   RunBlocks(model, batches, steps, threads));
  absl::optional<ActivationStore> reference_streams;
  if (reference != nullptr) {
    ASSIGN_OR_RETURN(reference_streams,
                     RunBlocks(*reference, batches, steps, threads));
  }
  // Both heads only now: blocks need the memory.
  ASSIGN_OR_RETURN(const Model ends, model.ReadEnds(Vocabulary::kHead));
  Model reference_ends;
  if (reference != nullptr) {
    ASSIGN_OR_RETURN(reference_ends, reference->ReadEnds(Vocabulary::kHead));
  }
  const int64_t count = static_cast<int64_t>(batches.size());
  std::vector<BatchScores> scores(count);
  RETURN_IF_ERROR(
      ParallelForStatus(threads, count, [&](int64_t i) -> absl::Status {
        ASSIGN_OR_RETURN(std::vector<float> output, streams.Take(i));
        LastStep last(ends, std::move(output));
        absl::optional<LastStep> reference_last;
        if (reference != nullptr) {
          ASSIGN_OR_RETURN(output, reference_streams->Take(i));
          reference_last.emplace(reference_ends, std::move(output));
          steps.Add(batches[i]);
        }
        scores[i] =
            ScoreBatch(batches[i], model.config().vocab_size(), last,
                       reference_last.has_value() ? &*reference_last : nullptr);
        steps.Add(batches[i]);
        return absl::OkStatus();
      }));
  return scores;
}

}  // namespace

absl::StatusOr<std::vector<BatchScores>> ScoreBatches(
    const ModelReader& model, const ModelReader* reference,
    absl::Span<const Batch> batches, int64_t num_windows, ThreadPool& threads,
    ProgressSink progress) {
  Steps steps(progress);
  steps.Expect(model, batches);
  if (reference == nullptr) {
    return ScoreTogether(model, nullptr, batches, steps, threads);
  }
  const absl::Span<const Batch> windows = batches.subspan(0, num_windows);
  const absl::Span<const Batch> items = batches.subspan(num_windows);
  steps.Expect(*reference, windows);
  ASSIGN_OR_RETURN(std::vector<BatchScores> scores,
                   ScoreTogether(model, reference, windows, steps, threads));
  if (items.empty()) return scores;
  ASSIGN_OR_RETURN(std::vector<BatchScores> of_items,
                   ScoreTogether(model, nullptr, items, steps, threads));
  std::move(of_items.begin(), of_items.end(), std::back_inserter(scores));
  return scores;
}

}  // namespace quant_curve
