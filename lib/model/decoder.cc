#include "lib/model/decoder.h"

#include <algorithm>

#include "lib/model/config.h"
#include "lib/model/layers.h"
#include "lib/numerics/attention.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// Products of fewer weights than this finish before a second thread wakes up,
// and so does attention with fewer multiplications. Its bound is lower because
// its keys and values are less often in a cache.
constexpr int64_t kParallelWeights = 1 << 18;
constexpr int64_t kParallelAttention = 1 << 16;

ThreadPool* ThreadsFor(int64_t weights, ThreadPool& threads) {
  return weights >= kParallelWeights ? &threads : nullptr;
}

void Apply(const Model& model, const Linear& linear,
           const std::vector<float>& x, std::vector<float>& y,
           ThreadPool& threads) {
  Project(model, linear, x, 1, y,
          ThreadsFor(linear.out_features() * linear.in_features(), threads));
}

int64_t WholeBlocks(int64_t positions) {
  return (positions + kKeyBlockPositions - 1) / kKeyBlockPositions *
         kKeyBlockPositions;
}

void NormalizeToken(const Model& model, const NormWeights& weights,
                    const std::vector<float>& x, std::vector<float>& y) {
  float mean, rstd;
  Normalize(model, weights, x, 1, y, &mean, &rstd);
}

// A branch's input: x normalized, or x.
void PrepareToken(const Model& model, const NormWeights& weights,
                  const std::vector<float>& x, std::vector<float>& y) {
  if (model.config.no_pre_norms()) {
    y = x;
  } else {
    NormalizeToken(model, weights, x, y);
  }
}

}  // namespace

bool UsesThreads(const ModelConfig& config) {
  const uint64_t widest = std::max<uint64_t>(
      {config.vocab_size(), config.d_ff(), QueryWidth(config)});
  return static_cast<int64_t>(widest * config.d_model()) >= kParallelWeights;
}

Decoder::Decoder(const Model& model, ThreadPool& threads)
    : model_(model), threads_(threads), caches_(model.blocks.size()) {
  stream_.resize(model.config.d_model());
  attention_.resize(QueryWidth(model.config));
  logits_.resize(model.config.vocab_size());
}

void Decoder::Reserve() {
  if (position_ < capacity_) return;
  const int64_t context = WholeBlocks(model_.config.context_length());
  capacity_ = std::min(std::max(2 * capacity_, kKeyBlockPositions), context);
  const int64_t size =
      capacity_ * static_cast<int64_t>(KeyWidth(model_.config));
  for (Cache& cache : caches_) {
    // Both begin with their first positions whatever the capacity is. Exact
    // sizes: a vector that grows by itself could take twice as much.
    cache.keys.reserve(size);
    cache.keys.resize(size);
    cache.values.reserve(size + kSpareValues);
    cache.values.resize(size + kSpareValues);
  }
  scores_.resize(model_.config.num_heads() * capacity_);
}

absl::Span<const float> Decoder::Step(uint32_t token) {
  Reserve();
  EmbedToken(model_, token, position_, stream_.data());
  for (size_t i = 0; i < caches_.size(); ++i) {
    RunBlock(model_.blocks[i], caches_[i]);
  }
  NormalizeToken(model_, model_.ln_f, stream_, normalized_);
  const PackedMatrix& head = model_.Head();
  head.Multiply(normalized_.data(), 1, logits_.data(),
                ThreadsFor(head.out_features() * head.in_features(), threads_));
  FinishLogits(model_, static_cast<int64_t>(logits_.size()), logits_.data());
  ++position_;
  return logits_;
}

void Decoder::RunBlock(const Block& block, Cache& cache) {
  PrepareToken(model_, block.ln_1, stream_, normalized_);
  Apply(model_, block.q, normalized_, q_, threads_);
  Apply(model_, block.k, normalized_, k_, threads_);
  Apply(model_, block.v, normalized_, v_, threads_);
  const int64_t heads = model_.config.num_heads();
  const int64_t kv_heads = static_cast<int64_t>(NumKvHeads(model_.config));
  NormalizeHeads(model_, block.q_norm, heads, q_.data());
  NormalizeHeads(model_, block.k_norm, kv_heads, k_.data());
  TurnToPosition(model_, block.rotation, position_, heads, q_.data());
  TurnToPosition(model_, block.rotation, position_, kv_heads, k_.data());
  Store(cache);
  Attend(block.window, cache);
  Apply(model_, block.o, attention_, branch_, threads_);
  FinishBranch(model_, block.attention_post_norm, 1, branch_);
  AddResidual(model_, branch_, stream_);
  PrepareToken(model_, block.ln_2, stream_, normalized_);
  if (HasGate(model_.config)) {
    Apply(model_, block.gate, normalized_, gate_, threads_);
  }
  Apply(model_, block.fc1, normalized_, fc1_, threads_);
  ActivateMlp(model_, gate_, fc1_, hidden_);
  Apply(model_, block.fc2, hidden_, branch_, threads_);
  FinishBranch(model_, block.mlp_post_norm, 1, branch_);
  AddResidual(model_, branch_, stream_);
}

void Decoder::Store(Cache& cache) {
  const int64_t width = static_cast<int64_t>(k_.size());
  const int64_t place = position_ % kKeyBlockPositions;
  float* block = &cache.keys[(position_ - place) * width];
  for (int64_t i = 0; i < width; ++i) {
    block[i * kKeyBlockPositions + place] = k_[i];
  }
  std::copy(v_.begin(), v_.end(), &cache.values[position_ * width]);
}

void Decoder::Attend(int64_t window, const Cache& cache) {
  const int64_t heads = model_.config.num_heads();
  const int64_t visible = position_ + 1 - FirstVisible(window, position_);
  const int64_t products =
      2 * visible * static_cast<int64_t>(attention_.size());
  const int64_t pieces =
      products < kParallelAttention ? 1 : threads_.num_threads();
  threads_.ParallelFor(pieces, [&](int64_t i) {
    AttendHeads(window, cache, i * heads / pieces, (i + 1) * heads / pieces);
  });
  RoundActivations(model_, attention_);
}

void Decoder::AttendHeads(int64_t window, const Cache& cache, int64_t first,
                          int64_t last) {
  const ModelConfig& config = model_.config;
  const int64_t heads_per_key = config.num_heads() / NumKvHeads(config);
  const AttentionHeads heads = {first, last, heads_per_key,
                                static_cast<int64_t>(HeadDim(config)),
                                static_cast<int64_t>(k_.size())};
  // Keys are cached in blocks: scores begin with the first visible key's block.
  const int64_t visible = FirstVisible(window, position_);
  const int64_t hidden = visible % kKeyBlockPositions;
  const int64_t start = visible - hidden;
  const int64_t count = position_ + 1 - start;
  AttentionScores(heads, q_.data(), &cache.keys[start * heads.key_width], count,
                  AttentionScale(config), capacity_, scores_.data());
  for (int64_t head = first; head < last; ++head) {
    float* scores = &scores_[head * capacity_];
    std::fill_n(scores, hidden, 0.0f);
    ScaledToProbabilities(model_, count - hidden, scores + hidden);
  }
  AttentionValues(heads, scores_.data(), &cache.values[start * heads.key_width],
                  count, capacity_, attention_.data());
}

}  // namespace quant_curve
