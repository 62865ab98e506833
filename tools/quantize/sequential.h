// The calibration of a model that is being quantized: GPTQ's own loop
// (arXiv:2210.17323, section 4; opt.py of IST-DASLab/gptq). The Hessians of a
// layer, a block of the transformer, are taken with all layers before it
// already quantized.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "lib/calibration/model_parts.h"
#include "lib/model/activation_store.h"
#include "lib/model/config.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "proto/calibration.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// Holds one block of the model in float32 and what each token's residual stream
// is before it (ActivationStore). Everything is computed in float32, embeddings
// and norms included, and with the quantized Linears' weights as floats: how
// the scheme runs the model changes nothing.
//
// Sums are taken in the order of CalibrateModel: a layer's Hessians have the
// bits of a calibration of the model whose earlier layers hold the dequantized
// weights, whatever the number of threads.
class SequentialCalibration {
 public:
  // `one_shot` is a calibration of `model` on `sequences`: at least one, all of
  // one length between 1 and the context, ids below the vocabulary size. Only
  // its histograms are kept. `part` says where the streams begin, and is
  // refused as BeginStreams refuses it. `model` and `threads` outlive the
  // object.
  static absl::StatusOr<SequentialCalibration> Make(
      const ModelReader& model, const Calibration& one_shot,
      const std::vector<std::vector<uint32_t>>& sequences,
      const ModelPart& part, ThreadPool& threads);

  // Takes the Hessians of the layer that has this Linear, unless it has them.
  // Linears of the part are asked for in the order of TensorSpecs, and
  // SetQuantized was called for all of them before this one.
  absl::Status Reach(const std::string& linear);

  // Puts what was stored for a Linear of the layer reached into the model.
  absl::Status SetQuantized(const QuantizedLinear& linear,
                            const Scheme& scheme);

  // The streams after the layer reached, all of whose Linears are quantized:
  // what the next part begins with. Nothing is asked of the object afterwards.
  absl::StatusOr<ActivationStore> TakeStreams();

  // All Linears have an input with a histogram; those of the layer reached have
  // a Hessian, too. Its address stays.
  const Calibration& current() const { return *current_; }

 private:
  SequentialCalibration(const ModelReader& model, ThreadPool& threads)
      : model_(&model), threads_(&threads) {}

  absl::Status TakeHessians();
  absl::Status AdvanceStreams();

  const ModelReader* model_;
  ThreadPool* threads_;
  Model ends_;
  Block block_;  // of layer_
  std::vector<LinearInputSpec> specs_;
  int64_t num_sequences_ = 0;
  int64_t sequence_length_ = 0;
  int64_t sequences_per_block_ = 0;
  std::map<std::string, int64_t> layers_;  // of each Linear
  std::unique_ptr<Calibration> current_;
  int64_t layer_ = -1;
  absl::optional<ActivationStore> streams_;  // [length, d_model] a sequence
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_
