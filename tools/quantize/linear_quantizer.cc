#include "tools/quantize/linear_quantizer.h"

#include <utility>

#include "lib/artifact/status_macros.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"
#include "tools/quantize/activation_clip.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/gptq.h"
#include "tools/quantize/proxy_loss.h"
#include "tools/quantize/rtn.h"

namespace quant_curve {
namespace {

Matrix WidenToDouble(const TensorSpec& spec, const std::vector<float>& values) {
  Matrix matrix(spec.shape[0], spec.shape[1]);
  matrix.values.assign(values.begin(), values.end());
  return matrix;
}

absl::Status Prepare(const LinearInput& input, int index, uint64_t in_features,
                     const Scheme& scheme, ThreadPool& pool,
                     PreparedInput& prepared) {
  prepared.index = index;
  ASSIGN_OR_RETURN(prepared.hessian, ReadHessian(input.hessian(), in_features));
  if (scheme.activation_order()) {
    prepared.permutation = ActivationOrder(prepared.hessian);
    prepared.hessian = PermuteHessian(prepared.hessian, prepared.permutation);
  }
  const double damping =
      scheme.damping() > 0 ? scheme.damping() : kDefaultDamping;
  ASSIGN_OR_RETURN(prepared.factor,
                   FactorHessian(prepared.hessian, damping, pool));
  return absl::OkStatus();
}

// Quantizes with both methods on one grid, packs the scheme's and records both
// losses.
absl::StatusOr<QuantizedLinear> QuantizeBothWays(const TensorSpec& spec,
                                                 const Matrix& original,
                                                 const PreparedInput& input,
                                                 const Scheme& scheme,
                                                 ThreadPool& pool) {
  const Matrix weights = input.permutation.empty()
                             ? original
                             : PermuteColumns(original, input.permutation);
  ASSIGN_OR_RETURN(const CodedMatrix rtn, QuantizeRtn(weights, scheme));
  ASSIGN_OR_RETURN(const CodedMatrix gptq,
                   QuantizeGptq(weights, input.factor, scheme, pool));
  ASSIGN_OR_RETURN(QuantizedLinear linear,
                   PackLinear(spec.name, weights.rows, weights.columns,
                              scheme.method() == GPTQ ? gptq : rtn,
                              input.permutation, scheme));
  const double reference = WeightedSquares(weights, input.hessian, pool);
  ASSIGN_OR_RETURN(
      const double rtn_loss,
      ProxyLoss(weights, rtn, scheme, input.hessian, reference, pool));
  ASSIGN_OR_RETURN(
      const double gptq_loss,
      ProxyLoss(weights, gptq, scheme, input.hessian, reference, pool));
  linear.set_has_proxy_losses(true);
  linear.set_rtn_proxy_loss(rtn_loss);
  linear.set_gptq_proxy_loss(gptq_loss);
  linear.set_damping_used(input.factor.damping_used);
  linear.set_damping_raises(input.factor.damping_raises);
  linear.set_dead_columns(input.factor.dead_columns);
  return linear;
}

}  // namespace

LinearQuantizer::LinearQuantizer(const Calibration* calibration,
                                 std::map<std::string, int> inputs,
                                 const Scheme& scheme, ThreadPool& pool)
    : calibration_(calibration),
      inputs_(std::move(inputs)),
      scheme_(&scheme),
      pool_(&pool) {}

absl::StatusOr<LinearQuantizer> LinearQuantizer::Make(
    const Calibration* calibration, const ModelConfig& config,
    const Scheme& scheme, ThreadPool& pool) {
  std::map<std::string, int> inputs;
  if (calibration != nullptr) {
    ASSIGN_OR_RETURN(inputs, InputsOfLinears(*calibration, config));
  }
  return LinearQuantizer(calibration, std::move(inputs), scheme, pool);
}

absl::StatusOr<QuantizedLinear> LinearQuantizer::Quantize(
    const TensorSpec& spec, const std::vector<float>& values) {
  ASSIGN_OR_RETURN(QuantizedLinear linear, QuantizeWeight(spec, values));
  if (scheme_->activation_clip_percentile() > 0) {
    const LinearInput& input = calibration_->inputs(inputs_.at(spec.name));
    ASSIGN_OR_RETURN(const float clip,
                     ActivationClip(input.histogram(),
                                    scheme_->activation_clip_percentile()));
    linear.set_activation_clip(clip);
  }
  return linear;
}

absl::StatusOr<QuantizedLinear> LinearQuantizer::QuantizeWeight(
    const TensorSpec& spec, const std::vector<float>& values) {
  if (scheme_->weight_format() != WEIGHT_INTEGER) {
    QuantizedLinear linear;
    linear.set_name(spec.name);
    linear.set_out_features(spec.shape[0]);
    linear.set_in_features(spec.shape[1]);
    ASSIGN_OR_RETURN(
        *linear.mutable_weight(),
        StoreFloats(spec, StoredDType(*scheme_, spec.role), values));
    return linear;
  }
  const Matrix weights = WidenToDouble(spec, values);
  if (calibration_ == nullptr) {
    ASSIGN_OR_RETURN(const CodedMatrix coded, QuantizeRtn(weights, *scheme_));
    return PackLinear(spec.name, weights.rows, weights.columns, coded, {},
                      *scheme_);
  }
  const int index = inputs_.at(spec.name);
  if (prepared_.index != index ||
      prepared_.hessian.columns != weights.columns) {
    RETURN_IF_ERROR(Prepare(calibration_->inputs(index), index, weights.columns,
                            *scheme_, *pool_, prepared_));
  }
  return QuantizeBothWays(spec, weights, prepared_, *scheme_, *pool_);
}

}  // namespace quant_curve
