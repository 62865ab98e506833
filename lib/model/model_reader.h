// Reads a stored model's weights one block at a time.
#ifndef QUANT_CURVE_LIB_MODEL_MODEL_READER_H_
#define QUANT_CURVE_LIB_MODEL_MODEL_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/payload.h"
#include "lib/model/model.h"
#include "lib/model/places.h"
#include "lib/numerics/parallel.h"
#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// The matrices of the vocabulary that ReadEnds reads. With tied embeddings the
// embedding is also the head.
enum class Vocabulary { kNone, kEmbedding, kHead, kBoth };

// Reads a checkpoint, a quantized model, or a model in memory, which must
// outlive the reader. Floats and int8 rows are packed for the kernels straight
// from the stored bytes, a Linear's codes by way of one matrix of int16_t. The
// pages of what was read are given back to the system.
//
//   ASSIGN_OR_RETURN(const ModelReader reader, ModelReader::Of(checkpoint));
//   ASSIGN_OR_RETURN(const Model model, reader.ReadEnds(Vocabulary::kBoth));
//   for (int64_t layer = 0; layer < reader.num_layers(); ++layer) {
//     ASSIGN_OR_RETURN(const Block block, reader.ReadBlock(layer));
//     RunBlock(model, block, activations, workspace);
//   }
class ModelReader {
 public:
  // Refuses what ValidateTensors refuses. Values are checked when they are
  // read: they must be finite, codes and scales as Unpack and ReadInt8Rows
  // require.
  static absl::StatusOr<ModelReader> Of(const Checkpoint& checkpoint,
                                        Payload payload = {});
  static absl::StatusOr<ModelReader> Of(const QuantizedModel& model,
                                        Payload payload = {});
  static ModelReader Of(const Model& model);

  const ModelConfig& config() const { return *config_; }
  int64_t num_layers() const { return config_->num_layers(); }
  ActivationFormat activation_format() const;

  // A model without blocks: config, positions, last norm, and of the embedding
  // and the LM head those that `vocabulary` names.
  absl::StatusOr<Model> ReadEnds(Vocabulary vocabulary) const;
  // With `threads` the matrices are read in parallel.
  absl::StatusOr<Block> ReadBlock(int64_t layer,
                                  ThreadPool* threads = nullptr) const;
  // The whole model, its weights in one allocation (PlaceWeightsTogether).
  absl::StatusOr<Model> ReadAll(ThreadPool* threads = nullptr) const;

 private:
  // Where a tensor is stored: `tensor` or `linear` is set.
  struct Source {
    const Tensor* tensor = nullptr;
    const QuantizedLinear* linear = nullptr;
    const Tensor* scales = nullptr;  // of an INT8 tensor
  };

  absl::StatusOr<PackedMatrix> PackFloats(const Tensor& tensor) const;
  absl::StatusOr<PackedMatrix> PackInt8(const Source& source) const;
  absl::Status ReadCodes(const QuantizedLinear& quantized,
                         Linear& linear) const;
  absl::Status Read(const Source& source, const Place& place) const;
  // Reads the places that have a source and skips the others.
  absl::Status ReadPlaces(const Places& places, ThreadPool* threads) const;

  const ModelConfig* config_ = nullptr;
  const Scheme* scheme_ = nullptr;    // null: a checkpoint's floats
  const Model* in_memory_ = nullptr;  // instead of all below
  Payload payload_;
  std::map<std::string, Source> sources_;
};

// Whole models, for tools that decode and for tests.
absl::StatusOr<Model> ModelFromCheckpoint(const Checkpoint& checkpoint,
                                          const Payload& payload = {},
                                          ThreadPool* threads = nullptr);
absl::StatusOr<Model> ModelFromQuantized(const QuantizedModel& model,
                                         const Payload& payload = {},
                                         ThreadPool* threads = nullptr);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_MODEL_READER_H_
