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
  if (!NeedsCalibration(model.scheme()) && model.calibration_sha256().empty()) {
    return absl::OkStatus();
  }
  return CheckDigest("calibration_sha256", model.calibration_sha256());
}

// What stands beside the payload: no reader may meet a NaN in it.
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
  RETURN_IF_ERROR(Dequantize(linear, scheme).status());
  return CheckNotes(linear, scheme);
}

absl::Status CheckOther(const Tensor& tensor, const TensorSpec& spec,
                        const Scheme& scheme) {
  if (tensor.name() != spec.name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", tensor.name(), "' where '", spec.name, "' belongs"));
  }
  RETURN_IF_ERROR(CheckShape(tensor, spec.shape));
  const DType expected = StoredDType(scheme, spec.role);
  if (tensor.dtype() != expected) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", tensor.name(), "': dtype ", DType_Name(tensor.dtype()),
        ", the scheme stores ", DType_Name(expected)));
  }
  return ReadFloats(tensor).status();
}

absl::Status CheckTensors(const QuantizedModel& model) {
  int next_linear = 0;
  int next_other = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config())) {
    const bool linear = spec.role == TensorRole::kLinearWeight;
    const int next = linear ? next_linear++ : next_other++;
    if (next >= (linear ? model.linears_size() : model.others_size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor '", spec.name, "' is missing"));
    }
    RETURN_IF_ERROR(linear
                        ? CheckLinear(model.linears(next), spec, model.scheme())
                        : CheckOther(model.others(next), spec, model.scheme()));
  }
  if (next_linear == model.linears_size() &&
      next_other == model.others_size()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      model.linears_size(), " Linears and ", model.others_size(),
      " other tensors, the config has ", next_linear, " and ", next_other));
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

DType StoredDType(const Scheme& scheme, TensorRole role) {
  if (scheme.weight_format() == WEIGHT_FLOAT32) return FLOAT32;
  if (scheme.weight_format() == WEIGHT_FLOAT16) return FLOAT16;
  switch (role) {
    case TensorRole::kLinearWeight:
      return PACKED_CODES;
    case TensorRole::kEmbedding:
      return FLOAT16;
    default:
      return FLOAT32;
  }
}

absl::Status ValidateQuantizedModel(const QuantizedModel& model) {
  RETURN_IF_ERROR(ValidateScheme(model.scheme()));
  RETURN_IF_ERROR(ValidateConfig(model.config()));
  RETURN_IF_ERROR(CheckDigests(model));
  RETURN_IF_ERROR(CheckTensors(model));
  return CheckByteAccount(model);
}

absl::StatusOr<Artifact<QuantizedModel>> ReadQuantizedModel(
    const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<QuantizedModel> artifact,
                   ReadArtifact<QuantizedModel>(path));
  const absl::Status status = ValidateQuantizedModel(artifact.message);
  if (status.ok()) return artifact;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
}

}  // namespace quant_curve
