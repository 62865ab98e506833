#include "lib/quantization/merge_models.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/quantized_model.h"

namespace quant_curve {
namespace {

absl::Status Complete(QuantizedModel& model) {
  ASSIGN_OR_RETURN(*model.mutable_bytes(), ComputeByteAccount(model));
  return ValidateQuantizedModel(model);
}

}  // namespace

absl::StatusOr<QuantizedModel> MergeModels(
    std::vector<ShardFile<QuantizedModel>> files) {
  RETURN_IF_ERROR(
      ArrangeShards<QuantizedModel>({"shard", "linears", "others"}, files));
  QuantizedModel merged = std::move(files[0].message);
  merged.clear_shard();
  std::string names = files[0].name;
  for (size_t i = 1; i < files.size(); ++i) {
    QuantizedModel& part = files[i].message;
    for (QuantizedLinear& linear : *part.mutable_linears()) {
      *merged.add_linears() = std::move(linear);
    }
    merged.mutable_others()->MergeFrom(part.others());
    absl::StrAppend(&names, ", ", files[i].name);
  }
  const absl::Status complete = Complete(merged);
  if (complete.ok()) return merged;
  return absl::InvalidArgumentError(
      absl::StrCat("merging ", names, ": ", complete.message()));
}

}  // namespace quant_curve
