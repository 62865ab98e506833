#include "tools/export/hugging_face_model.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/families/family.h"
#include "lib/model/config.h"
#include "tools/export/folded_multiplier.h"
#include "tools/export/safetensors_plan.h"
#include "tools/export/stored_model.h"

namespace quant_curve {
namespace {

using Values = absl::StatusOr<std::vector<float>>;

// [rows, columns] to [columns, rows].
std::vector<float> Transposed(absl::Span<const float> matrix, uint64_t rows,
                              uint64_t columns) {
  std::vector<float> transposed(matrix.size());
  for (uint64_t row = 0; row < rows; ++row) {
    for (uint64_t column = 0; column < columns; ++column) {
      transposed[column * rows + row] = matrix[row * columns + column];
    }
  }
  return transposed;
}

class HuggingFaceBuilder {
 public:
  explicit HuggingFaceBuilder(const Artifact<QuantizedModel>& model)
      : model_(model), config_(model.message.config()) {}

  absl::Status Write(ByteSink& sink, ProgressSink progress) {
    ASSIGN_OR_RETURN(const Family* family, FamilyOf(config_));
    AddTensors(*family);
    if (!config_.tied_embeddings() || FoldsMultiplier(config_)) {
      AddFloats("lm_head.weight", {config_.vocab_size(), config_.d_model()},
                [this] { return model_.Values(model_.HeadName()); });
    }
    return plan_.Write(sink, progress);
  }

 private:
  // All but the LM head. Tensors of one name, GPT-2's q, k and v, are fused.
  void AddTensors(const Family& family) {
    std::vector<std::string> names;  // in the order of their first tensors
    std::map<std::string, std::vector<TensorSpec>> fused;
    for (const TensorSpec& spec : TensorSpecs(family.exported(config_))) {
      if (spec.name == "lm_head.weight") continue;
      const StoredTensor stored = family.stored(spec.name);
      if (fused.count(stored.name) == 0) names.push_back(stored.name);
      fused[stored.name].push_back(spec);
    }
    for (const std::string& name : names) {
      const std::vector<TensorSpec>& specs = fused[name];
      if (family.stored(specs[0].name).conv1d) {
        AddConv1d(specs, name);
      } else {
        Add(specs[0], name);
      }
    }
  }

  void AddFloats(const std::string& name, const Shape& shape,
                 std::function<Values()> read) {
    uint64_t size = sizeof(float);
    for (const uint64_t extent : shape) size *= extent;
    plan_.Add(name, "F32", shape, size,
              [read = std::move(read)](ByteSink& sink) -> absl::Status {
                ASSIGN_OR_RETURN(const std::vector<float> values, read());
                return sink.Append(BytesOf(values));
              });
  }

  void Add(const TensorSpec& spec, const std::string& to) {
    AddFloats(to, spec.shape, [this, spec]() -> Values {
      if (spec.name == "wte.weight") return model_.InputEmbedding();
      if (spec.role == TensorRole::kPositions) return model_.PositionValues();
      if (spec.role != TensorRole::kLinearBias) return model_.Values(spec.name);
      return model_.Bias(spec.name, spec.shape[0]);
    });
  }

  // Linears of one input, one after another: [in, sum of out]; or their biases.
  void AddConv1d(const std::vector<TensorSpec>& specs, const std::string& to) {
    uint64_t out = 0;
    for (const TensorSpec& spec : specs) out += spec.shape[0];
    const bool is_bias = specs[0].role == TensorRole::kLinearBias;
    const uint64_t in = is_bias ? 1 : specs[0].shape[1];
    AddFloats(to, is_bias ? Shape{out} : Shape{in, out},
              [this, specs, is_bias, in, out]() -> Values {
                std::vector<float> all;
                for (const TensorSpec& spec : specs) {
                  ASSIGN_OR_RETURN(const std::vector<float> values,
                                   is_bias
                                       ? model_.Bias(spec.name, spec.shape[0])
                                       : model_.Values(spec.name));
                  all.insert(all.end(), values.begin(), values.end());
                }
                return Transposed(all, out, in);
              });
  }

  StoredModel model_;
  const ModelConfig& config_;
  SafetensorsPlan plan_;
};

}  // namespace

absl::Status WriteModelSafetensors(const Artifact<QuantizedModel>& model,
                                   ByteSink& sink, ProgressSink progress) {
  return HuggingFaceBuilder(model).Write(sink, progress);
}

}  // namespace quant_curve
