#include "lib/model/decoder.h"

#include "lib/model/config.h"
#include "lib/model/layers.h"
#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// Products of fewer weights than this are over before a second thread hears of
// them.
constexpr int64_t kParallelWeights = 1 << 18;

ThreadPool* ThreadsFor(int64_t weights, ThreadPool& threads) {
  return weights >= kParallelWeights ? &threads : nullptr;
}

void Apply(const Model& model, const Linear& linear,
           const std::vector<float>& x, std::vector<float>& y,
           ThreadPool& threads) {
  Project(model, linear, x, 1, y,
          ThreadsFor(linear.out_features() * linear.in_features(), threads));
}

void NormalizeToken(const Model& model, const NormWeights& weights,
                    const std::vector<float>& x, std::vector<float>& y) {
  float mean, rstd;
  Normalize(model, weights, x, 1, y, &mean, &rstd);
}

}  // namespace

Decoder::Decoder(const Model& model, ThreadPool& threads)
    : model_(model),
      threads_(threads),
      head_dim_(HeadDim(model.config)),
      heads_per_key_(model.config.num_heads() / NumKvHeads(model.config)),
      score_scale_(ScoreScale(model)),
      caches_(model.blocks.size()) {
  const size_t size = model.config.context_length() * KeyWidth(model.config);
  for (Cache& cache : caches_) {
    cache.keys.resize(size);
    cache.values.resize(size);
  }
  stream_.resize(model.config.d_model());
  attention_.resize(QueryWidth(model.config));
  scores_.resize(model.config.context_length());
  logits_.resize(model.config.vocab_size());
}

absl::Span<const float> Decoder::Step(uint32_t token) {
  EmbedToken(model_, token, position_, stream_.data());
  for (size_t i = 0; i < caches_.size(); ++i) {
    RunBlock(model_.blocks[i], caches_[i]);
  }
  NormalizeToken(model_, model_.ln_f, stream_, normalized_);
  const PackedMatrix& head = model_.Head();
  head.Multiply(normalized_.data(), 1, logits_.data(),
                ThreadsFor(head.out_features() * head.in_features(), threads_));
  RoundActivations(model_, logits_);
  ++position_;
  return logits_;
}

void Decoder::RunBlock(const Block& block, Cache& cache) {
  NormalizeToken(model_, block.ln_1, stream_, normalized_);
  Apply(model_, block.q, normalized_, q_, threads_);
  Apply(model_, block.k, normalized_, k_, threads_);
  Apply(model_, block.v, normalized_, v_, threads_);
  TurnToPosition(model_, position_, model_.config.num_heads(), q_.data());
  TurnToPosition(model_, position_, NumKvHeads(model_.config), k_.data());
  Store(cache);
  Attend(cache);
  Apply(model_, block.o, attention_, branch_, threads_);
  AddResidual(model_, branch_, stream_);
  NormalizeToken(model_, block.ln_2, stream_, normalized_);
  if (model_.config.mlp() == SWIGLU) {
    Apply(model_, block.gate, normalized_, gate_, threads_);
  }
  Apply(model_, block.fc1, normalized_, fc1_, threads_);
  ActivateMlp(model_, gate_, fc1_, hidden_);
  Apply(model_, block.fc2, hidden_, branch_, threads_);
  AddResidual(model_, branch_, stream_);
}

void Decoder::Store(Cache& cache) {
  const int64_t context = model_.config.context_length();
  const int64_t width = static_cast<int64_t>(k_.size());
  for (int64_t i = 0; i < width; ++i) {
    cache.keys[i * context + position_] = k_[i];
    cache.values[position_ * width + i] = v_[i];
  }
}

void Decoder::Attend(const Cache& cache) {
  const int64_t width = static_cast<int64_t>(k_.size());
  int64_t query = 0;
  for (int64_t key = 0; key < width; key += head_dim_) {
    for (int64_t i = 0; i < heads_per_key_; ++i, query += head_dim_) {
      AttendHead(cache, query, key);
    }
  }
  RoundActivations(model_, attention_);
}

void Decoder::AttendHead(const Cache& cache, int64_t query, int64_t key) {
  const int64_t context = model_.config.context_length();
  const int64_t width = static_cast<int64_t>(k_.size());
  const int64_t count = position_ + 1;
  scores_.resize(count);
  Gemm(1, count, head_dim_, {&q_[query], head_dim_, 1},
       &cache.keys[key * context], context, scores_.data(), count,
       /*accumulate=*/false);
  for (float& score : scores_) score *= score_scale_;
  RoundActivations(model_, scores_);
  Softmax(scores_.data(), count);
  RoundActivations(model_, scores_);
  Gemm(1, head_dim_, count, {scores_.data(), count, 1}, &cache.values[key],
       width, &attention_[query], head_dim_, /*accumulate=*/false);
}

}  // namespace quant_curve
