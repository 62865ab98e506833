// Parts of a model: a chain of actions, each of which runs calibration
// sequences through some of the blocks and hands their streams
// (lib/model/streams.h) on as an artifact.
#ifndef QUANT_CURVE_LIB_CALIBRATION_MODEL_PARTS_H_
#define QUANT_CURVE_LIB_CALIBRATION_MODEL_PARTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/tensor.h"
#include "lib/model/activation_store.h"
#include "lib/model/config.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"
#include "lib/sharding/shard.h"
#include "proto/activations.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// Some of the model's blocks, after the parts before them: what one action of a
// chain runs.
struct ModelPart {
  Shard part;  // blocks BlocksOfPart(part, num_layers)
  // The activations from the part before, and their path for messages; null for
  // the first part.
  const Artifact<ActivationStreams>* before = nullptr;
  std::string before_path = "";
};

// An even share of the model's blocks.
ShardRange BlocksOfPart(const Shard& part, int64_t num_layers);

// Fills `streams` with those before the part's first block, which are embedded
// or those of part.before; returns the ends without embedding and LM head.
// Refuses a later part without part.before, and part.before of another number
// of sequences or tokens or before another block.
//
// With `sets` = 2 there are twice as many streams: those of the model that is
// being quantized and, behind them, those of the float model (StreamSets).
absl::StatusOr<Model> BeginStreams(
    const ModelReader& reader,
    const std::vector<std::vector<uint32_t>>& sequences, const ModelPart& part,
    absl::optional<ActivationStore>& streams, int64_t sets = 1);

// How many streams of each sequence a run hands on: 2 with
// gptq.least_squares_target.
int64_t StreamSets(const Scheme& scheme);

// Refuses `before`, read from `path`, when it is of another run than `run`:
// when they differ in a field that is neither next_block nor streams.
absl::Status CheckStreamsOf(const ActivationStreams& run,
                            const ActivationStreams& before,
                            absl::string_view path);

// Adds to `handed_on`, which describes the run already, the streams after the
// last block of `part`: StreamSets of its scheme. `keep` gets them one after
// another.
absl::Status HandOn(const Shard& part, const ModelConfig& config,
                    ActivationStore& streams, ActivationStreams& handed_on,
                    TensorSink keep);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_MODEL_PARTS_H_
