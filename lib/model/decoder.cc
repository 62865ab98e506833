#include "lib/model/decoder.h"

#include <cmath>

#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// Products of fewer weights than this are over before a second thread hears of
// them.
constexpr int64_t kParallelWeights = 1 << 18;

// The end of every operation, as in Forward.
void Round(const Model& model, std::vector<float>& values) {
  if (model.activation_format != ACTIVATION_FLOAT16) return;
  RoundAllToFloat16(values.data(), static_cast<int64_t>(values.size()));
}

ThreadPool* ThreadsFor(int64_t weights, ThreadPool& threads) {
  return weights >= kParallelWeights ? &threads : nullptr;
}

void Apply(const Model& model, const Linear& linear,
           const std::vector<float>& x, std::vector<float>& y,
           ThreadPool& threads) {
  y.resize(linear.out_features());
  ApplyLinear(
      linear, x.data(), 1, y.data(),
      ThreadsFor(linear.out_features() * linear.in_features(), threads));
  Round(model, y);
}

void Normalize(const Model& model, const std::vector<float>& x,
               const LayerNormWeights& weights, std::vector<float>& y) {
  float mean, rstd;
  y.resize(x.size());
  LayerNorm(x.data(), 1, static_cast<int64_t>(x.size()), weights.scale.data(),
            weights.shift.data(), model.config.layer_norm_epsilon(), y.data(),
            &mean, &rstd);
  Round(model, y);
}

void AddTo(const Model& model, const std::vector<float>& branch,
           std::vector<float>& stream) {
  for (size_t i = 0; i < stream.size(); ++i) stream[i] += branch[i];
  Round(model, stream);
}

}  // namespace

Decoder::Decoder(const Model& model, ThreadPool& threads)
    : model_(model), threads_(threads), caches_(model.blocks.size()) {
  const int64_t size =
      int64_t{model.config.context_length()} * model.config.d_model();
  for (Cache& cache : caches_) {
    cache.keys.resize(size);
    cache.values.resize(size);
  }
  stream_.resize(model.config.d_model());
  attention_.resize(model.config.d_model());
  scores_.resize(model.config.context_length());
  logits_.resize(model.config.vocab_size());
}

absl::Span<const float> Decoder::Step(uint32_t token) {
  const int64_t d = model_.config.d_model();
  const float multiplier = model_.config.embedding_multiplier();
  model_.embedding.ReadRow(token, stream_.data());
  const float* position = &model_.positions[position_ * d];
  for (int64_t i = 0; i < d; ++i) {
    stream_[i] = std::fma(stream_[i], multiplier, position[i]);
  }
  Round(model_, stream_);
  for (size_t i = 0; i < caches_.size(); ++i) {
    RunBlock(model_.blocks[i], caches_[i]);
  }
  Normalize(model_, stream_, model_.ln_f, normalized_);
  model_.embedding.Multiply(
      normalized_.data(), 1, logits_.data(),
      ThreadsFor(d * static_cast<int64_t>(logits_.size()), threads_));
  Round(model_, logits_);
  ++position_;
  return logits_;
}

void Decoder::RunBlock(const Block& block, Cache& cache) {
  Normalize(model_, stream_, block.ln_1, normalized_);
  Apply(model_, block.q, normalized_, q_, threads_);
  Apply(model_, block.k, normalized_, k_, threads_);
  Apply(model_, block.v, normalized_, v_, threads_);
  Attend(cache);
  Apply(model_, block.o, attention_, branch_, threads_);
  AddTo(model_, branch_, stream_);
  Normalize(model_, stream_, block.ln_2, normalized_);
  Apply(model_, block.fc1, normalized_, hidden_, threads_);
  Gelu(hidden_.data(), static_cast<int64_t>(hidden_.size()), hidden_.data());
  Round(model_, hidden_);
  Apply(model_, block.fc2, hidden_, branch_, threads_);
  AddTo(model_, branch_, stream_);
}

void Decoder::Attend(Cache& cache) {
  const int64_t context = model_.config.context_length();
  const int64_t d = model_.config.d_model();
  const int64_t head_dim = d / model_.config.num_heads();
  const int64_t count = position_ + 1;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  for (int64_t i = 0; i < d; ++i) {
    cache.keys[i * context + position_] = k_[i];
    cache.values[position_ * d + i] = v_[i];
  }
  scores_.resize(count);
  for (int64_t first = 0; first < d; first += head_dim) {
    Gemm(1, count, head_dim, {&q_[first], d, 1}, &cache.keys[first * context],
         context, scores_.data(), count, /*accumulate=*/false);
    for (float& score : scores_) score *= scale;
    Round(model_, scores_);
    Softmax(scores_.data(), count);
    Round(model_, scores_);
    Gemm(1, head_dim, count, {scores_.data(), count, 1}, &cache.values[first],
         d, &attention_[first], d, /*accumulate=*/false);
  }
  Round(model_, attention_);
}

}  // namespace quant_curve
