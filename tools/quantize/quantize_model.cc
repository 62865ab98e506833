#include "tools/quantize/quantize_model.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/merge_models.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"
#include "lib/sharding/merge.h"
#include "tools/quantize/activation_clip.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/gptq.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/proxy_loss.h"
#include "tools/quantize/rtn.h"
#include "tools/quantize/sequential.h"

namespace quant_curve {
namespace {

// What the Linears of one input share.
struct PreparedInput {
  int index = -1;
  std::vector<uint32_t> permutation;  // empty: columns as they are
  Matrix hessian;                     // in stored column order
  HessianFactor factor;
};

absl::Status Annotate(const absl::Status& status, const std::string& name) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("tensor '", name, "': ", status.message()));
}

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

// Walks through the Linears of a model; Linears of one input that follow one
// another share its factorization.
class LinearQuantizer {
 public:
  LinearQuantizer(const Calibration* calibration,
                  std::map<std::string, int> inputs, const Scheme& scheme,
                  ThreadPool& pool)
      : calibration_(calibration),
        inputs_(std::move(inputs)),
        scheme_(scheme),
        pool_(pool) {}

  absl::StatusOr<QuantizedLinear> Quantize(const TensorSpec& spec,
                                           const std::vector<float>& values) {
    ASSIGN_OR_RETURN(QuantizedLinear linear, QuantizeWeight(spec, values));
    if (scheme_.activation_clip_percentile() > 0) {
      const LinearInput& input = calibration_->inputs(inputs_.at(spec.name));
      ASSIGN_OR_RETURN(const float clip,
                       ActivationClip(input.histogram(),
                                      scheme_.activation_clip_percentile()));
      linear.set_activation_clip(clip);
    }
    return linear;
  }

 private:
  absl::StatusOr<QuantizedLinear> QuantizeWeight(
      const TensorSpec& spec, const std::vector<float>& values) {
    if (scheme_.weight_format() != WEIGHT_INTEGER) {
      QuantizedLinear linear;
      linear.set_name(spec.name);
      linear.set_out_features(spec.shape[0]);
      linear.set_in_features(spec.shape[1]);
      ASSIGN_OR_RETURN(
          *linear.mutable_weight(),
          StoreFloats(spec, StoredDType(scheme_, spec.role), values));
      return linear;
    }
    const Matrix weights = WidenToDouble(spec, values);
    if (calibration_ == nullptr) {
      ASSIGN_OR_RETURN(const CodedMatrix coded, QuantizeRtn(weights, scheme_));
      return PackLinear(spec.name, weights.rows, weights.columns, coded, {},
                        scheme_);
    }
    const int index = inputs_.at(spec.name);
    if (prepared_.index != index ||
        prepared_.hessian.columns != weights.columns) {
      RETURN_IF_ERROR(Prepare(calibration_->inputs(index), index,
                              weights.columns, scheme_, pool_, prepared_));
    }
    return QuantizeBothWays(spec, weights, prepared_, scheme_, pool_);
  }

  const Calibration* calibration_;
  const std::map<std::string, int> inputs_;
  const Scheme& scheme_;
  ThreadPool& pool_;
  PreparedInput prepared_;
};

// Everything but the tensors; without a calibration its digest is empty.
QuantizedModel Describe(const Artifact<Checkpoint>& checkpoint,
                        const std::string& calibration_sha256,
                        const Scheme& scheme, const Shard& shard) {
  QuantizedModel model;
  *model.mutable_scheme() = scheme;
  *model.mutable_config() = checkpoint.message.config();
  model.set_tokenizer_sha256(checkpoint.message.tokenizer_sha256());
  model.set_checkpoint_sha256(checkpoint.sha256);
  model.set_corpus_sha256(checkpoint.message.corpus_sha256());
  model.set_calibration_sha256(calibration_sha256);
  *model.mutable_shard() = shard;
  return model;
}

absl::Status AddTensor(const TensorSpec& spec, const Tensor& tensor,
                       LinearQuantizer& quantizer, QuantizeResult& result) {
  QuantizedModel& model = result.model;
  ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(tensor));
  if (spec.role != TensorRole::kLinearWeight) {
    return AddOther(spec, values, model);
  }
  ASSIGN_OR_RETURN(*model.add_linears(), quantizer.Quantize(spec, values));
  const QuantizedLinear& linear = *model.linears().rbegin();
  if (linear.gptq_proxy_loss() > linear.rtn_proxy_loss()) {
    result.warnings.push_back(
        absl::StrCat("WARNING: ", linear.name(), ": GPTQ's proxy loss ",
                     linear.gptq_proxy_loss(), " is above RTN's ",
                     linear.rtn_proxy_loss(), " on the same grid"));
  }
  return absl::OkStatus();
}

// Quantizes the shard's part of the checkpoint's tensors into `result`.
// `before_linear` hears of each Linear before its turn.
absl::Status QuantizeTensors(
    const Checkpoint& checkpoint, const Shard& shard,
    absl::FunctionRef<absl::Status(const std::string&)> before_linear,
    LinearQuantizer& quantizer, absl::FunctionRef<void(int64_t)> linear_done,
    QuantizeResult& result) {
  const ShardRange linears = LinearsOfShard(checkpoint.config(), shard);
  int next_tensor = 0;
  int64_t next_linear = 0;
  for (const TensorSpec& spec : TensorSpecs(checkpoint.config())) {
    const Tensor& tensor = checkpoint.tensors(next_tensor++);
    bool ours = shard.index() == 0;
    if (spec.role == TensorRole::kLinearWeight) {
      ours = next_linear >= linears.first && next_linear < linears.end;
      ++next_linear;
      if (ours) RETURN_IF_ERROR(before_linear(spec.name));
    }
    if (!ours) continue;
    RETURN_IF_ERROR(
        Annotate(AddTensor(spec, tensor, quantizer, result), spec.name));
    linear_done(result.model.linears_size());
  }
  return absl::OkStatus();
}

absl::StatusOr<QuantizeResult> Whole(QuantizeResult only_shard) {
  ASSIGN_OR_RETURN(only_shard.model,
                   MergeModels(OnlyShard(std::move(only_shard.model))));
  return only_shard;
}

}  // namespace

ShardRange LinearsOfShard(const ModelConfig& config, const Shard& shard) {
  std::vector<double> costs;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    const double out = static_cast<double>(spec.shape[0]);
    const double in = static_cast<double>(spec.shape[1]);
    costs.push_back((out + in) * in * in);  // of GPTQ and the factorization
  }
  return RangeByCost(shard, costs);
}

absl::StatusOr<QuantizeResult> QuantizeShard(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    const Shard& shard, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done) {
  RETURN_IF_ERROR(ValidateShard(shard));
  if (calibration == nullptr && NeedsCalibration(scheme)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "scheme '", scheme.name(), "' needs a calibration (--hessians)"));
  }
  if (scheme.sequential()) {
    return absl::InvalidArgumentError(
        absl::StrCat("scheme '", scheme.name(),
                     "' is sequential: it needs the calibration's text "
                     "(--corpus), and all Linears in one piece"));
  }
  std::map<std::string, int> inputs;
  if (calibration != nullptr) {
    ASSIGN_OR_RETURN(inputs, InputsOfLinears(calibration->message,
                                             checkpoint.message.config()));
  }
  LinearQuantizer quantizer(
      calibration == nullptr ? nullptr : &calibration->message,
      std::move(inputs), scheme, pool);
  QuantizeResult result;
  result.model =
      Describe(checkpoint, calibration == nullptr ? "" : calibration->sha256,
               scheme, shard);
  const auto before_linear = [](const std::string&) {
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(QuantizeTensors(checkpoint.message, shard, before_linear,
                                  quantizer, linear_done, result));
  return result;
}

absl::StatusOr<QuantizeResult> QuantizeModel(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done) {
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  ASSIGN_OR_RETURN(
      QuantizeResult result,
      QuantizeShard(checkpoint, calibration, scheme, all, pool, linear_done));
  return Whole(std::move(result));
}

absl::StatusOr<QuantizeResult> QuantizeSequentially(
    const Artifact<Checkpoint>& checkpoint, Artifact<Calibration> calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done) {
  const ModelConfig& config = checkpoint.message.config();
  RETURN_IF_ERROR(InputsOfLinears(calibration.message, config).status());
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  QuantizeResult result;
  result.model = Describe(checkpoint, calibration.sha256, scheme, all);
  SequentialCalibration sequential(
      checkpoint.message, std::move(calibration.message), sequences, pool);
  std::map<std::string, int> inputs;
  ASSIGN_OR_RETURN(inputs, InputsOfLinears(sequential.current(), config));
  LinearQuantizer quantizer(&sequential.current(), std::move(inputs), scheme,
                            pool);
  const auto before_linear = [&](const std::string& name) {
    return sequential.Reach(name, result.model);
  };
  RETURN_IF_ERROR(QuantizeTensors(checkpoint.message, all, before_linear,
                                  quantizer, linear_done, result));
  return Whole(std::move(result));
}

}  // namespace quant_curve
