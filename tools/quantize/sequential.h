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
#include "tools/quantize/matrix.h"

namespace quant_curve {

// Holds one block of the model in float32 and what each token's residual stream
// is before it (ActivationStore). Everything is computed in float32, embeddings
// and norms included, and with the quantized Linears' weights as floats: how
// the scheme runs the model changes nothing.
//
// With a least-squares target the steps are smaller: a stage is one input of a
// layer with the Linears that multiply it, in the order of LinearInputSpecs.
// Each stage's Hessian is of the inputs X' that it gets from the quantized
// stages before it, and the same sequences run through the float model, which
// gives the inputs X: drift() is what T needs of them
// (least_squares_target.h).
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
  // object. `by_stages`: for a least-squares target.
  static absl::StatusOr<SequentialCalibration> Make(
      const ModelReader& model, const Calibration& one_shot,
      const std::vector<std::vector<uint32_t>>& sequences,
      const ModelPart& part, bool by_stages, ThreadPool& threads);

  // Takes the Hessians of the layer, or of the stage, that has this Linear,
  // unless it has them.
  // Linears of the part are asked for in the order of TensorSpecs, and
  // SetQuantized was called for all of them before this one.
  absl::Status Reach(const std::string& linear);

  // Puts what was stored for a Linear of the layer reached into the model.
  absl::Status SetQuantized(const QuantizedLinear& linear,
                            const Scheme& scheme);

  // The streams after the layer reached, all of whose Linears are quantized:
  // what the next part begins with, by stages followed by the float model's.
  // Nothing is asked of the object afterwards.
  absl::StatusOr<ActivationStore> TakeStreams();

  // All Linears have an input with a histogram; those of the layer reached have
  // a Hessian, too. Its address stays.
  const Calibration& current() const { return *current_; }

  // By stages: (X' - X)^T X' / tokens of the stage reached, [in, in], for rows
  // of X and X' that are tokens; zeros where X' is X. Its address stays.
  const Matrix& drift() const { return *drift_; }

 private:
  SequentialCalibration(const ModelReader& model, ThreadPool& threads)
      : model_(&model), threads_(&threads) {}

  // Takes the Hessians of specs_[first] and the `count` - 1 inputs behind it.
  absl::Status TakeHessians(int64_t first, int64_t count);
  void ClearHessians();
  absl::Status AdvanceStreams();

  const ModelReader* model_;
  ThreadPool* threads_;
  Model ends_;
  Block block_;        // of layer_, as far as it is quantized
  Block float_block_;  // by stages: of layer_, as the model has it
  std::vector<LinearInputSpec> specs_;
  int64_t num_sequences_ = 0;
  int64_t sequence_length_ = 0;
  int64_t sequences_per_block_ = 0;
  bool by_stages_ = false;
  std::map<std::string, int64_t> inputs_;  // of each Linear, in specs_
  std::unique_ptr<Calibration> current_;
  std::unique_ptr<Matrix> drift_ = std::make_unique<Matrix>();
  int64_t layer_ = -1;
  int64_t stage_ = -1;  // in specs_; only by stages
  // [length, d_model] a sequence; by stages those of the float model follow.
  absl::optional<ActivationStore> streams_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_
