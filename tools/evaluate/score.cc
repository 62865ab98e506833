#include "tools/evaluate/score.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/model_corpus.h"
#include "lib/data/windows.h"
#include "lib/model/config.h"
#include "tools/evaluate/overflow.h"
#include "tools/evaluate/score_batches.h"

namespace quant_curve {
namespace {

using Sentence = std::vector<uint32_t>;

void AddToken(const TokenDivergence& token, WindowDivergence& window,
              DivergenceHistogram& histogram) {
  window.kl_nats += token.kl_nats;
  window.max_kl_nats = std::max(window.max_kl_nats, token.kl_nats);
  window.top1_agreements += token.top1_agrees ? 1 : 0;
  window.probability_changes += token.probability_change;
  window.squared_probability_changes +=
      token.probability_change * token.probability_change;
  if (std::isfinite(token.kl_nats)) ++histogram[DivergenceBin(token.kl_nats)];
}

// The rows of a batch of windows of `length` tokens, from window `first` on.
void AddRows(const BatchScores& batch, int64_t first, int64_t length,
             Scores& scores) {
  for (size_t row = 0; row < batch.likelihoods.size(); ++row) {
    scores.window_nll[first + row / length] -= batch.likelihoods[row];
  }
  for (size_t row = 0; row < batch.divergences.size(); ++row) {
    AddToken(batch.divergences[row],
             scores.window_divergence[first + row / length],
             scores.divergence_histogram);
  }
}

std::vector<Sentence> SentencesOf(const ClozeItem& item) {
  std::vector<Sentence> sentences;
  for (const ClozeItem::Candidate& candidate : item.candidates()) {
    Sentence sentence(item.prefix().begin(), item.prefix().end());
    sentence.insert(sentence.end(), candidate.tokens().begin(),
                    candidate.tokens().end());
    sentence.insert(sentence.end(), item.suffix().begin(), item.suffix().end());
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

// The sentences of an item in one batch. Shorter ones are filled up at the end
// with what starts a sentence, which no earlier position sees.
Batch BatchOf(const std::vector<Sentence>& sentences, const TextEnds& ends) {
  size_t longest = 0;
  for (const Sentence& s : sentences) longest = std::max(longest, s.size());
  // The last token is only a target where nothing closes the sentence, and the
  // first is none where nothing starts it.
  const size_t length =
      longest + ends.end.has_value() - !ends.start.has_value();
  const uint32_t filler = ends.start.value_or(0);
  Batch batch;
  batch.sequences = static_cast<int64_t>(sentences.size());
  for (const Sentence& sentence : sentences) {
    const size_t end = batch.tokens.size() + length;
    if (ends.start.has_value()) batch.tokens.push_back(*ends.start);
    batch.tokens.insert(batch.tokens.end(), sentence.begin(), sentence.end());
    batch.tokens.resize(end, filler);
    batch.targets.insert(batch.targets.end(),
                         sentence.begin() + !ends.start.has_value(),
                         sentence.end());
    batch.targets.resize(end, ends.end.value_or(filler));
  }
  return batch;
}

// What the model reads of a sentence, up to its last token.
Sentence InputOf(const Sentence& sentence, const TextEnds& ends) {
  if (ends.start.has_value()) {
    return MakeScoredWindow(sentence, *ends.start).input;
  }
  return {sentence.begin(), sentence.end() - 1};
}

void AddCandidates(const std::vector<Sentence>& sentences, const TextEnds& ends,
                   const std::vector<float>& likelihoods,
                   std::vector<float>& scores) {
  const size_t length = likelihoods.size() / sentences.size();
  for (size_t i = 0; i < sentences.size(); ++i) {
    const size_t scored =
        sentences[i].size() + ends.end.has_value() - !ends.start.has_value();
    double total = 0;
    for (size_t t = 0; t < scored; ++t) total += likelihoods[i * length + t];
    scores.push_back(static_cast<float>(total));
  }
}

// Where batches start, and the number of windows at the end: runs of windows of
// one length, at most kTokensPerBatch tokens each but at least a window.
std::vector<int64_t> BatchStarts(absl::Span<const Sentence> windows) {
  std::vector<int64_t> starts = {0};
  const int64_t count = static_cast<int64_t>(windows.size());
  for (int64_t i = 1; i < count; ++i) {
    const int64_t length = static_cast<int64_t>(windows[i].size());
    if ((i - starts.back() + 1) * length > kTokensPerBatch ||
        windows[i].size() != windows[i - 1].size()) {
      starts.push_back(i);
    }
  }
  if (count > 0) starts.push_back(count);
  return starts;
}

Batch BatchOf(absl::Span<const Sentence> windows,
              absl::Span<const uint32_t> starts) {
  Batch batch;
  batch.sequences = static_cast<int64_t>(windows.size());
  for (size_t i = 0; i < windows.size(); ++i) {
    const ScoredWindow window = MakeScoredWindow(windows[i], starts[i]);
    batch.tokens.insert(batch.tokens.end(), window.input.begin(),
                        window.input.end());
    batch.targets.insert(batch.targets.end(), window.targets.begin(),
                         window.targets.end());
  }
  return batch;
}

absl::Status CheckSentences(const ModelConfig& config, const Corpus& corpus) {
  const bool has_start =
      corpus.items().empty() || EndsOf(corpus).start.has_value();
  for (int i = 0; i < corpus.items_size(); ++i) {
    for (const Sentence& sentence : SentencesOf(corpus.items(i))) {
      for (const uint32_t id : sentence) {
        if (id < config.vocab_size()) continue;
        return absl::InvalidArgumentError(
            absl::StrCat("item ", i, ": token ", id,
                         ": must be less than the model's vocab_size=",
                         config.vocab_size()));
      }
      if (!has_start && sentence.size() == 1) {
        return absl::InvalidArgumentError(absl::StrCat(
            "item ", i,
            ": a sentence has one token, which cannot be scored without a "
            "begin token before it: use longer sentences"));
      }
      if (sentence.size() + 1 > config.context_length()) {
        return absl::InvalidArgumentError(
            absl::StrCat("item ", i, ": ", sentence.size() + 1,
                         " tokens with what starts it, the model's context is ",
                         config.context_length()));
      }
    }
  }
  return absl::OkStatus();
}

// Batches of the windows, then one of each item.
std::vector<Batch> BatchesOf(const ScoreRequest& request,
                             const std::vector<int64_t>& starts) {
  std::vector<Batch> batches;
  for (size_t i = 0; i + 1 < starts.size(); ++i) {
    const size_t count = starts[i + 1] - starts[i];
    batches.push_back(BatchOf(request.windows.subspan(starts[i], count),
                              request.starts.subspan(starts[i], count)));
  }
  if (request.items.size() == 0) return batches;
  const TextEnds ends = EndsOf(request.corpus);
  for (int64_t i = request.items.first; i < request.items.end; ++i) {
    batches.push_back(BatchOf(SentencesOf(request.corpus.items(i)), ends));
  }
  return batches;
}

}  // namespace

absl::StatusOr<Scores> Score(const ModelReader& model,
                             const ScoreRequest& request, ThreadPool& threads,
                             ProgressSink progress) {
  RETURN_IF_ERROR(CheckSentences(model.config(), request.corpus));
  const std::vector<int64_t> starts = BatchStarts(request.windows);
  const std::vector<Batch> batches = BatchesOf(request, starts);
  Scores scores;
  if (batches.empty()) return scores;
  ASSIGN_OR_RETURN(
      const std::vector<BatchScores> scored,
      ScoreBatches(model, request.reference, batches,
                   static_cast<int64_t>(starts.size()) - 1, threads, progress));
  scores.window_nll.resize(request.windows.size());
  if (request.reference != nullptr) {
    scores.window_divergence.resize(request.windows.size());
  }
  size_t batch = 0;
  for (; batch + 1 < starts.size(); ++batch) {
    const int64_t first = starts[batch];
    const int64_t length = static_cast<int64_t>(request.windows[first].size());
    AddRows(scored[batch], first, length, scores);
  }
  if (request.items.size() == 0) return scores;
  const TextEnds ends = EndsOf(request.corpus);
  for (int64_t i = request.items.first; i < request.items.end; ++i) {
    AddCandidates(SentencesOf(request.corpus.items(i)), ends,
                  scored[batch++].likelihoods, scores.candidates);
  }
  return scores;
}

absl::Status CheckCandidates(const ModelReader& model,
                             const ScoreRequest& request,
                             const std::vector<float>& scores) {
  const TextEnds ends = EndsOf(request.corpus);
  size_t next = 0;
  for (int64_t i = request.items.first; i < request.items.end; ++i) {
    const std::vector<Sentence> sentences =
        SentencesOf(request.corpus.items(i));
    for (size_t j = 0; j < sentences.size(); ++j) {
      if (std::isfinite(scores[next++])) continue;
      return OverflowError(model, absl::StrCat("candidate ", j, " of item ", i),
                           InputOf(sentences[j], ends));
    }
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
