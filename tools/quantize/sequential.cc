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
#include "lib/numerics/cross_products.h"
#include "lib/numerics/outer_products.h"
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

// Adds one sequence: `ours` and `floats` are X' and X, [tokens, n], of one
// input.
void AddDriftingInput(const std::vector<float>& ours,
                      const std::vector<float>& floats, uint64_t n,
                      std::vector<double>& hessian,
                      std::vector<double>& drift) {
  const int64_t tokens = static_cast<int64_t>(ours.size() / n);
  AddOuterProducts(ours.data(), tokens, n, hessian.data());
  std::vector<float> moved(ours.size());
  for (size_t i = 0; i < ours.size(); ++i) moved[i] = ours[i] - floats[i];
  AddCrossProducts(moved.data(), ours.data(), tokens, n, drift.data());
}

}  // namespace

absl::StatusOr<SequentialCalibration> SequentialCalibration::Make(
    const ModelReader& model, const Calibration& one_shot,
    const std::vector<std::vector<uint32_t>>& sequences, const ModelPart& part,
    bool by_stages, ThreadPool& threads) {
  SequentialCalibration made(model, threads);
  made.specs_ = LinearInputSpecs(model.config());
  made.num_sequences_ = static_cast<int64_t>(sequences.size());
  made.sequence_length_ = static_cast<int64_t>(sequences[0].size());
  made.sequences_per_block_ = one_shot.sequences_per_block();
  made.by_stages_ = by_stages;
  made.current_ =
      std::make_unique<Calibration>(HistogramsOf(one_shot, made.specs_));
  for (size_t i = 0; i < made.specs_.size(); ++i) {
    for (const std::string& linear : made.specs_[i].linears) {
      made.inputs_[linear] = static_cast<int64_t>(i);
    }
  }
  ASSIGN_OR_RETURN(made.ends_, BeginStreams(model, sequences, part,
                                            made.streams_, by_stages ? 2 : 1));
  return made;
}

absl::Status SequentialCalibration::Reach(const std::string& linear) {
  const int64_t input = inputs_.at(linear);
  const int64_t layer = input / kInputsPerBlock;
  if (layer != layer_) {
    if (layer_ >= 0) RETURN_IF_ERROR(AdvanceStreams());
    layer_ = layer;
    ASSIGN_OR_RETURN(block_, model_->ReadBlock(layer, threads_));
    if (!by_stages_) {
      return TakeHessians(layer * kInputsPerBlock, kInputsPerBlock);
    }
    float_block_ = block_;
  }
  if (!by_stages_ || input == stage_) return absl::OkStatus();
  ClearHessians();
  stage_ = input;
  return TakeHessians(input, 1);
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
absl::Status SequentialCalibration::TakeHessians(int64_t first, int64_t count) {
  const auto specs = absl::MakeConstSpan(specs_).subspan(first, count);
  const int64_t blocks = (num_sequences_ - 1) / sequences_per_block_ + 1;
  // One sum per input and, by stages, that of the drift.
  std::vector<BlockSum> totals(specs.size() + (by_stages_ ? 1 : 0));
  // Runs stream i through a layer and leaves it where it was.
  const auto run = [&](int64_t i, const Block& block,
                       LayerWorkspace& workspace) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<float> stream, streams_->Take(i));
    RunLayer(ends_, block, 1, std::move(stream), workspace);
    return streams_->Put(i, std::move(workspace.layer.input));
  };
  const auto gather = [&](int64_t block) -> absl::StatusOr<InputSums> {
    const ShardRange range =
        SequencesOfBlock(block, sequences_per_block_, num_sequences_);
    InputSums sums = MakeInputSums(specs);
    if (by_stages_) {
      sums.emplace_back(specs[0].in_features * specs[0].in_features);
    }
    LayerWorkspace ours, floats;
    for (int64_t i = range.first; i < range.end; ++i) {
      RETURN_IF_ERROR(run(i, block_, ours));
      if (!by_stages_) {
        AddInputs(ours.layer, specs, absl::MakeSpan(sums));
        continue;
      }
      RETURN_IF_ERROR(run(num_sequences_ + i, float_block_, floats));
      AddDriftingInput(*LinearInputs(ours.layer)[first % kInputsPerBlock],
                       *LinearInputs(floats.layer)[first % kInputsPerBlock],
                       specs[0].in_features, sums[0], sums[1]);
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
  for (size_t j = 0; j < specs.size(); ++j) {
    std::vector<double> sums = totals[j].TakeTotal();
    RETURN_IF_ERROR(CheckFinite(sums, specs[j].linears[0]));
    RETURN_IF_ERROR(SetHessian(std::move(sums), specs[j].in_features, tokens,
                               *current_->mutable_inputs(first + j),
                               KeepInMessage));
  }
  if (!by_stages_) return absl::OkStatus();
  *drift_ = Matrix();
  drift_->values = totals.back().TakeTotal();
  RETURN_IF_ERROR(CheckFinite(drift_->values, specs[0].linears[0]));
  DivideByTokens(tokens, drift_->values);
  drift_->rows = drift_->columns = specs[0].in_features;
  return absl::OkStatus();
}

void SequentialCalibration::ClearHessians() {
  for (LinearInput& input : *current_->mutable_inputs()) input.clear_hessian();
}

absl::Status SequentialCalibration::AdvanceStreams() {
  ClearHessians();
  const auto advance = [&](int64_t i) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<float> stream, streams_->Take(i));
    LayerWorkspace workspace;
    const Block& block = i < num_sequences_ ? block_ : float_block_;
    RunLayer(ends_, block, 1, std::move(stream), workspace);
    return streams_->Put(i, std::move(workspace.activations.output));
  };
  const int64_t count = by_stages_ ? 2 * num_sequences_ : num_sequences_;
  return ParallelForStatus(*threads_, count, advance);
}

}  // namespace quant_curve
