#include "tools/evaluate/score.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/model_corpus.h"
#include "lib/data/windows.h"
#include "lib/model/forward.h"
#include "lib/numerics/nonlinear.h"
#include "tools/evaluate/overflow.h"

namespace quant_curve {
namespace {

// What one thread holds: the activations of one block for this many tokens, or
// for one window where that is longer, and the logits of so many rows. Enough
// rows for the products to run at full speed.
constexpr int64_t kTokensPerPass = 1024;
constexpr int64_t kLogitRows = 128;

// Pieces of work between two reports.
constexpr int64_t kPiecesPerReport = 32;

using Sentence = std::vector<uint32_t>;

// Runs `body` over [0, count) in parallel, reporting now and then.
void ForEach(int64_t count, ThreadPool& threads, ProgressCallback progress,
             absl::FunctionRef<void(int64_t)> body) {
  for (int64_t first = 0; first < count; first += kPiecesPerReport) {
    const int64_t pieces = std::min(kPiecesPerReport, count - first);
    threads.ParallelFor(pieces, [&](int64_t i) { body(first + i); });
    progress(first + pieces);
  }
}

// log softmax(logits)[target] of each row of `sequences` sequences of one
// length, `targets` standing row by row beside `tokens`.
std::vector<float> LogLikelihoods(const Model& model,
                                  absl::Span<const uint32_t> tokens,
                                  absl::Span<const uint32_t> targets,
                                  int64_t sequences) {
  Activations activations;
  Embed(model, tokens, sequences, activations);
  {
    BlockActivations block;
    for (size_t i = 0; i < model.blocks.size(); ++i) {
      RunBlock(model, static_cast<int64_t>(i), activations, block);
    }
  }
  NormalizeOutput(model, activations);
  const int64_t vocab = model.config.vocab_size();
  const int64_t rows = static_cast<int64_t>(tokens.size());
  std::vector<float> result(rows);
  for (int64_t first = 0; first < rows; first += kLogitRows) {
    const int64_t count = std::min(kLogitRows, rows - first);
    ComputeLogits(model, activations, first, count, activations.logits);
    for (int64_t i = 0; i < count; ++i) {
      const float* logits = &activations.logits[i * vocab];
      result[first + i] = static_cast<float>(logits[targets[first + i]] -
                                             LogSumExp(logits, vocab));
    }
  }
  return result;
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

// Scores the sentences in one pass. Shorter ones are filled up at the end with
// what starts a sentence, which no earlier position sees.
void ScoreSentences(const Model& model, const std::vector<Sentence>& sentences,
                    const TextEnds& ends, float* scores) {
  size_t longest = 0;
  for (const Sentence& s : sentences) longest = std::max(longest, s.size());
  // The last token is a target alone where nothing closes the sentence.
  const size_t length = longest + ends.end.has_value();
  std::vector<uint32_t> tokens, targets;
  for (const Sentence& sentence : sentences) {
    const size_t end = tokens.size() + length;
    tokens.push_back(ends.start);
    tokens.insert(tokens.end(), sentence.begin(), sentence.end());
    tokens.resize(end, ends.start);
    targets.insert(targets.end(), sentence.begin(), sentence.end());
    targets.resize(end, ends.end.value_or(ends.start));
  }
  const std::vector<float> likelihoods =
      LogLikelihoods(model, tokens, targets, sentences.size());
  for (size_t i = 0; i < sentences.size(); ++i) {
    const size_t scored = sentences[i].size() + ends.end.has_value();
    double total = 0;
    for (size_t t = 0; t < scored; ++t) total += likelihoods[i * length + t];
    scores[i] = static_cast<float>(total);
  }
}

// Where passes start, and the number of windows at the end: runs of windows of
// one length, at most kTokensPerPass tokens each but at least a window.
std::vector<int64_t> PassesOf(absl::Span<const Sentence> windows) {
  std::vector<int64_t> starts = {0};
  const int64_t count = static_cast<int64_t>(windows.size());
  for (int64_t i = 1; i < count; ++i) {
    const int64_t length = static_cast<int64_t>(windows[i].size());
    if ((i - starts.back() + 1) * length > kTokensPerPass ||
        windows[i].size() != windows[i - 1].size()) {
      starts.push_back(i);
    }
  }
  if (count > 0) starts.push_back(count);
  return starts;
}

absl::Status CheckSentences(const Model& model, const Corpus& corpus) {
  for (int i = 0; i < corpus.items_size(); ++i) {
    for (const Sentence& sentence : SentencesOf(corpus.items(i))) {
      for (const uint32_t id : sentence) {
        if (id < model.config.vocab_size()) continue;
        return absl::InvalidArgumentError(
            absl::StrCat("item ", i, ": token ", id,
                         ": must be less than the model's vocab_size=",
                         model.config.vocab_size()));
      }
      if (sentence.size() + 1 > model.config.context_length()) {
        return absl::InvalidArgumentError(
            absl::StrCat("item ", i, ": ", sentence.size() + 1,
                         " tokens with what starts it, the model's context is ",
                         model.config.context_length()));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<double> ScoreWindows(
    const Model& model, absl::Span<const std::vector<uint32_t>> windows,
    uint32_t start_id, ThreadPool& threads, ProgressCallback progress) {
  const int64_t count = static_cast<int64_t>(windows.size());
  std::vector<double> scores(count);
  const std::vector<int64_t> starts = PassesOf(windows);
  const int64_t passes = static_cast<int64_t>(starts.size()) - 1;
  const auto report = [&](int64_t done) { progress(starts[done]); };
  ForEach(passes, threads, report, [&](int64_t pass) {
    const int64_t first = starts[pass];
    const int64_t end = starts[pass + 1];
    std::vector<uint32_t> tokens, targets;
    for (int64_t i = first; i < end; ++i) {
      const ScoredWindow window = MakeScoredWindow(windows[i], start_id);
      tokens.insert(tokens.end(), window.input.begin(), window.input.end());
      targets.insert(targets.end(), window.targets.begin(),
                     window.targets.end());
    }
    const std::vector<float> likelihoods =
        LogLikelihoods(model, tokens, targets, end - first);
    const int64_t length = static_cast<int64_t>(windows[first].size());
    for (size_t row = 0; row < targets.size(); ++row) {
      scores[first + row / length] -= likelihoods[row];
    }
  });
  return scores;
}

absl::StatusOr<std::vector<float>> ScoreItems(const Model& model,
                                              const Corpus& corpus,
                                              const ShardRange& range,
                                              ThreadPool& threads,
                                              ProgressCallback progress) {
  RETURN_IF_ERROR(CheckSentences(model, corpus));
  std::vector<int64_t> first_score = {0};
  for (int64_t i = range.first; i < range.end; ++i) {
    first_score.push_back(first_score.back() +
                          corpus.items(i).candidates_size());
  }
  std::vector<float> scores(first_score.back());
  const TextEnds ends = EndsOf(corpus);
  ForEach(range.size(), threads, progress, [&](int64_t i) {
    ScoreSentences(model, SentencesOf(corpus.items(range.first + i)), ends,
                   scores.data() + first_score[i]);
  });
  for (int64_t i = range.first; i < range.end; ++i) {
    const std::vector<Sentence> sentences = SentencesOf(corpus.items(i));
    for (size_t j = 0; j < sentences.size(); ++j) {
      if (std::isfinite(scores[first_score[i - range.first] + j])) continue;
      return OverflowError(model, absl::StrCat("candidate ", j, " of item ", i),
                           MakeScoredWindow(sentences[j], ends.start).input);
    }
  }
  return scores;
}

}  // namespace quant_curve
