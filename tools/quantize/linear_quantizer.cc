#include "tools/quantize/linear_quantizer.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"
#include "tools/quantize/activation_clip.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/coordinate_descent.h"
#include "tools/quantize/gptq.h"
#include "tools/quantize/least_squares_target.h"
#include "tools/quantize/lost_bits.h"
#include "tools/quantize/proxy_loss.h"
#include "tools/quantize/rtn.h"

namespace quant_curve {
namespace {

Matrix WidenToDouble(const TensorSpec& spec, const std::vector<float>& values) {
  Matrix matrix(spec.shape[0], spec.shape[1]);
  matrix.values.assign(values.begin(), values.end());
  return matrix;
}

absl::StatusOr<QuantizedLinear> StoreAsFloats(const TensorSpec& spec,
                                              const std::vector<float>& values,
                                              const Scheme& scheme) {
  QuantizedLinear linear;
  linear.set_name(spec.name);
  linear.set_out_features(spec.shape[0]);
  linear.set_in_features(spec.shape[1]);
  ASSIGN_OR_RETURN(*linear.mutable_weight(),
                   StoreFloats(spec, StoredDType(scheme, spec.role), values));
  return linear;
}

absl::StatusOr<PreparedInput> Prepare(const LinearInput& input,
                                      const Payload& payload, int index,
                                      uint64_t in_features,
                                      const Scheme& scheme, ThreadPool& pool) {
  PreparedInput prepared;
  prepared.index = index;
  ASSIGN_OR_RETURN(const TensorView triangle, payload.View(input.hessian()));
  ASSIGN_OR_RETURN(prepared.hessian, ReadHessian(triangle, in_features));
  payload.Drop(input.hessian());
  prepared.dead_columns = CountDeadColumns(prepared.hessian);
  if (scheme.activation_order()) {
    prepared.permutation = ActivationOrder(prepared.hessian);
    prepared.hessian = PermuteHessian(prepared.hessian, prepared.permutation);
  }
  if (scheme.method() != GPTQ || prepared.dead_columns == in_features) {
    return prepared;
  }
  const double damping =
      scheme.damping() > 0 ? scheme.damping() : kDefaultDamping;
  ASSIGN_OR_RETURN(prepared.factor,
                   FactorHessian(prepared.hessian, damping, pool));
  if (scheme.gptq().coordinate_descent_rounds() > 0) {
    prepared.damped = DampedHessian(prepared.hessian, kDescentDamping);
  }
  return prepared;
}

void RecordLosses(const Matrix& weights, const CodedMatrix& rtn,
                  const CodedMatrix& stored, const PreparedInput& input,
                  const Scheme& scheme, ThreadPool& pool,
                  QuantizedLinear& linear) {
  const double power = OutputPower(weights, input.hessian, pool);
  const auto loss_of = [&](const CodedMatrix& coded) {
    return ProxyLoss(weights, coded, scheme, input.hessian, power, pool);
  };
  const absl::optional<double> rtn_loss = loss_of(rtn);
  const bool gptq = scheme.method() == GPTQ;
  const absl::optional<double> gptq_loss = gptq ? loss_of(stored) : 0;
  if (!rtn_loss || !gptq_loss) return;
  linear.set_has_proxy_losses(true);
  linear.set_rtn_proxy_loss(*rtn_loss);
  linear.set_gptq_proxy_loss(*gptq_loss);
}

// Quantizes and packs a weight whose inputs the calibration has seen.
absl::StatusOr<QuantizedLinear> QuantizeCalibrated(
    const TensorSpec& spec, const Matrix& weights, const PreparedInput& input,
    const Scheme& scheme, ThreadPool& pool, CodedMatrix& stored) {
  ASSIGN_OR_RETURN(const CodedMatrix rtn, QuantizeRtn(weights, scheme));
  stored = rtn;
  if (input.factor) {
    ASSIGN_OR_RETURN(stored,
                     QuantizeGptq(weights, *input.factor, scheme, pool));
    if (!input.damped.values.empty()) {
      DescendCoordinates(weights, input.damped, scheme,
                         scheme.gptq().coordinate_descent_rounds(), pool,
                         stored);
    }
  }
  ASSIGN_OR_RETURN(QuantizedLinear linear,
                   PackLinear(spec.name, weights.rows, weights.columns, stored,
                              input.permutation, scheme));
  RecordLosses(weights, rtn, stored, input, scheme, pool, linear);
  linear.set_dead_columns(input.dead_columns);
  if (input.factor) {
    linear.set_damping_used(input.factor->damping_used);
    linear.set_damping_raises(input.factor->damping_raises);
  }
  return linear;
}

// Weights of dead columns that their grid does not reach.
uint64_t CountClampedDead(const Matrix& weights, const CodedMatrix& stored,
                          const HessianFactor& factor, const Scheme& scheme) {
  const ScaleLayout layout = LayoutOf(scheme, weights.rows, weights.columns);
  const CodeFormat format = FormatOf(scheme);
  const double lowest = LevelOf(format.lowest(), format);
  const double highest = LevelOf(format.highest(), format);
  uint64_t clamped = 0;
  for (uint64_t j = 0; j < weights.columns; ++j) {
    if (!factor.dead[j]) continue;
    for (uint64_t row = 0; row < weights.rows; ++row) {
      const Grid& grid = stored.grids[layout.Index(row, j / layout.group_size)];
      const double level =
          (weights.Row(row)[j] - grid.minimum) / grid.scale + grid.zero_point;
      clamped += level < lowest - 0.5 || level > highest + 0.5;
    }
  }
  return clamped;
}

std::string DeadColumnsNote(const QuantizedLinear& linear, uint64_t clamped) {
  const std::string note = absl::StrCat(linear.dead_columns(), " of ",
                                        linear.in_features(), " inputs");
  if (clamped == 0) return note;
  return absl::StrCat(note, ", ", clamped,
                      " of their weights clamped to the live columns' grid");
}

void WarnOfInputs(const QuantizedLinear& linear, const PreparedInput& input,
                  uint64_t clamped_dead, Warnings& warnings) {
  const std::string& name = linear.name();
  if (linear.dead_columns() == linear.in_features()) {
    warnings.Add(Cause::kDeadInputs, name, "");
    return;
  }
  if (!input.factor) return;  // rounding to nearest asks no inputs
  if (linear.dead_columns() > 0) {
    warnings.Add(Cause::kDeadColumns, name,
                 DeadColumnsNote(linear, clamped_dead));
  }
  if (IsNearlyDiagonal(input.hessian)) {
    warnings.Add(Cause::kDiagonalHessian, name, "");
  }
  if (linear.gptq_proxy_loss() > linear.rtn_proxy_loss()) {
    warnings.Add(Cause::kGptqAboveRtn, name,
                 absl::StrCat(linear.gptq_proxy_loss(), ", RTN's ",
                              linear.rtn_proxy_loss()));
  }
}

void WarnOfScales(absl::string_view name, const std::vector<Grid>& grids,
                  Warnings& warnings) {
  const LostBits lost = LostInScales(grids);
  if (lost.count == 0) return;
  warnings.Add(Cause::kLostInScales, name, LostBitsText(lost, "scales"));
}

}  // namespace

LinearQuantizer::LinearQuantizer(const Calibration* calibration,
                                 const Payload& payload,
                                 std::map<std::string, int> inputs,
                                 const Scheme& scheme, ThreadPool& pool,
                                 const Matrix* drift)
    : calibration_(calibration),
      payload_(payload),
      inputs_(std::move(inputs)),
      scheme_(&scheme),
      pool_(&pool),
      drift_(drift) {}

absl::StatusOr<LinearQuantizer> LinearQuantizer::Make(
    const Calibration* calibration, const Payload& payload,
    const ModelConfig& config, const Scheme& scheme, ThreadPool& pool,
    const Matrix* drift) {
  std::map<std::string, int> inputs;
  if (calibration != nullptr) {
    ASSIGN_OR_RETURN(inputs, InputsOfLinears(*calibration, config));
  }
  return LinearQuantizer(calibration, payload, std::move(inputs), scheme, pool,
                         drift);
}

absl::StatusOr<QuantizedLinear> LinearQuantizer::Quantize(
    const TensorSpec& spec, const std::vector<float>& values,
    Warnings& warnings) {
  ASSIGN_OR_RETURN(QuantizedLinear linear,
                   QuantizeWeight(spec, values, warnings));
  if (scheme_->activation_clip_percentile() > 0) {
    const LinearInput& input = calibration_->inputs(inputs_.at(spec.name));
    ASSIGN_OR_RETURN(const float clip,
                     ActivationClip(input.histogram(),
                                    scheme_->activation_clip_percentile()));
    linear.set_activation_clip(clip);
    if (clip == 0) warnings.Add(Cause::kNoActivationClip, spec.name, "");
  }
  return linear;
}

absl::StatusOr<QuantizedLinear> LinearQuantizer::QuantizeWeight(
    const TensorSpec& spec, const std::vector<float>& values,
    Warnings& warnings) {
  if (scheme_->weight_format() != WEIGHT_INTEGER) {
    return StoreAsFloats(spec, values, *scheme_);
  }
  Matrix weights = WidenToDouble(spec, values);
  if (calibration_ == nullptr) {
    ASSIGN_OR_RETURN(const CodedMatrix coded, QuantizeRtn(weights, *scheme_));
    WarnOfScales(spec.name, coded.grids, warnings);
    return PackLinear(spec.name, weights.rows, weights.columns, coded, {},
                      *scheme_);
  }
  const int index = inputs_.at(spec.name);
  if (prepared_.index != index ||
      prepared_.hessian.columns != weights.columns) {
    prepared_ = PreparedInput();  // frees its matrices before the next ones
    ASSIGN_OR_RETURN(prepared_,
                     Prepare(calibration_->inputs(index), payload_, index,
                             weights.columns, *scheme_, *pool_));
    if (drift_ != nullptr) {
      prepared_.drift = prepared_.permutation.empty()
                            ? *drift_
                            : PermuteHessian(*drift_, prepared_.permutation);
    }
  }
  if (!prepared_.permutation.empty()) {
    weights = PermuteColumns(weights, prepared_.permutation);
  }
  if (prepared_.factor && drift_ != nullptr) {
    weights =
        LeastSquaresTarget(weights, prepared_.drift, *prepared_.factor, *pool_);
  }
  CodedMatrix stored;
  ASSIGN_OR_RETURN(
      QuantizedLinear linear,
      QuantizeCalibrated(spec, weights, prepared_, *scheme_, *pool_, stored));
  WarnOfScales(spec.name, stored.grids, warnings);
  const uint64_t clamped =
      prepared_.factor
          ? CountClampedDead(weights, stored, *prepared_.factor, *scheme_)
          : 0;
  WarnOfInputs(linear, prepared_, clamped, warnings);
  return linear;
}

}  // namespace quant_curve
