#include "lib/quantization/byte_account.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// Of one value in a packed repeated field: 7 bits a byte.
uint64_t VarintBytes(uint32_t value) {
  uint64_t bytes = 1;
  for (; value >= 128; value >>= 7) ++bytes;
  return bytes;
}

void AddLinear(const QuantizedLinear& linear, ByteAccount& account) {
  uint64_t scales =
      PayloadBytes(linear.scales()) + PayloadBytes(linear.zero_points());
  for (const uint32_t column : linear.permutation()) {
    scales += VarintBytes(column);
  }
  account.set_weights(account.weights() + PayloadBytes(linear.weight()));
  account.set_scales(account.scales() + scales);
}

void AddOther(TensorRole role, uint64_t bytes, ByteAccount& account) {
  switch (role) {
    case TensorRole::kLinearWeight:
      account.set_weights(account.weights() + bytes);
      break;
    case TensorRole::kLinearBias:
      account.set_biases(account.biases() + bytes);
      break;
    case TensorRole::kNorm:
      account.set_layer_norm(account.layer_norm() + bytes);
      break;
    case TensorRole::kEmbedding:
    case TensorRole::kPositions:
      account.set_embedding(account.embedding() + bytes);
      break;
  }
}

}  // namespace

absl::Status CheckTensorCounts(const ModelConfig& config,
                               uint64_t stored_linears,
                               uint64_t stored_others) {
  const uint64_t linears = NumLinears(config);
  const uint64_t others = NumTensors(config) - linears;
  // Of a file that lacks some, the first missing one is named.
  constexpr uint64_t kSlack = 64;
  if (stored_linears + kSlack >= linears && stored_others + kSlack >= others) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      stored_linears, " Linears and ", stored_others,
      " other tensors, the config has ", linears, " and ", others));
}

absl::Status CheckTensorCounts(const QuantizedModel& model) {
  return CheckTensorCounts(model.config(), model.linears_size(),
                           model.others_size());
}

absl::StatusOr<ByteAccount> ComputeByteAccount(const QuantizedModel& model) {
  RETURN_IF_ERROR(ValidateConfig(model.config()));
  RETURN_IF_ERROR(CheckTensorCounts(model));
  std::map<std::string, TensorRole> roles;
  for (const StoredTensor& other :
       StoredOthers(model.config(), model.scheme())) {
    roles.emplace(other.name, other.role);
  }
  ByteAccount account;
  for (const QuantizedLinear& linear : model.linears()) {
    AddLinear(linear, account);
  }
  for (const Tensor& tensor : model.others()) {
    const auto role = roles.find(tensor.name());
    if (role == roles.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor '", tensor.name(), "': the model config has no such tensor"));
    }
    AddOther(role->second, PayloadBytes(tensor), account);
  }
  account.set_linear_only(account.weights() + account.scales() +
                          account.biases() + account.layer_norm());
  account.set_total(account.linear_only() + account.embedding());
  return account;
}

uint64_t NumLinearWeights(const QuantizedModel& model) {
  uint64_t weights = 0;
  for (const QuantizedLinear& linear : model.linears()) {
    weights += linear.out_features() * linear.in_features();
  }
  return weights;
}

double BitsPerWeight(const QuantizedModel& model) {
  const uint64_t weights = NumLinearWeights(model);
  if (weights == 0) return 0;
  const uint64_t bytes = model.bytes().weights() + model.bytes().scales();
  return 8.0 * static_cast<double>(bytes) / static_cast<double>(weights);
}

}  // namespace quant_curve
