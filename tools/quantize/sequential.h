// The calibration of a model that is being quantized: GPTQ's own loop
// (arXiv:2210.17323, section 4; opt.py of IST-DASLab/gptq). The Hessians of a
// layer, a block of the transformer, are taken with all layers before it
// already quantized.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/model/config.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"
#include "proto/calibration.pb.h"
#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Holds the model in float32 and what each token's residual stream is before
// the current layer: sequences * length * d_model floats. Everything is
// computed in float32, embeddings and norms included, and with the quantized
// Linears' weights as floats: how the scheme runs the model changes nothing.
//
// Sums are taken in the order of CalibrateModel: a layer's Hessians have the
// bits of a calibration of the model whose earlier layers hold the dequantized
// weights, whatever the number of threads.
class SequentialCalibration {
 public:
  // `checkpoint` is valid, and `one_shot` a calibration of it on `sequences`:
  // at least one, all of one length between 1 and the context, ids below the
  // vocabulary size. Keeps of `one_shot` the histograms alone.
  SequentialCalibration(const Checkpoint& checkpoint, Calibration one_shot,
                        const std::vector<std::vector<uint32_t>>& sequences,
                        ThreadPool& threads);

  // Takes the Hessians of the layer that has this Linear, unless it has them.
  // Linears are asked for in the order of TensorSpecs, and all before this one
  // stand in `so_far`: whole layers are put into the model.
  absl::Status Reach(const std::string& linear, const QuantizedModel& so_far);

  // All Linears have an input with a histogram; those of the layer reached have
  // a Hessian, too.
  const Calibration& current() const { return current_; }

 private:
  int64_t NumSequences() const { return static_cast<int64_t>(stream_.size()); }
  absl::Status TakeHessians();
  absl::Status Quantize(const QuantizedModel& so_far);
  void Advance();

  ThreadPool& threads_;
  Model model_;
  const std::vector<LinearInputSpec> specs_;
  const int64_t sequences_per_block_;
  std::map<std::string, int64_t> layers_;  // of each Linear
  Calibration current_;
  int64_t layer_ = -1;
  int quantized_ = 0;  // Linears that model_ holds quantized
  std::vector<std::vector<float>> stream_;  // [length, d_model] a sequence
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_SEQUENTIAL_H_
