// Decoding token by token at batch 1, with a KV cache.
#ifndef QUANT_CURVE_LIB_MODEL_DECODER_H_
#define QUANT_CURVE_LIB_MODEL_DECODER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Whether a step of such a model runs any of its products on several threads:
// small products finish before a second thread wakes up.
bool UsesThreads(const ModelConfig& config);

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

  // Back to an empty cache, which keeps its memory.
  void Reset() { position_ = 0; }

 private:
  // The cache of one block, capacity_ positions long, laid out as attention.h
  // says.
  struct Cache {
    std::vector<float> keys;
    std::vector<float> values;
  };

  // Makes room for position_. The capacity doubles, so that a context of 131072
  // positions takes memory only as it is decoded, and each position is copied
  // once or twice.
  void Reserve();
  void RunBlock(const Block& block, Cache& cache);
  void Store(Cache& cache);
  void Attend(int64_t window, const Cache& cache);
  // Query heads [first, last).
  void AttendHeads(int64_t window, const Cache& cache, int64_t first,
                   int64_t last);

  const Model& model_;
  ThreadPool& threads_;
  int64_t capacity_ = 0;  // positions of the caches, whole blocks
  int64_t position_ = 0;
  std::vector<Cache> caches_;
  // One token's activations.
  std::vector<float> stream_, normalized_, q_, k_, v_, attention_, branch_;
  std::vector<float> gate_, fc1_, hidden_, logits_;
  std::vector<float> scores_;  // [heads, capacity_]
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_DECODER_H_
