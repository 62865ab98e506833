#include "tools/audit/model_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/packing.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

using google::protobuf::FieldDescriptor;

constexpr uint64_t kScaleBytes = 2;                   // FLOAT16
constexpr uint64_t kMinimumBytes = 2;                 // FLOAT16
constexpr uint64_t kZeroPointBytes = 1;               // INT8
constexpr uint64_t kMaxFeatures = uint64_t{1} << 32;  // far above any config's
// A loss is a sum of squares, up to the rounding of the sums.
constexpr double kLeastLoss = -1e-9;

absl::Status Refuse(absl::string_view field, absl::string_view is,
                    absl::string_view should) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": the artifact holds ",
                                                 is, ", it must be ", should));
}

template <typename Number>
absl::Status Expect(absl::string_view field, Number is, Number should) {
  if (is == should) return absl::OkStatus();
  return Refuse(field, absl::StrCat(is), absl::StrCat(should));
}

using google::protobuf::Message;
using Parameters = std::map<std::string, std::string>;

// A list of flags, one character each.
bool SetBits(const std::string& text, const FieldDescriptor& field,
             Message& message) {
  for (const char bit : text) {
    if (bit != '0' && bit != '1') return false;
    message.GetReflection()->AddBool(&message, &field, bit == '1');
  }
  return true;
}

bool SetField(const std::string& text, const FieldDescriptor& field,
              Message& message) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    return field.type() == FieldDescriptor::TYPE_BOOL &&
           SetBits(text, field, message);
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t value = 0;
      if (!absl::SimpleAtoi(text, &value)) return false;
      reflection.SetUInt32(&message, &field, value);
      return true;
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      char* end = nullptr;
      const double value = std::strtod(text.c_str(), &end);
      if (text.empty() || *end != '\0') return false;
      reflection.SetFloat(&message, &field, static_cast<float>(value));
      return true;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, text == "true");
      return text == "true" || text == "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByName(text);
      if (value == nullptr) return false;
      reflection.SetEnum(&message, &field, value);
      return true;
    }
    default:
      return false;
  }
}

// A message that is set has at least one parameter below its name.
bool HasParametersBelow(const std::string& name, const Parameters& parameters) {
  const std::string below = absl::StrCat(name, ".");
  const auto next = parameters.lower_bound(below);
  return next != parameters.end() && absl::StartsWith(next->first, below);
}

// Sets every field of `message` from the parameters `name`.<field>, the reverse
// of ArtifactParameters.
absl::Status SetFields(const std::string& name, const Parameters& parameters,
                       Message& message) {
  const auto& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const std::string of_field = absl::StrCat(name, ".", field.name());
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!HasParametersBelow(of_field, parameters)) continue;
      Message& inner =
          *message.GetReflection()->MutableMessage(&message, &field);
      RETURN_IF_ERROR(SetFields(of_field, parameters, inner));
      continue;
    }
    const auto found = parameters.find(of_field);
    if (found == parameters.end()) {
      return absl::InvalidArgumentError(absl::StrCat(of_field, " is missing"));
    }
    if (!SetField(found->second, field, message)) {
      return absl::InvalidArgumentError(absl::StrCat(
          of_field, " is '", found->second, "': no value of that field"));
    }
  }
  return absl::OkStatus();
}

uint64_t ElementsOf(const std::vector<uint64_t>& shape) {
  uint64_t elements = 1;
  for (const uint64_t extent : shape) elements *= extent;
  return elements;
}

uint64_t NumScales(const Scheme& scheme, uint64_t out, uint64_t in) {
  if (scheme.weight_format() != WEIGHT_INTEGER) return 0;
  if (scheme.granularity() == PER_TENSOR) return 1;
  if (scheme.granularity() == PER_CHANNEL) return out;
  const uint64_t group = scheme.group_size();
  return group == 0 ? 0 : out * ((in + group - 1) / group);
}

uint64_t WeightBytes(const Scheme& scheme, uint64_t out, uint64_t in) {
  const DType dtype = StoredDType(scheme, TensorRole::kLinearWeight);
  if (dtype != PACKED_CODES) return out * in * ElementBytes(dtype);
  return out * PackedRowBytes(in, scheme.bits());
}

// A permutation is the numbers below `in` as packed varints, in some order.
uint64_t PermutationBytes(uint64_t in) {
  uint64_t bytes = 0;
  for (uint64_t least = 0, length = 1; least < in; ++length) {
    const uint64_t beyond = uint64_t{1} << (7 * length);
    bytes += (std::min(in, beyond) - least) * length;
    least = beyond;
  }
  return bytes;
}

void AddLinear(const Scheme& scheme, uint64_t out, uint64_t in,
               ByteAccount& account) {
  uint64_t scales = NumScales(scheme, out, in);
  const uint64_t offset_bytes =
      scheme.levels() == LEVELS_MINIMUM ? kMinimumBytes : kZeroPointBytes;
  scales *= kScaleBytes + (scheme.symmetric() ? 0 : offset_bytes);
  if (scheme.activation_order()) scales += PermutationBytes(in);
  account.set_weights(account.weights() + WeightBytes(scheme, out, in));
  account.set_scales(account.scales() + scales);
}

void AddOther(const StoredTensor& tensor, ByteAccount& account) {
  const uint64_t bytes = ElementsOf(tensor.shape) * ElementBytes(tensor.dtype);
  if (tensor.role == TensorRole::kLinearBias) {
    account.set_biases(account.biases() + bytes);
  } else if (tensor.role == TensorRole::kNorm) {
    account.set_layer_norm(account.layer_norm() + bytes);
  } else {
    account.set_embedding(account.embedding() + bytes);
  }
}

absl::Status CheckLinear(const Scheme& scheme, const LinearQuality& linear) {
  for (const uint64_t features :
       {linear.out_features(), linear.in_features()}) {
    if (features > 0 && features <= kMaxFeatures) continue;
    return Refuse("out_features or in_features", absl::StrCat(features),
                  absl::StrCat("1 to ", kMaxFeatures));
  }
  RETURN_IF_ERROR(Expect<uint64_t>(
      "num_scales", linear.num_scales(),
      NumScales(scheme, linear.out_features(), linear.in_features())));
  const std::pair<const char*, double> values[] = {
      {"rtn_proxy_loss", linear.rtn_proxy_loss()},
      {"gptq_proxy_loss", linear.gptq_proxy_loss()},
      {"damping_used", linear.damping_used()}};
  for (const auto& [field, value] : values) {
    if (std::isfinite(value) && value >= kLeastLoss) continue;
    return Refuse(field, absl::StrCat(value), "finite and not negative");
  }
  return absl::OkStatus();
}

absl::Status WithLinear(const absl::Status& status,
                        const LinearQuality& linear) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("linears[", linear.name(), "].", status.message()));
}

absl::Status CompareAccounts(const ByteAccount& is, const ByteAccount& should) {
  RETURN_IF_ERROR(Expect("bytes.weights", is.weights(), should.weights()));
  RETURN_IF_ERROR(Expect("bytes.scales", is.scales(), should.scales()));
  RETURN_IF_ERROR(Expect("bytes.biases", is.biases(), should.biases()));
  RETURN_IF_ERROR(
      Expect("bytes.layer_norm", is.layer_norm(), should.layer_norm()));
  RETURN_IF_ERROR(
      Expect("bytes.embedding", is.embedding(), should.embedding()));
  RETURN_IF_ERROR(Expect("bytes.total", is.total(), should.total()));
  return Expect("bytes.linear_only", is.linear_only(), should.linear_only());
}

// A double on all of its digits.
std::string Exact(double value) { return absl::StrFormat("%.17g", value); }

}  // namespace

absl::StatusOr<ModelConfig> ConfigFromParameters(
    const std::map<std::string, std::string>& parameters) {
  ModelConfig config;
  RETURN_IF_ERROR(SetFields("config", parameters, config));
  RETURN_IF_ERROR(ValidateConfig(config));
  return config;
}

ByteAccount AccountOf(const ModelConfig& config, const Scheme& scheme) {
  ByteAccount account;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    AddLinear(scheme, spec.shape[0], spec.shape[1], account);
  }
  for (const StoredTensor& tensor : StoredOthers(config, scheme)) {
    AddOther(tensor, account);
  }
  account.set_linear_only(account.weights() + account.scales() +
                          account.biases() + account.layer_norm());
  account.set_total(account.linear_only() + account.embedding());
  return account;
}

absl::Status CheckListedLinears(const Measurement& measurement) {
  RETURN_IF_ERROR(ValidateScheme(measurement.scheme()));
  uint64_t weights = 0;
  ByteAccount account;
  for (const LinearQuality& linear : measurement.linears()) {
    RETURN_IF_ERROR(
        WithLinear(CheckLinear(measurement.scheme(), linear), linear));
    weights += linear.out_features() * linear.in_features();
    AddLinear(measurement.scheme(), linear.out_features(), linear.in_features(),
              account);
  }
  RETURN_IF_ERROR(
      Expect("num_linear_weights", measurement.num_linear_weights(), weights));
  const ByteAccount& bytes = measurement.bytes();
  RETURN_IF_ERROR(Expect("bytes.weights", bytes.weights(), account.weights()));
  RETURN_IF_ERROR(Expect("bytes.scales", bytes.scales(), account.scales()));
  const double bits =
      weights == 0
          ? 0
          : 8.0 * static_cast<double>(bytes.weights() + bytes.scales()) /
                static_cast<double>(weights);
  if (measurement.bits_per_weight() == bits) return absl::OkStatus();
  return Refuse("bits_per_weight", Exact(measurement.bits_per_weight()),
                absl::StrCat(Exact(bits), " by its bytes and weights"));
}

absl::Status CheckAgainstConfig(const Measurement& measurement,
                                const ModelConfig& config) {
  int listed = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    if (listed == measurement.linears_size()) {
      return Refuse("linears", absl::StrCat(listed, " entries"),
                    absl::StrCat("more by the checkpoint's config: ", spec.name,
                                 " is missing"));
    }
    const LinearQuality& linear = measurement.linears(listed++);
    if (linear.name() != spec.name || linear.out_features() != spec.shape[0] ||
        linear.in_features() != spec.shape[1]) {
      return Refuse(
          absl::StrCat("linears[", linear.name(), "]"),
          absl::StrCat(linear.out_features(), " x ", linear.in_features()),
          absl::StrCat(spec.name, " of ", spec.shape[0], " x ", spec.shape[1],
                       " by the checkpoint's config"));
    }
  }
  RETURN_IF_ERROR(Expect("linears", measurement.linears_size(), listed));
  RETURN_IF_ERROR(Expect("num_parameters", measurement.num_parameters(),
                         NumParameters(config)));
  RETURN_IF_ERROR(Expect("num_lm_head_weights",
                         measurement.num_lm_head_weights(),
                         uint64_t{config.vocab_size()} * config.d_model()));
  return CompareAccounts(measurement.bytes(),
                         AccountOf(config, measurement.scheme()));
}

absl::Status CheckAgainstModel(const Measurement& measurement,
                               const QuantizedModel& model) {
  ASSIGN_OR_RETURN(const ByteAccount counted, ComputeByteAccount(model));
  RETURN_IF_ERROR(CompareAccounts(measurement.bytes(), counted));
  RETURN_IF_ERROR(
      Expect("linears", measurement.linears_size(), model.linears_size()));
  for (int i = 0; i < model.linears_size(); ++i) {
    const QuantizedLinear& of_model = model.linears(i);
    const LinearQuality& linear = measurement.linears(i);
    const auto same = [&](absl::string_view field, double is, double should) {
      if (is == should) return absl::OkStatus();
      return WithLinear(
          Refuse(field, Exact(is), Exact(should) + " as in the model"), linear);
    };
    RETURN_IF_ERROR(same("rtn_proxy_loss", linear.rtn_proxy_loss(),
                         of_model.rtn_proxy_loss()));
    RETURN_IF_ERROR(same("gptq_proxy_loss", linear.gptq_proxy_loss(),
                         of_model.gptq_proxy_loss()));
    RETURN_IF_ERROR(
        same("damping_used", linear.damping_used(), of_model.damping_used()));
    RETURN_IF_ERROR(same("has_proxy_losses", linear.has_proxy_losses(),
                         of_model.has_proxy_losses()));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
