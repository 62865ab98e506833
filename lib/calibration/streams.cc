#include "lib/calibration/streams.h"

#include <utility>

#include "absl/status/status.h"
#include "lib/artifact/status_macros.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {
namespace {

void FreeVocabulary(Model& ends) {
  ends.embedding = PackedMatrix();
  ends.lm_head = PackedMatrix();
}

}  // namespace

absl::StatusOr<ActivationStore> MakeStreams(const ModelConfig& config,
                                            int64_t count, int64_t length) {
  const int64_t floats = length * static_cast<int64_t>(config.d_model());
  return ActivationStore::Make(std::vector<int64_t>(count, floats));
}

absl::StatusOr<Model> ReadBareEnds(const ModelReader& reader) {
  ASSIGN_OR_RETURN(Model ends, reader.ReadEnds());
  FreeVocabulary(ends);
  return ends;
}

absl::StatusOr<Model> EmbedSequences(
    const ModelReader& reader,
    absl::Span<const std::vector<uint32_t>> sequences,
    ActivationStore& streams) {
  ASSIGN_OR_RETURN(Model ends, reader.ReadEnds());
  for (size_t i = 0; i < sequences.size(); ++i) {
    Activations activations;
    Embed(ends, sequences[i], 1, activations);
    RETURN_IF_ERROR(
        streams.Put(static_cast<int64_t>(i), std::move(activations.output)));
  }
  FreeVocabulary(ends);
  return ends;
}

void RunLayer(const Model& ends, const Block& block, std::vector<float> stream,
              LayerWorkspace& workspace) {
  workspace.activations.sequences = 1;
  workspace.activations.length =
      static_cast<int64_t>(stream.size()) / ends.config.d_model();
  workspace.activations.output = std::move(stream);
  RunBlock(ends, block, workspace.activations, workspace.layer);
}

}  // namespace quant_curve
