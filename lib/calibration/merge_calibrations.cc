#include "lib/calibration/merge_calibrations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/block_sum.h"
#include "lib/calibration/hessian.h"

namespace quant_curve {
namespace {

using Files = std::vector<ShardFile<Calibration>>;

// Far above any real calibration; their products fit in 63 bits.
constexpr uint64_t kMaxSequences = uint64_t{1} << 40;
constexpr uint64_t kMaxSequenceLength = uint64_t{1} << 20;
constexpr uint64_t kMaxInFeatures = uint64_t{1} << 20;

absl::Status CheckSizes(const Calibration& calibration) {
  if (calibration.num_sequences() >= 1 &&
      calibration.num_sequences() <= kMaxSequences &&
      calibration.sequence_length() >= 1 &&
      calibration.sequence_length() <= kMaxSequenceLength &&
      calibration.sequences_per_block() >= 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(calibration.num_sequences(), " sequences of ",
                   calibration.sequence_length(), " tokens in blocks of ",
                   calibration.sequences_per_block(), ": out of range"));
}

// `input` of a shard belongs to `expected`, that of the first shard, and has
// one sum of the right size for each node.
absl::Status CheckInput(const LinearInput& input, const LinearInput& expected,
                        size_t nodes) {
  if (!std::equal(input.linears().begin(), input.linears().end(),
                  expected.linears().begin(), expected.linears().end()) ||
      input.partial().in_features() != expected.partial().in_features()) {
    return absl::InvalidArgumentError("other Linears than the first shard's");
  }
  const uint64_t n = input.partial().in_features();
  if (n == 0 || n > kMaxInFeatures) {
    return absl::InvalidArgumentError(absl::StrCat(
        "in_features=", n, ": must be in [1, ", kMaxInFeatures, "]"));
  }
  if (input.partial().sums_size() != static_cast<int>(nodes)) {
    return absl::InvalidArgumentError(absl::StrCat(
        input.partial().sums_size(), " sums, its blocks make ", nodes));
  }
  for (const Tensor& sum : input.partial().sums()) {
    RETURN_IF_ERROR(CheckShape(sum, {static_cast<uint64_t>(TriangleSize(n))}));
  }
  return absl::OkStatus();
}

// Adds one shard's sums and histogram of one input.
absl::Status AddShard(const LinearInput& input, const Payload& payload,
                      const LinearInput& expected,
                      const std::vector<BlockNode>& nodes, BlockSum& sums,
                      MagnitudeHistogram& histogram) {
  RETURN_IF_ERROR(CheckInput(input, expected, nodes.size()));
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Tensor& stored = input.partial().sums(i);
    ASSIGN_OR_RETURN(const TensorView view, payload.View(stored));
    ASSIGN_OR_RETURN(std::vector<double> sum, ReadDoubles(view));
    payload.Drop(stored);
    sums.Add(nodes[i], std::move(sum));
  }
  return AddHistogram(input.histogram(), histogram);
}

absl::StatusOr<LinearInput> MergeInput(const Files& files, int index,
                                       TensorSink keep) {
  const Calibration& first = files[0].message;
  const LinearInput& expected = first.inputs(index);
  LinearInput merged;
  *merged.mutable_linears() = expected.linears();
  BlockSum sums;
  for (const ShardFile<Calibration>& file : files) {
    const ShardRange blocks =
        BlocksOfShard(first.num_sequences(), first.sequences_per_block(),
                      file.message.shard());
    const absl::Status added = AddShard(
        file.message.inputs(index), file.payload, expected,
        NodesOf(blocks.first, blocks.end), sums, *merged.mutable_histogram());
    if (!added.ok()) {
      // Errors about records name the file already.
      absl::string_view why = added.message();
      absl::ConsumePrefix(&why, absl::StrCat(file.name, ": "));
      return absl::InvalidArgumentError(
          absl::StrCat(file.name, ": input ", index, ": ", why));
    }
  }
  const double tokens =
      static_cast<double>(first.num_sequences() * first.sequence_length());
  RETURN_IF_ERROR(SetHessian(sums.TakeTotal(), expected.partial().in_features(),
                             tokens, merged, keep));
  return merged;
}

// A part has the Hessian of each of its inputs.
absl::Status CheckPart(const Calibration& part) {
  if (part.has_shard()) {
    return absl::InvalidArgumentError("is both a shard and a part");
  }
  for (int i = 0; i < part.inputs_size(); ++i) {
    if (part.inputs(i).has_hessian() && !part.inputs(i).has_partial()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("input ", i,
                     ": has no Hessian, or a shard's sums; a part has the "
                     "Hessian of each input"));
  }
  return absl::OkStatus();
}

// The inputs of all parts, one after another.
absl::StatusOr<Calibration> MergeParts(Files files, TensorSink keep,
                                       ProgressSink progress) {
  RETURN_IF_ERROR(ArrangeShards("part", {"inputs"}, files));
  int64_t total = 0;
  for (const ShardFile<Calibration>& file : files) {
    const absl::Status valid = CheckPart(file.message);
    if (!valid.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.name, ": ", valid.message(), "; calibrate it again"));
    }
    total += file.message.inputs_size();
  }
  Calibration merged = files[0].message;
  merged.clear_part();
  merged.clear_inputs();
  for (const ShardFile<Calibration>& file : files) {
    for (const LinearInput& stored : file.message.inputs()) {
      LinearInput& input = *merged.add_inputs();
      input = stored;
      RETURN_IF_ERROR(file.payload.Load(*input.mutable_hessian()));
      RETURN_IF_ERROR(keep(*input.mutable_hessian()));
      progress(merged.inputs_size(), total);
    }
  }
  return merged;
}

}  // namespace

ShardRange BlocksOfShard(int64_t num_sequences, int64_t sequences_per_block,
                         const Shard& shard) {
  return RangeOf(shard, (num_sequences - 1) / sequences_per_block + 1);
}

absl::Status AddHistogram(const MagnitudeHistogram& from,
                          MagnitudeHistogram& to) {
  if (to.counts().empty()) {
    to = from;
    return absl::OkStatus();
  }
  if (from.counts_size() != to.counts_size() ||
      from.smallest() != to.smallest() ||
      from.bins_per_octave() != to.bins_per_octave()) {
    return absl::InvalidArgumentError("histograms with different bins");
  }
  for (int i = 0; i < to.counts_size(); ++i) {
    to.set_counts(i, to.counts(i) + from.counts(i));
  }
  to.set_max_magnitude(std::max(to.max_magnitude(), from.max_magnitude()));
  return absl::OkStatus();
}

absl::Status SetHessian(std::vector<double> sums, uint64_t in_features,
                        double tokens, LinearInput& input, TensorSink keep) {
  DivideByTokens(tokens, sums);
  input.set_off_diagonal_share(OffDiagonalShare(sums, in_features));
  *input.mutable_hessian() = MakeFloat64("hessian", {sums.size()}, sums);
  return keep(*input.mutable_hessian());
}

absl::StatusOr<Calibration> MergeCalibrations(Files files, TensorSink keep,
                                              ProgressSink progress) {
  if (!files.empty() && files[0].message.has_part()) {
    return MergeParts(std::move(files), keep, progress);
  }
  RETURN_IF_ERROR(ArrangeShards("shard", {"inputs"}, files));
  const Calibration& first = files[0].message;
  const absl::Status sizes = CheckSizes(first);
  if (!sizes.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(files[0].name, ": ", sizes.message()));
  }
  for (const ShardFile<Calibration>& file : files) {
    if (file.message.inputs_size() == first.inputs_size()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        files[0].name, " and ", file.name, ": ", first.inputs_size(), " and ",
        file.message.inputs_size(), " inputs"));
  }
  Calibration merged = first;
  for (int i = 0; i < merged.inputs_size(); ++i) {
    ASSIGN_OR_RETURN(*merged.mutable_inputs(i), MergeInput(files, i, keep));
    progress(i + 1, merged.inputs_size());
  }
  merged.clear_shard();
  return merged;
}

}  // namespace quant_curve
