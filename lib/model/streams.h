// Batches of sequences on their way through a model, block by block. A stream
// is the residual stream of a batch, [rows, d_model].
#ifndef QUANT_CURVE_LIB_MODEL_STREAMS_H_
#define QUANT_CURVE_LIB_MODEL_STREAMS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/model/activation_store.h"
#include "lib/model/forward.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"

namespace quant_curve {

// `count` streams of one sequence of `length` tokens each, zeros so far.
absl::StatusOr<ActivationStore> MakeStreams(const ModelConfig& config,
                                            int64_t count, int64_t length);

// Embeds sequence i into stream i. Returns the model's ends for RunLayer, from
// which the embedding is removed again.
absl::StatusOr<Model> EmbedSequences(
    const ModelReader& reader,
    absl::Span<const std::vector<uint32_t>> sequences,
    ActivationStore& streams);

// A thread's buffers for running a layer over one batch.
struct LayerWorkspace {
  Activations activations;
  BlockActivations layer;
};

// Runs the stream of `sequences` sequences through a layer. Its input is then
// in workspace.layer.input, its output in workspace.activations.output.
void RunLayer(const Model& ends, const Block& block, int64_t sequences,
              std::vector<float> stream, LayerWorkspace& workspace);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_STREAMS_H_
