#include "tools/export/hugging_face_model.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "tools/export/stored_model.h"

namespace quant_curve {
namespace {

using Values = absl::StatusOr<std::vector<float>>;

// `read` is called when the tensor is written.
struct PlannedTensor {
  std::string name;
  uint64_t size_bytes;  // from data_offsets
  std::function<Values()> read;
};

// The header and the tensors that it describes.
class SafetensorsPlan {
 public:
  void Add(const std::string& name, const Shape& shape,
           std::function<Values()> values) {
    uint64_t size = sizeof(float);
    for (const uint64_t extent : shape) size *= extent;
    header_[name] = {{"dtype", "F32"},
                     {"shape", shape},
                     {"data_offsets", {end_, end_ + size}}};
    end_ += size;
    tensors_.push_back({name, size, std::move(values)});
  }

  absl::Status Write(ByteSink& sink, ProgressSink progress) {
    header_["__metadata__"] = {{"format", "pt"}};
    std::string header = header_.dump();
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const uint64_t size = header.size();
    RETURN_IF_ERROR(
        sink.Append({reinterpret_cast<const char*>(&size), sizeof(size)}));
    RETURN_IF_ERROR(sink.Append(header));
    int64_t done = 0;
    for (const PlannedTensor& tensor : tensors_) {
      ASSIGN_OR_RETURN(const std::vector<float> values, tensor.read());
      const uint64_t value_bytes = values.size() * sizeof(float);
      if (value_bytes != tensor.size_bytes) {
        return absl::InternalError(absl::StrCat(
            "safetensors tensor '", tensor.name, "': ", value_bytes,
            " bytes, its data_offsets span ", tensor.size_bytes));
      }
      RETURN_IF_ERROR(sink.Append(
          {reinterpret_cast<const char*>(values.data()), value_bytes}));
      progress(++done, static_cast<int64_t>(tensors_.size()));
    }
    return absl::OkStatus();
  }

 private:
  Json header_ = Json::object();
  uint64_t end_ = 0;
  std::vector<PlannedTensor> tensors_;
};

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
    ASSIGN_OR_RETURN(const ExportFamily family, FamilyOf(config_));
    family == ExportFamily::kGpt2 ? AddGpt2() : AddLlama();
    if (!config_.tied_embeddings() || FoldsMultiplier(config_)) {
      plan_.Add("lm_head.weight", {config_.vocab_size(), config_.d_model()},
                [this] { return model_.Values(model_.HeadName()); });
    }
    return plan_.Write(sink, progress);
  }

 private:
  void AddGpt2();
  void AddGpt2Block(uint64_t layer);
  void AddLlama();
  void AddLlamaBlock(uint64_t layer);

  void AddEmbedding(const std::string& to) {
    plan_.Add(to, {config_.vocab_size(), config_.d_model()},
              [this] { return model_.InputEmbedding(); });
  }

  // A vector, or a Linear's weight, unchanged.
  void Add(const std::string& from, const std::string& to) {
    const Tensor* tensor = model_.Find(from);
    Shape shape;
    if (tensor != nullptr) {
      shape = {tensor->shape(0)};
    } else {
      const QuantizedLinear& linear = model_.Linear(from);
      shape = {linear.out_features(), linear.in_features()};
    }
    plan_.Add(to, shape, [this, from] { return model_.Values(from); });
  }

  // Weight, and the bias where the model has one.
  void AddBoth(const std::string& from, const std::string& to) {
    Add(from + ".weight", to + ".weight");
    if (model_.Find(from + ".bias") != nullptr) {
      Add(from + ".bias", to + ".bias");
    }
  }

  // Linears of one input, one after another: [in, sum of out] and biases.
  void AddConv1d(const std::vector<std::string>& linears,
                 const std::string& to) {
    uint64_t in = 0, out = 0;
    for (const std::string& name : linears) {
      in = model_.Linear(name + ".weight").in_features();
      out += model_.Linear(name + ".weight").out_features();
    }
    plan_.Add(to + ".weight", {in, out}, [this, linears, in, out]() -> Values {
      std::vector<float> weight;
      for (const std::string& name : linears) {
        ASSIGN_OR_RETURN(const std::vector<float> values,
                         model_.Values(name + ".weight"));
        weight.insert(weight.end(), values.begin(), values.end());
      }
      return Transposed(weight, out, in);
    });
    plan_.Add(to + ".bias", {out}, [this, linears]() -> Values {
      std::vector<float> biases;
      for (const std::string& name : linears) {
        ASSIGN_OR_RETURN(
            const std::vector<float> bias,
            model_.Bias(name + ".bias",
                        model_.Linear(name + ".weight").out_features()));
        biases.insert(biases.end(), bias.begin(), bias.end());
      }
      return biases;
    });
  }

  StoredModel model_;
  const ModelConfig& config_;
  SafetensorsPlan plan_;
};

void HuggingFaceBuilder::AddGpt2() {
  AddEmbedding("transformer.wte.weight");
  plan_.Add("transformer.wpe.weight",
            {config_.context_length(), config_.d_model()},
            [this] { return model_.PositionValues(); });
  for (uint64_t layer = 0; layer < config_.num_layers(); ++layer) {
    AddGpt2Block(layer);
  }
  AddBoth("ln_f", "transformer.ln_f");
}

void HuggingFaceBuilder::AddGpt2Block(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string to = absl::StrCat("transformer.", h);
  AddBoth(h + "ln_1", to + "ln_1");
  AddConv1d({h + "attn.q_proj", h + "attn.k_proj", h + "attn.v_proj"},
            to + "attn.c_attn");
  AddConv1d({h + "attn.o_proj"}, to + "attn.c_proj");
  AddBoth(h + "ln_2", to + "ln_2");
  AddConv1d({h + "mlp.fc1"}, to + "mlp.c_fc");
  AddConv1d({h + "mlp.fc2"}, to + "mlp.c_proj");
}

void HuggingFaceBuilder::AddLlama() {
  AddEmbedding("model.embed_tokens.weight");
  for (uint64_t layer = 0; layer < config_.num_layers(); ++layer) {
    AddLlamaBlock(layer);
  }
  AddBoth("ln_f", "model.norm");
}

void HuggingFaceBuilder::AddLlamaBlock(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string to = absl::StrCat("model.layers.", layer, ".");
  AddBoth(h + "ln_1", to + "input_layernorm");
  AddBoth(h + "ln_2", to + "post_attention_layernorm");
  for (const char* linear : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    AddBoth(absl::StrCat(h, "attn.", linear),
            absl::StrCat(to, "self_attn.", linear));
  }
  for (const char* linear : {"gate_proj", "up_proj", "down_proj"}) {
    AddBoth(absl::StrCat(h, "mlp.", linear), absl::StrCat(to, "mlp.", linear));
  }
}

}  // namespace

absl::Status WriteModelSafetensors(const Artifact<QuantizedModel>& model,
                                   ByteSink& sink, ProgressSink progress) {
  return HuggingFaceBuilder(model).Write(sink, progress);
}

}  // namespace quant_curve
