#include "tools/export/stored_model.h"

#include <cmath>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/model/positions.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"
#include "tools/export/folded_multiplier.h"

namespace quant_curve {

StoredModel::StoredModel(const Artifact<QuantizedModel>& model)
    : model_(model.message), payload_(model.payload) {
  for (const QuantizedLinear& linear : model_.linears()) {
    linears_[linear.name()] = &linear;
  }
  for (const Tensor& tensor : model_.others()) others_[tensor.name()] = &tensor;
}

const QuantizedLinear& StoredModel::Linear(const std::string& name) const {
  return *linears_.at(name);
}

const Tensor* StoredModel::Find(const std::string& name) const {
  const auto found = others_.find(name);
  return found == others_.end() ? nullptr : found->second;
}

const Tensor* StoredModel::ScalesOf(const std::string& name) const {
  return Find(name + ".scales");
}

std::string StoredModel::HeadName() const {
  return config().tied_embeddings() ? "wte.weight" : "lm_head.weight";
}

void StoredModel::Drop(const std::string& name) const {
  const auto linear = linears_.find(name);
  if (linear != linears_.end()) {
    payload_.Drop(linear->second->weight());
    payload_.Drop(linear->second->scales());
    payload_.Drop(linear->second->zero_points());
    return;
  }
  if (const Tensor* tensor = Find(name)) payload_.Drop(*tensor);
  if (const Tensor* scales = ScalesOf(name)) payload_.Drop(*scales);
}

absl::StatusOr<std::vector<float>> StoredModel::Values(
    const std::string& name) const {
  const absl::Cleanup drop = [&] { Drop(name); };
  const auto linear = linears_.find(name);
  if (linear != linears_.end()) {
    return Dequantize(*linear->second, scheme(), payload_);
  }
  const Tensor& tensor = *others_.at(name);
  const Tensor* scales = ScalesOf(name);
  ASSIGN_OR_RETURN(const TensorView view, payload_.View(tensor));
  if (scales == nullptr) return ReadFloats(view);
  ASSIGN_OR_RETURN(const TensorView scales_view, payload_.View(*scales));
  ASSIGN_OR_RETURN(const Int8Rows int8, ReadInt8Rows(view, scales_view));
  const uint64_t columns = tensor.shape(1);
  std::vector<float> values(int8.codes.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = int8.codes[i] * int8.scales[i / columns];
  }
  return values;
}

absl::StatusOr<std::vector<float>> StoredModel::Bias(const std::string& name,
                                                     uint64_t size) const {
  if (Find(name) == nullptr) return std::vector<float>(size);
  return Values(name);
}

absl::StatusOr<std::vector<float>> StoredModel::InputEmbedding() const {
  ASSIGN_OR_RETURN(std::vector<float> values, Values("wte.weight"));
  const float multiplier = FoldedMultiplier(config());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] *= multiplier;
    if (std::isfinite(values[i])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tensor 'wte.weight': element ", i, " times ", multiplier,
                     " (from embedding_multiplier) is not finite"));
  }
  return values;
}

absl::StatusOr<std::vector<float>> StoredModel::PositionValues() const {
  if (config().positions() == LEARNED) return Values("wpe.weight");
  return SinusoidalPositions(config().context_length(), config().d_model());
}

}  // namespace quant_curve
