#include "tools/quantize/quantize_model.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/merge_models.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"
#include "lib/sharding/merge.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/linear_quantizer.h"
#include "tools/quantize/lost_bits.h"
#include "tools/quantize/sequential.h"

namespace quant_curve {
namespace {

absl::Status Annotate(const absl::Status& status, const std::string& name) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("tensor '", name, "': ", status.message()));
}

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
  const LostBits lost =
      LostInRows(spec, values, StoredDType(model.scheme(), spec.role));
  if (lost.count > 0) {
    result.warnings.Add(Cause::kLostInRows, spec.name,
                        LostBitsText(lost, "rows"));
  }
  if (spec.role != TensorRole::kLinearWeight) {
    return AddOther(spec, values, model);
  }
  ASSIGN_OR_RETURN(*model.add_linears(),
                   quantizer.Quantize(spec, values, result.warnings));
  return absl::OkStatus();
}

// Quantizes the shard's part of the checkpoint's tensors into `result`.
// `before_linear` is called with each Linear's name before its turn.
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
  ASSIGN_OR_RETURN(LinearQuantizer quantizer,
                   LinearQuantizer::Make(
                       calibration == nullptr ? nullptr : &calibration->message,
                       checkpoint.message.config(), scheme, pool));
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
  ASSIGN_OR_RETURN(
      LinearQuantizer quantizer,
      LinearQuantizer::Make(&sequential.current(), config, scheme, pool));
  const auto before_linear = [&](const std::string& name) {
    return sequential.Reach(name, result.model);
  };
  RETURN_IF_ERROR(QuantizeTensors(checkpoint.message, all, before_linear,
                                  quantizer, linear_done, result));
  return Whole(std::move(result));
}

}  // namespace quant_curve
