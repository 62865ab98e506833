#include "lib/quantization/quantized_model.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/scheme.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

constexpr size_t kDigestBytes = 32;

absl::Status CheckDigest(absl::string_view field, const std::string& digest) {
  if (digest.size() == kDigestBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": ", digest.size(), " bytes, a SHA-256 has ", kDigestBytes));
}

absl::Status CheckDigests(const QuantizedModel& model) {
  RETURN_IF_ERROR(CheckDigest("tokenizer_sha256", model.tokenizer_sha256()));
  RETURN_IF_ERROR(CheckDigest("checkpoint_sha256", model.checkpoint_sha256()));
  // Imported models have none.
  if (!model.corpus_sha256().empty()) {
    RETURN_IF_ERROR(CheckDigest("corpus_sha256", model.corpus_sha256()));
  }
  if (!NeedsCalibration(model.scheme()) && model.calibration_sha256().empty()) {
    return absl::OkStatus();
  }
  return CheckDigest("calibration_sha256", model.calibration_sha256());
}

// Checks the numbers stored with the payload: none may be NaN, infinite or
// negative.
absl::Status CheckNotes(const QuantizedLinear& linear, const Scheme& scheme) {
  for (const double value :
       {linear.rtn_proxy_loss(), linear.gptq_proxy_loss(),
        linear.damping_used(), double{linear.activation_clip()}}) {
    if (std::isfinite(value) && value >= 0) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "linear '", linear.name(), "': a proxy loss, damping or clip is ",
        value, ": must be finite and not negative"));
  }
  if (linear.activation_clip() > 0 &&
      scheme.activation_clip_percentile() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "linear '", linear.name(),
        "': an activation clip, but the scheme has no clip percentile"));
  }
  return absl::OkStatus();
}

absl::Status CheckLinear(const QuantizedLinear& linear, const TensorSpec& spec,
                         const Scheme& scheme) {
  if (linear.name() != spec.name || linear.weight().name() != spec.name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "linear '", linear.name(), "' with weight '", linear.weight().name(),
        "' where '", spec.name, "' belongs"));
  }
  if (linear.out_features() != spec.shape[0] ||
      linear.in_features() != spec.shape[1]) {
    return absl::InvalidArgumentError(absl::StrCat(
        "linear '", linear.name(), "': shape [", linear.out_features(), ", ",
        linear.in_features(), "], expected ", ShapeText(spec.shape)));
  }
  RETURN_IF_ERROR(CheckStored(linear, scheme));
  return CheckNotes(linear, scheme);
}

absl::Status CheckOther(const Tensor& tensor, const StoredTensor& expected) {
  if (tensor.name() != expected.name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", tensor.name(), "' where '", expected.name, "' belongs"));
  }
  RETURN_IF_ERROR(CheckShape(tensor, expected.shape));
  if (tensor.dtype() == expected.dtype) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "tensor '", tensor.name(), "': dtype ", DType_Name(tensor.dtype()),
      ", the scheme stores ", DType_Name(expected.dtype)));
}

absl::Status Missing(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor '", name, "' is missing"));
}

absl::Status CheckOthers(const QuantizedModel& model) {
  int next = 0;
  for (const StoredTensor& expected :
       StoredOthers(model.config(), model.scheme())) {
    if (next >= model.others_size()) return Missing(expected.name);
    const Tensor& tensor = model.others(next++);
    RETURN_IF_ERROR(CheckOther(tensor, expected));
  }
  if (next == model.others_size()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      model.others_size(),
      " tensors besides the Linears, config and scheme have ", next));
}

absl::Status CheckLinears(const QuantizedModel& model) {
  int next = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config())) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    if (next >= model.linears_size()) return Missing(spec.name);
    RETURN_IF_ERROR(CheckLinear(model.linears(next++), spec, model.scheme()));
  }
  if (next == model.linears_size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(model.linears_size(), " Linears, the config has ", next));
}

absl::Status CheckByteAccount(const QuantizedModel& model) {
  ASSIGN_OR_RETURN(const ByteAccount counted, ComputeByteAccount(model));
  if (google::protobuf::util::MessageDifferencer::Equals(counted,
                                                         model.bytes())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "byte account {", model.bytes().ShortDebugString(),
      "} is not that of the payloads {", counted.ShortDebugString(), "}"));
}

}  // namespace

absl::Status ValidateTensors(const QuantizedModel& model) {
  RETURN_IF_ERROR(ValidateScheme(model.scheme()));
  RETURN_IF_ERROR(ValidateConfig(model.config()));
  RETURN_IF_ERROR(CheckTensorCounts(model));
  RETURN_IF_ERROR(CheckLinears(model));
  return CheckOthers(model);
}

absl::Status ValidateQuantizedModel(const QuantizedModel& model) {
  RETURN_IF_ERROR(ValidateTensors(model));
  RETURN_IF_ERROR(CheckDigests(model));
  return CheckByteAccount(model);
}

absl::Status CompleteModel(QuantizedModel& model) {
  ASSIGN_OR_RETURN(*model.mutable_bytes(), ComputeByteAccount(model));
  return ValidateQuantizedModel(model);
}

absl::StatusOr<Artifact<QuantizedModel>> ReadQuantizedModel(
    const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<QuantizedModel> artifact,
                   ReadArtifact<QuantizedModel>(path));
  RETURN_IF_ERROR(CheckWhole(artifact.message, path));
  const absl::Status status = ValidateQuantizedModel(artifact.message);
  if (status.ok()) return artifact;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
}

}  // namespace quant_curve
