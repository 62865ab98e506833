#include "lib/quantization/merge_models.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

using Files = std::vector<ShardFile<QuantizedModel>>;

using File = ShardFile<QuantizedModel>;

// The tensors of all shards, one shard after another, still as the shards'
// records, and whose record each is.
struct Joined {
  QuantizedModel model;
  std::vector<const File*> linears;
  std::vector<const File*> others;
};

Joined Join(const Files& files) {
  Joined joined;
  joined.model = files[0].message;
  joined.model.clear_shard();
  joined.linears.resize(joined.model.linears_size(), &files[0]);
  joined.others.resize(joined.model.others_size(), &files[0]);
  for (size_t i = 1; i < files.size(); ++i) {
    const QuantizedModel& shard = files[i].message;
    joined.model.mutable_linears()->MergeFrom(shard.linears());
    joined.model.mutable_others()->MergeFrom(shard.others());
    joined.linears.resize(joined.model.linears_size(), &files[i]);
    joined.others.resize(joined.model.others_size(), &files[i]);
  }
  return joined;
}

absl::Status TakeLinear(const File& file, ShardTensorSink take,
                        QuantizedLinear& linear) {
  RETURN_IF_ERROR(take(file, *linear.mutable_weight()));
  if (linear.has_scales()) {
    RETURN_IF_ERROR(take(file, *linear.mutable_scales()));
  }
  if (!linear.has_zero_points()) return absl::OkStatus();
  return take(file, *linear.mutable_zero_points());
}

// Takes the tensors of a valid model in the order of TensorSpecs, in which a
// run without shards stores them.
absl::Status TakeAll(ShardTensorSink take, ProgressSink progress,
                     Joined& joined) {
  QuantizedModel& model = joined.model;
  const std::vector<TensorSpec> specs = TensorSpecs(model.config());
  int linear = 0;
  int other = 0;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].role == TensorRole::kLinearWeight) {
      RETURN_IF_ERROR(TakeLinear(*joined.linears[linear], take,
                                 *model.mutable_linears(linear)));
      ++linear;
    } else {
      const DType dtype = StoredDType(model.scheme(), specs[i].role);
      // Codes are followed by their scales.
      const int end = other + (dtype == INT8 ? 2 : 1);
      for (; other < end; ++other) {
        RETURN_IF_ERROR(
            take(*joined.others[other], *model.mutable_others(other)));
      }
    }
    progress(static_cast<int64_t>(i + 1), static_cast<int64_t>(specs.size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuantizedModel> IndexModels(Files files, ShardTensorSink refer,
                                           ProgressSink progress) {
  RETURN_IF_ERROR(ArrangeShards("shard", {"linears", "others"}, files));
  Joined joined = Join(files);
  absl::Status status = CompleteModel(joined.model);
  if (status.ok()) status = TakeAll(refer, progress, joined);
  if (status.ok()) return std::move(joined.model);
  std::vector<std::string> names;
  for (const File& file : files) names.push_back(file.name);
  return absl::Status(status.code(),
                      absl::StrCat("merging ", absl::StrJoin(names, ", "), ": ",
                                   status.message()));
}

absl::StatusOr<QuantizedModel> MergeModels(Files files, TensorSink keep,
                                           ProgressSink progress) {
  const auto load = [keep](const File& file, Tensor& tensor) -> absl::Status {
    RETURN_IF_ERROR(file.payload.Load(tensor));
    return keep(tensor);
  };
  return IndexModels(std::move(files), load, progress);
}

}  // namespace quant_curve
