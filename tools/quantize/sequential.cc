#include "tools/quantize/sequential.h"

#include <utility>

#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"
#include "lib/calibration/input_sums.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/model/places.h"
#include "lib/model/streams.h"
#include "lib/quantization/linear.h"

namespace quant_curve {
namespace {

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

absl::StatusOr<SequentialCalibration> SequentialCalibration::Make(
    const ModelReader& model, const Calibration& one_shot,
    const std::vector<std::vector<uint32_t>>& sequences, const ModelPart& part,
    ThreadPool& threads) {
  SequentialCalibration made(model, threads);
  made.specs_ = LinearInputSpecs(model.config());
  made.num_sequences_ = static_cast<int64_t>(sequences.size());
  made.sequence_length_ = static_cast<int64_t>(sequences[0].size());
  made.sequences_per_block_ = one_shot.sequences_per_block();
  made.current_ =
      std::make_unique<Calibration>(HistogramsOf(one_shot, made.specs_));
  for (size_t i = 0; i < made.specs_.size(); ++i) {
    for (const std::string& linear : made.specs_[i].linears) {
      made.layers_[linear] = static_cast<int64_t>(i) / kInputsPerBlock;
    }
  }
  ASSIGN_OR_RETURN(made.ends_,
                   BeginStreams(model, sequences, part, made.streams_));
  return made;
}

absl::Status SequentialCalibration::Reach(const std::string& linear) {
  const int64_t layer = layers_.at(linear);
  if (layer == layer_) return absl::OkStatus();
  if (layer_ >= 0) RETURN_IF_ERROR(AdvanceStreams());
  layer_ = layer;
  ASSIGN_OR_RETURN(block_, model_->ReadBlock(layer, threads_));
  return TakeHessians();
}

absl::StatusOr<ActivationStore> SequentialCalibration::TakeStreams() {
  // A part without blocks hands on what it got.
  if (layer_ >= 0) RETURN_IF_ERROR(AdvanceStreams());
  return *std::move(streams_);
}

absl::Status SequentialCalibration::SetQuantized(const QuantizedLinear& linear,
                                                 const Scheme& scheme) {
  ASSIGN_OR_RETURN(const std::vector<float> weights,
                   Dequantize(linear, scheme));
  Places places;
  AddPlacesOfBlock(ends_.config, layer_, block_, places);
  places.at(linear.name()).linear->weight = PackedMatrix::Float32(
      weights.data(), linear.out_features(), linear.in_features());
  return absl::OkStatus();
}

// The streams stay before the layer: AdvanceStreams runs them through what it
// becomes.
absl::Status SequentialCalibration::TakeHessians() {
  const auto specs = absl::MakeConstSpan(specs_).subspan(
      layer_ * kInputsPerBlock, kInputsPerBlock);
  const int64_t blocks = (num_sequences_ - 1) / sequences_per_block_ + 1;
  std::vector<BlockSum> totals(specs.size());
  const auto gather = [&](int64_t block) -> absl::StatusOr<InputSums> {
    const ShardRange range =
        SequencesOfBlock(block, sequences_per_block_, num_sequences_);
    InputSums sums = MakeInputSums(specs);
    LayerWorkspace workspace;
    for (int64_t i = range.first; i < range.end; ++i) {
      ASSIGN_OR_RETURN(std::vector<float> stream, streams_->Take(i));
      RunLayer(ends_, block_, 1, std::move(stream), workspace);
      AddInputs(workspace.layer, specs, absl::MakeSpan(sums));
      RETURN_IF_ERROR(streams_->Put(i, std::move(workspace.layer.input)));
    }
    return sums;
  };
  const auto add = [&](int64_t block, absl::StatusOr<InputSums> sums) {
    RETURN_IF_ERROR(sums.status());
    for (size_t j = 0; j < totals.size(); ++j) {
      totals[j].Add({0, block}, std::move((*sums)[j]));
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(AddBlocksInOrder({0, blocks}, *threads_, gather, add));
  const double tokens = static_cast<double>(num_sequences_ * sequence_length_);
  for (size_t j = 0; j < totals.size(); ++j) {
    std::vector<double> sums = totals[j].TakeTotal();
    RETURN_IF_ERROR(CheckFinite(sums, specs[j].linears[0]));
    RETURN_IF_ERROR(
        SetHessian(std::move(sums), specs[j].in_features, tokens,
                   *current_->mutable_inputs(layer_ * kInputsPerBlock + j),
                   KeepInMessage));
  }
  return absl::OkStatus();
}

absl::Status SequentialCalibration::AdvanceStreams() {
  for (int64_t j = 0; j < kInputsPerBlock; ++j) {
    current_->mutable_inputs(layer_ * kInputsPerBlock + j)->clear_hessian();
  }
  const auto advance = [&](int64_t i) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<float> stream, streams_->Take(i));
    LayerWorkspace workspace;
    RunLayer(ends_, block_, 1, std::move(stream), workspace);
    return streams_->Put(i, std::move(workspace.activations.output));
  };
  return ParallelForStatus(*threads_, num_sequences_, advance);
}

}  // namespace quant_curve
