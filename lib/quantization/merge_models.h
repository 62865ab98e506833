// A whole quantized model from its shards.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_MERGE_MODELS_H_
#define QUANT_CURVE_LIB_QUANTIZATION_MERGE_MODELS_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "lib/artifact/tensor.h"
#include "lib/sharding/merge.h"
#include "proto/quantized_model.pb.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

// What takes a tensor of a shard, which names a record of `shard`.
using ShardTensorSink = absl::FunctionRef<absl::Status(
    const ShardFile<QuantizedModel>& shard, Tensor& tensor)>;

// The tensors of all shards, one shard after another, and the byte account.
// `keep` gets the tensors in the order of a run without shards; one at a time
// is in memory. The result passes ValidateQuantizedModel. Refuses, naming the
// files, shards that are missing, repeated or of different runs, and shards
// that together are not a valid model.
absl::StatusOr<QuantizedModel> MergeModels(
    std::vector<ShardFile<QuantizedModel>> files,
    TensorSink keep = KeepInMessage, ProgressSink progress = IgnoreProgress);

// The same, and nothing of a tensor is read: `refer` gets it as the shard's
// record. For an index of the shards (docs/formats.md).
absl::StatusOr<QuantizedModel> IndexModels(
    std::vector<ShardFile<QuantizedModel>> files, ShardTensorSink refer,
    ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_MERGE_MODELS_H_
