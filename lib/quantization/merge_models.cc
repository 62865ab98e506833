#include "lib/quantization/merge_models.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/quantized_model.h"

namespace quant_curve {
namespace {

absl::Status Complete(QuantizedModel& model) {
  ASSIGN_OR_RETURN(*model.mutable_bytes(), ComputeByteAccount(model));
  return ValidateQuantizedModel(model);
}

// Takes the shards' tensors in the order of TensorSpecs, as a run without
// shards stores them.
class Merger {
 public:
  Merger(const std::vector<ShardFile<QuantizedModel>>& files, TensorSink keep,
         ProgressSink progress, QuantizedModel& merged)
      : files_(files), keep_(keep), progress_(progress), merged_(merged) {}

  absl::Status AddAll() {
    const std::vector<TensorSpec> specs = TensorSpecs(merged_.config());
    int64_t done = 0;
    for (const TensorSpec& spec : specs) {
      RETURN_IF_ERROR(spec.role == TensorRole::kLinearWeight
                          ? AddLinear(spec.name)
                          : AddOther(spec.name));
      progress_(++done, static_cast<int64_t>(specs.size()));
    }
    return absl::OkStatus();
  }

 private:
  // Of shards that lack something, ValidateQuantizedModel says what.
  absl::Status AddLinear(const std::string& name) {
    while (file_ < files_.size() &&
           next_ == files_[file_].message.linears_size()) {
      ++file_;
      next_ = 0;
    }
    if (file_ == files_.size()) return Missing(name);
    const ShardFile<QuantizedModel>& file = files_[file_];
    QuantizedLinear& linear = *merged_.add_linears();
    linear = file.message.linears(next_++);
    RETURN_IF_ERROR(Keep(file.payload, *linear.mutable_weight()));
    if (linear.has_scales()) {
      RETURN_IF_ERROR(Keep(file.payload, *linear.mutable_scales()));
    }
    if (!linear.has_zero_points()) return absl::OkStatus();
    return Keep(file.payload, *linear.mutable_zero_points());
  }

  // With its scales, which come next.
  absl::Status AddOther(const std::string& name) {
    const QuantizedModel& first = files_[0].message;
    if (next_other_ == first.others_size()) return Missing(name);
    do {
      Tensor& tensor = *merged_.add_others();
      tensor = first.others(next_other_++);
      RETURN_IF_ERROR(Keep(files_[0].payload, tensor));
    } while (next_other_ < first.others_size() &&
             absl::StartsWith(first.others(next_other_).name(), name + "."));
    return absl::OkStatus();
  }

  absl::Status Keep(const Payload& payload, Tensor& tensor) {
    const Tensor record = tensor;
    ASSIGN_OR_RETURN(const TensorView view, payload.View(record));
    tensor.set_data(view.bytes.data(), view.bytes.size());
    tensor.clear_offset();
    tensor.clear_size_bytes();
    tensor.clear_sha256();
    payload.Drop(record);
    return keep_(tensor);
  }

  static absl::Status Missing(const std::string& name) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", name, "' is missing"));
  }

  const std::vector<ShardFile<QuantizedModel>>& files_;
  TensorSink keep_;
  ProgressSink progress_;
  QuantizedModel& merged_;
  size_t file_ = 0;
  int next_ = 0;  // Linear of files_[file_]
  int next_other_ = 0;
};

// What the shards say alike.
QuantizedModel WithoutTensors(const QuantizedModel& shard) {
  QuantizedModel model = shard;
  model.clear_shard();
  model.clear_linears();
  model.clear_others();
  return model;
}

}  // namespace

absl::StatusOr<QuantizedModel> MergeModels(
    std::vector<ShardFile<QuantizedModel>> files, TensorSink keep,
    ProgressSink progress) {
  RETURN_IF_ERROR(
      ArrangeShards<QuantizedModel>({"shard", "linears", "others"}, files));
  QuantizedModel merged = WithoutTensors(files[0].message);
  std::vector<std::string> names;
  int linears = 0;
  for (const ShardFile<QuantizedModel>& file : files) {
    names.push_back(file.name);
    linears += file.message.linears_size();
  }
  absl::Status complete = ValidateConfig(merged.config());
  if (complete.ok()) {
    complete = CheckTensorCounts(merged.config(), linears,
                                 files[0].message.others_size());
  }
  if (complete.ok()) complete = Merger(files, keep, progress, merged).AddAll();
  if (complete.ok()) complete = Complete(merged);
  if (complete.ok()) return merged;
  return absl::InvalidArgumentError(absl::StrCat(
      "merging ", absl::StrJoin(names, ", "), ": ", complete.message()));
}

}  // namespace quant_curve
