// Calibration sequences on their way through a model, block by block. A stream
// is the residual stream of one sequence, [length, d_model].
#ifndef QUANT_CURVE_LIB_CALIBRATION_STREAMS_H_
#define QUANT_CURVE_LIB_CALIBRATION_STREAMS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/model/activation_store.h"
#include "lib/model/forward.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"

namespace quant_curve {

// `count` streams of `length` tokens, zeros so far.
absl::StatusOr<ActivationStore> MakeStreams(const ModelConfig& config,
                                            int64_t count, int64_t length);

// The model's ends, whose embedding and LM head are freed again: between the
// blocks nothing needs them.
absl::StatusOr<Model> ReadBareEnds(const ModelReader& reader);

// The same; before, embeds sequence i into stream i.
absl::StatusOr<Model> EmbedSequences(
    const ModelReader& reader,
    absl::Span<const std::vector<uint32_t>> sequences,
    ActivationStore& streams);

// What a thread needs to run a layer over one sequence.
struct LayerWorkspace {
  Activations activations;
  BlockActivations layer;
};

// Runs `stream` through a layer. Its input is then in workspace.layer.input,
// its output in workspace.activations.output.
void RunLayer(const Model& ends, const Block& block, std::vector<float> stream,
              LayerWorkspace& workspace);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_STREAMS_H_
