#include "tools/quantize/sequential.h"

#include <utility>

#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/input_sums.h"
#include "lib/model/forward.h"
#include "lib/quantization/linear.h"

namespace quant_curve {
namespace {

// What a thread needs to run a layer over one sequence.
struct Workspace {
  Activations activations;
  BlockActivations layer;
};

// Runs `stream` through a layer: its input is then in workspace.layer.input,
// its output in workspace.activations.output, and `stream` holds neither.
void RunLayer(const Model& model, int64_t layer, std::vector<float>& stream,
              Workspace& workspace) {
  workspace.activations.sequences = 1;
  workspace.activations.length =
      static_cast<int64_t>(stream.size()) / model.config.d_model();
  workspace.activations.output.swap(stream);
  RunBlock(model, layer, workspace.activations, workspace.layer);
}

// The inputs of TensorSpecs' Linears in the order of `specs`, with the
// histograms that `one_shot` has of them.
Calibration HistogramsOf(const Calibration& one_shot,
                         const std::vector<LinearInputSpec>& specs) {
  std::map<std::string, const LinearInput*> inputs;
  for (const LinearInput& input : one_shot.inputs()) {
    for (const std::string& linear : input.linears()) inputs[linear] = &input;
  }
  Calibration calibration;
  for (const LinearInputSpec& spec : specs) {
    LinearInput& input = *calibration.add_inputs();
    for (const std::string& linear : spec.linears) input.add_linears(linear);
    *input.mutable_histogram() = inputs.at(spec.linears[0])->histogram();
  }
  return calibration;
}

}  // namespace

SequentialCalibration::SequentialCalibration(
    const Checkpoint& checkpoint, Calibration one_shot,
    const std::vector<std::vector<uint32_t>>& sequences, ThreadPool& threads)
    : threads_(threads),
      model_(ModelFromCheckpoint(checkpoint)),
      specs_(LinearInputSpecs(checkpoint.config())),
      sequences_per_block_(one_shot.sequences_per_block()),
      current_(HistogramsOf(one_shot, specs_)),
      stream_(sequences.size()) {
  for (size_t i = 0; i < specs_.size(); ++i) {
    for (const std::string& linear : specs_[i].linears) {
      layers_[linear] = static_cast<int64_t>(i) / kInputsPerBlock;
    }
  }
  threads_.ParallelFor(NumSequences(), [&](int64_t i) {
    Activations activations;
    Embed(model_, sequences[i], 1, activations);
    stream_[i] = std::move(activations.output);
  });
}

absl::Status SequentialCalibration::Reach(const std::string& linear,
                                          const QuantizedModel& so_far) {
  const int64_t layer = layers_.at(linear);
  if (layer == layer_) return absl::OkStatus();
  if (layer_ >= 0) {
    RETURN_IF_ERROR(Quantize(so_far));
    Advance();
  }
  layer_ = layer;
  return TakeHessians();
}

absl::Status SequentialCalibration::TakeHessians() {
  const auto specs = absl::MakeConstSpan(specs_).subspan(
      layer_ * kInputsPerBlock, kInputsPerBlock);
  const int64_t blocks = (NumSequences() - 1) / sequences_per_block_ + 1;
  std::vector<BlockSum> totals(specs.size());
  const auto gather = [&](int64_t block) {
    const ShardRange range =
        SequencesOfBlock(block, sequences_per_block_, NumSequences());
    InputSums sums = MakeInputSums(specs);
    Workspace workspace;
    for (int64_t i = range.first; i < range.end; ++i) {
      RunLayer(model_, layer_, stream_[i], workspace);
      AddInputs(workspace.layer, specs, absl::MakeSpan(sums));
      stream_[i].swap(workspace.layer.input);  // for Advance
    }
    return sums;
  };
  const auto add = [&](int64_t block, InputSums sums) {
    for (size_t j = 0; j < totals.size(); ++j) {
      totals[j].Add({0, block}, std::move(sums[j]));
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(AddBlocksInOrder({0, blocks}, threads_, gather, add));
  const double tokens = static_cast<double>(
      NumSequences() * (stream_[0].size() / model_.config.d_model()));
  for (size_t j = 0; j < totals.size(); ++j) {
    const uint64_t n = specs[j].in_features;
    const std::vector<double> sums = totals[j].TakeTotal();
    RETURN_IF_ERROR(CheckFinite(sums, specs[j].linears[0]));
    *current_.mutable_inputs(layer_ * kInputsPerBlock + j)->mutable_hessian() =
        MakeFloat64("hessian", {n, n}, MeanMatrix(sums, n, tokens));
  }
  return absl::OkStatus();
}

absl::Status SequentialCalibration::Quantize(const QuantizedModel& so_far) {
  for (; quantized_ < so_far.linears_size(); ++quantized_) {
    const QuantizedLinear& linear = so_far.linears(quantized_);
    ASSIGN_OR_RETURN(const std::vector<float> weights,
                     Dequantize(linear, so_far.scheme()));
    FindLinear(linear.name(), model_)->weight = PackedMatrix::Float32(
        weights.data(), linear.out_features(), linear.in_features());
  }
  return absl::OkStatus();
}

void SequentialCalibration::Advance() {
  for (int64_t j = 0; j < kInputsPerBlock; ++j) {
    current_.mutable_inputs(layer_ * kInputsPerBlock + j)->clear_hessian();
  }
  threads_.ParallelFor(NumSequences(), [&](int64_t i) {
    Workspace workspace;
    RunLayer(model_, layer_, stream_[i], workspace);
    stream_[i].swap(workspace.activations.output);
  });
}

}  // namespace quant_curve
