#include "lib/model/streams.h"

#include <utility>

#include "lib/artifact/status_macros.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {

absl::StatusOr<ActivationStore> MakeStreams(const ModelConfig& config,
                                            int64_t count, int64_t length) {
  const int64_t floats = length * static_cast<int64_t>(config.d_model());
  return ActivationStore::Make(std::vector<int64_t>(count, floats));
}

absl::StatusOr<Model> EmbedSequences(
    const ModelReader& reader,
    absl::Span<const std::vector<uint32_t>> sequences,
    ActivationStore& streams) {
  ASSIGN_OR_RETURN(Model ends, reader.ReadEnds(Vocabulary::kEmbedding));
  for (size_t i = 0; i < sequences.size(); ++i) {
    Activations activations;
    Embed(ends, sequences[i], 1, activations);
    RETURN_IF_ERROR(
        streams.Put(static_cast<int64_t>(i), std::move(activations.output)));
  }
  ends.embedding = PackedMatrix();
  return ends;
}

void RunLayer(const Model& ends, const Block& block, int64_t sequences,
              std::vector<float> stream, LayerWorkspace& workspace) {
  workspace.activations.sequences = sequences;
  workspace.activations.length =
      static_cast<int64_t>(stream.size()) / (sequences * ends.config.d_model());
  workspace.activations.output = std::move(stream);
  RunBlock(ends, block, workspace.activations, workspace.layer);
}

}  // namespace quant_curve
