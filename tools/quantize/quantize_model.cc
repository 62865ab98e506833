#include "tools/quantize/quantize_model.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"
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
                        const Scheme& scheme) {
  QuantizedModel model;
  *model.mutable_scheme() = scheme;
  *model.mutable_config() = checkpoint.message.config();
  model.set_tokenizer_sha256(checkpoint.message.tokenizer_sha256());
  model.set_checkpoint_sha256(checkpoint.sha256);
  model.set_corpus_sha256(checkpoint.message.corpus_sha256());
  model.set_calibration_sha256(calibration_sha256);
  return model;
}

// What happens around each Linear, while it holds its bytes.
struct Hooks {
  absl::FunctionRef<absl::Status(const std::string&)> before_linear;
  absl::FunctionRef<absl::Status(const QuantizedLinear&)> after_linear;
  absl::FunctionRef<void(int64_t)> linear_done;
  TensorSink keep;
};

absl::Status KeepLinear(TensorSink keep, QuantizedLinear& linear) {
  RETURN_IF_ERROR(keep(*linear.mutable_weight()));
  if (linear.has_scales()) RETURN_IF_ERROR(keep(*linear.mutable_scales()));
  if (!linear.has_zero_points()) return absl::OkStatus();
  return keep(*linear.mutable_zero_points());
}

absl::Status StoreLinear(const TensorSpec& spec,
                         const std::vector<float>& values, const Hooks& hooks,
                         LinearQuantizer& quantizer, QuantizeResult& result) {
  RETURN_IF_ERROR(hooks.before_linear(spec.name));
  QuantizedLinear& linear = *result.model.add_linears();
  ASSIGN_OR_RETURN(linear, quantizer.Quantize(spec, values, result.warnings));
  RETURN_IF_ERROR(hooks.after_linear(linear));
  return KeepLinear(hooks.keep, linear);
}

absl::Status StoreOther(const TensorSpec& spec,
                        const std::vector<float>& values, TensorSink keep,
                        QuantizedModel& model) {
  int next = model.others_size();
  RETURN_IF_ERROR(AddOther(spec, values, model));
  for (; next < model.others_size(); ++next) {
    RETURN_IF_ERROR(keep(*model.mutable_others(next)));
  }
  return absl::OkStatus();
}

absl::Status AddTensor(const TensorSpec& spec, const Tensor& tensor,
                       const Payload& payload, const Hooks& hooks,
                       LinearQuantizer& quantizer, QuantizeResult& result) {
  QuantizedModel& model = result.model;
  ASSIGN_OR_RETURN(const TensorView view, payload.View(tensor));
  ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(view));
  payload.Drop(tensor);
  const LostBits lost =
      LostInRows(spec, values, StoredDType(model.scheme(), spec.role));
  if (lost.count > 0) {
    result.warnings.Add(Cause::kLostInRows, spec.name,
                        LostBitsText(lost, "rows"));
  }
  return spec.role == TensorRole::kLinearWeight
             ? StoreLinear(spec, values, hooks, quantizer, result)
             : StoreOther(spec, values, hooks.keep, model);
}

// The tensors that a run stores: some Linears, counted as in LinearsOfShard,
// and perhaps everything that is no Linear's weight.
struct Selection {
  ShardRange linears;
  bool others;
};

// Quantizes the selected tensors of the checkpoint into `result`.
absl::Status QuantizeTensors(const Artifact<Checkpoint>& checkpoint,
                             const Selection& selection, const Hooks& hooks,
                             LinearQuantizer& quantizer,
                             QuantizeResult& result) {
  const ShardRange& linears = selection.linears;
  int next_tensor = 0;
  int64_t next_linear = 0;
  for (const TensorSpec& spec : TensorSpecs(checkpoint.message.config())) {
    const Tensor& tensor = checkpoint.message.tensors(next_tensor++);
    bool ours = selection.others;
    if (spec.role == TensorRole::kLinearWeight) {
      ours = next_linear >= linears.first && next_linear < linears.end;
      ++next_linear;
    }
    if (!ours) continue;
    RETURN_IF_ERROR(Annotate(
        AddTensor(spec, tensor, checkpoint.payload, hooks, quantizer, result),
        spec.name));
    hooks.linear_done(result.model.linears_size());
  }
  return absl::OkStatus();
}

absl::Status CheckOneShot(const Artifact<Calibration>* calibration,
                          const Scheme& scheme) {
  if (calibration == nullptr && NeedsCalibration(scheme)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "scheme '", scheme.name(), "' needs a calibration (--hessians)"));
  }
  if (scheme.sequential()) {
    return absl::InvalidArgumentError(
        absl::StrCat("scheme '", scheme.name(),
                     "' is sequential: it needs the calibration's text "
                     "(--corpus), and is cut by --parts, not by --shards"));
  }
  return absl::OkStatus();
}

// Into `result`, whose model is described already.
absl::Status QuantizeOneShot(const Artifact<Checkpoint>& checkpoint,
                             const Artifact<Calibration>* calibration,
                             const Shard& shard, ThreadPool& pool,
                             absl::FunctionRef<void(int64_t)> linear_done,
                             TensorSink keep, QuantizeResult& result) {
  const Calibration* inputs =
      calibration == nullptr ? nullptr : &calibration->message;
  ASSIGN_OR_RETURN(
      LinearQuantizer quantizer,
      LinearQuantizer::Make(
          inputs, calibration == nullptr ? Payload() : calibration->payload,
          checkpoint.message.config(), result.model.scheme(), pool));
  // Named, because Hooks only refers to them.
  const auto before = [](const std::string&) { return absl::OkStatus(); };
  const auto after = [](const QuantizedLinear&) { return absl::OkStatus(); };
  const Hooks hooks = {before, after, linear_done, keep};
  const Selection ours = {LinearsOfShard(checkpoint.message.config(), shard),
                          shard.index() == 0};
  return QuantizeTensors(checkpoint, ours, hooks, quantizer, result);
}

// What QuantizeInOrder reads.
struct SequentialRun {
  const Artifact<Checkpoint>& checkpoint;
  const Artifact<Calibration>& calibration;
  const std::vector<std::vector<uint32_t>>& sequences;
  const ModelPart& part;
};

// Into `result`, whose model is described already. After a part that is not the
// last, `streams` is what the next one begins with.
absl::Status QuantizeInOrder(const SequentialRun& run, ThreadPool& pool,
                             absl::FunctionRef<void(int64_t)> linear_done,
                             TensorSink keep, QuantizeResult& result,
                             absl::optional<ActivationStore>& streams) {
  const ModelConfig& config = run.checkpoint.message.config();
  const Scheme& scheme = result.model.scheme();
  const bool by_stages = scheme.gptq().least_squares_target();
  RETURN_IF_ERROR(InputsOfLinears(run.calibration.message, config).status());
  ASSIGN_OR_RETURN(
      const ModelReader reader,
      ModelReader::Of(run.checkpoint.message, run.checkpoint.payload));
  ASSIGN_OR_RETURN(
      SequentialCalibration sequential,
      SequentialCalibration::Make(reader, run.calibration.message,
                                  run.sequences, run.part, by_stages, pool));
  ASSIGN_OR_RETURN(
      LinearQuantizer quantizer,
      LinearQuantizer::Make(&sequential.current(), Payload(), config, scheme,
                            pool, by_stages ? &sequential.drift() : nullptr));
  const auto before = [&](const std::string& name) {
    return sequential.Reach(name);
  };
  const auto after = [&](const QuantizedLinear& linear) {
    return sequential.SetQuantized(linear, scheme);
  };
  const Hooks hooks = {before, after, linear_done, keep};
  const Shard& part = run.part.part;
  RETURN_IF_ERROR(QuantizeTensors(
      run.checkpoint, {LinearsOfPart(config, part), part.index() == 0}, hooks,
      quantizer, result));
  if (part.index() + 1 == part.count()) return absl::OkStatus();
  ASSIGN_OR_RETURN(streams, sequential.TakeStreams());
  return absl::OkStatus();
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

ShardRange LinearsOfPart(const ModelConfig& config, const Shard& part) {
  const int64_t num_layers = config.num_layers();
  // All blocks have the same Linears.
  const int64_t per_block =
      static_cast<int64_t>(NumLinears(config)) / num_layers;
  const ShardRange blocks = BlocksOfPart(part, num_layers);
  return {blocks.first * per_block, blocks.end * per_block};
}

absl::StatusOr<QuantizeResult> QuantizeModel(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done,
    TensorSink keep) {
  RETURN_IF_ERROR(CheckOneShot(calibration, scheme));
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  QuantizeResult result;
  result.model = Describe(
      checkpoint, calibration == nullptr ? "" : calibration->sha256, scheme);
  RETURN_IF_ERROR(QuantizeOneShot(checkpoint, calibration, all, pool,
                                  linear_done, keep, result));
  RETURN_IF_ERROR(CompleteModel(result.model));
  return result;
}

absl::StatusOr<QuantizeResult> QuantizeShard(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const Scheme& scheme,
    const Shard& shard, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done, TensorSink keep) {
  RETURN_IF_ERROR(ValidateShard(shard));
  RETURN_IF_ERROR(CheckOneShot(calibration, scheme));
  QuantizeResult result;
  result.model = Describe(
      checkpoint, calibration == nullptr ? "" : calibration->sha256, scheme);
  *result.model.mutable_shard() = shard;
  RETURN_IF_ERROR(QuantizeOneShot(checkpoint, calibration, shard, pool,
                                  linear_done, keep, result));
  return result;
}

absl::StatusOr<QuantizeResult> QuantizeSequentially(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>& calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    ThreadPool& pool, absl::FunctionRef<void(int64_t)> linear_done,
    TensorSink keep) {
  ModelPart all;
  ASSIGN_OR_RETURN(all.part, MakeShard(0, 1));
  QuantizeResult result;
  result.model = Describe(checkpoint, calibration.sha256, scheme);
  absl::optional<ActivationStore> streams;
  RETURN_IF_ERROR(QuantizeInOrder({checkpoint, calibration, sequences, all},
                                  pool, linear_done, keep, result, streams));
  RETURN_IF_ERROR(CompleteModel(result.model));
  return result;
}

absl::StatusOr<QuantizeResult> QuantizePart(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>& calibration,
    const std::vector<std::vector<uint32_t>>& sequences, const Scheme& scheme,
    const ModelPart& part, ThreadPool& pool,
    absl::FunctionRef<void(int64_t)> linear_done, TensorSink keep,
    absl::optional<ActivationStore>& streams) {
  if (part.before != nullptr) {
    RETURN_IF_ERROR(
        CheckStreamsOf(StreamsOfRun(checkpoint, calibration, scheme),
                       part.before->message, part.before_path));
  }
  QuantizeResult result;
  result.model = Describe(checkpoint, calibration.sha256, scheme);
  *result.model.mutable_shard() = part.part;
  RETURN_IF_ERROR(QuantizeInOrder({checkpoint, calibration, sequences, part},
                                  pool, linear_done, keep, result, streams));
  return result;
}

ActivationStreams StreamsOfRun(const Artifact<Checkpoint>& checkpoint,
                               const Artifact<Calibration>& calibration,
                               const Scheme& scheme) {
  ActivationStreams streams;
  streams.set_checkpoint_sha256(checkpoint.sha256);
  streams.set_corpus_sha256(calibration.message.corpus_sha256());
  streams.set_num_sequences(calibration.message.num_sequences());
  streams.set_sequence_length(calibration.message.sequence_length());
  streams.set_sequences_begin_with_document(
      calibration.message.sequences_begin_with_document());
  *streams.mutable_scheme() = scheme;
  streams.set_calibration_sha256(calibration.sha256);
  return streams;
}

}  // namespace quant_curve
