// A quantized model's tensors by name.
#ifndef QUANT_CURVE_TOOLS_EXPORT_STORED_MODEL_H_
#define QUANT_CURVE_TOOLS_EXPORT_STORED_MODEL_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Views into a valid model, which must outlive them. Tensors are read when they
// are asked for.
class StoredModel {
 public:
  explicit StoredModel(const Artifact<QuantizedModel>& model);

  const ModelConfig& config() const { return model_.config(); }
  const Scheme& scheme() const { return model_.scheme(); }

  const QuantizedLinear& Linear(const std::string& name) const;
  // A tensor other than a Linear's weight; null when the model has none.
  const Tensor* Find(const std::string& name) const;
  // The scales of an int8 embedding; null for floats.
  const Tensor* ScalesOf(const std::string& name) const;
  // "lm_head.weight", or "wte.weight" when that is the LM head, too.
  std::string HeadName() const;

  const Payload& payload() const { return payload_; }
  // Gives the memory of all records of a tensor back (Payload::Drop).
  void Drop(const std::string& name) const;

  // The values of any tensor of the model, as its forward pass knows them.
  absl::StatusOr<std::vector<float>> Values(const std::string& name) const;
  // A bias, of zeros where the model has none.
  absl::StatusOr<std::vector<float>> Bias(const std::string& name,
                                          uint64_t size) const;
  // The token embedding times FoldedMultiplier, each rounded once.
  absl::StatusOr<std::vector<float>> InputEmbedding() const;
  // [context_length, d_model], learned or sinusoidal.
  absl::StatusOr<std::vector<float>> PositionValues() const;

 private:
  const QuantizedModel& model_;
  const Payload& payload_;
  std::map<std::string, const QuantizedLinear*> linears_;
  std::map<std::string, const Tensor*> others_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_STORED_MODEL_H_
