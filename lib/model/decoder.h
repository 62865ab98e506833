// Decoding token by token at batch 1, with a KV cache.
#ifndef QUANT_CURVE_LIB_MODEL_DECODER_H_
#define QUANT_CURVE_LIB_MODEL_DECODER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

// The logits of each step are, bit for bit, those that Forward gives for the
// same position of the whole sequence.
class Decoder {
 public:
  // Model and threads outlive the decoder.
  Decoder(const Model& model, ThreadPool& threads);

  // Takes the next token; returns the logits after it, [vocab], valid until the
  // next call. position() must be below the model's context_length and the
  // token below its vocab_size.
  absl::Span<const float> Step(uint32_t token);

  // Tokens taken since the start.
  int64_t position() const { return position_; }

  // Back to an empty cache.
  void Reset() { position_ = 0; }

 private:
  // The cache of one block, context_length positions long.
  struct Cache {
    // Keys transposed, [KeyWidth, context]: scores run over positions.
    std::vector<float> keys;
    std::vector<float> values;  // [context, KeyWidth]
  };

  void RunBlock(const Block& block, Cache& cache);
  void Store(Cache& cache);
  void Attend(const Cache& cache);
  // One head; where its query starts in q_ and attention_, and its keys in k_.
  void AttendHead(const Cache& cache, int64_t query, int64_t key);

  const Model& model_;
  ThreadPool& threads_;
  const int64_t head_dim_;
  const int64_t heads_per_key_;  // query heads that share keys and values
  const float score_scale_;
  int64_t position_ = 0;
  std::vector<Cache> caches_;
  // One token's activations.
  std::vector<float> stream_, normalized_, q_, k_, v_, attention_, branch_;
  std::vector<float> gate_, fc1_, hidden_, scores_, logits_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_DECODER_H_
