#include "tools/export/hugging_face_model.h"

#include <cstring>
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

// Tensors one after another, and the header that says where.
class SafetensorsWriter {
 public:
  void Add(const std::string& name, const Shape& shape,
           absl::Span<const float> values) {
    const uint64_t begin = data_.size();
    data_.append(reinterpret_cast<const char*>(values.data()),
                 values.size() * sizeof(float));
    header_[name] = {{"dtype", "F32"},
                     {"shape", shape},
                     {"data_offsets", {begin, data_.size()}}};
  }

  std::string Bytes() {
    header_["__metadata__"] = {{"format", "pt"}};
    std::string header = header_.dump();
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const uint64_t size = header.size();
    std::string bytes(sizeof(size), '\0');
    std::memcpy(&bytes[0], &size, sizeof(size));
    bytes.reserve(bytes.size() + header.size() + data_.size());
    return bytes.append(header).append(data_);
  }

 private:
  Json header_ = Json::object();
  std::string data_;
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
  explicit HuggingFaceBuilder(const QuantizedModel& model)
      : model_(model), config_(model.config()) {}

  absl::StatusOr<std::string> Build() {
    ASSIGN_OR_RETURN(const ExportFamily family, FamilyOf(config_));
    RETURN_IF_ERROR(family == ExportFamily::kGpt2 ? AddGpt2() : AddLlama());
    if (!config_.tied_embeddings() || FoldsMultiplier(config_)) {
      ASSIGN_OR_RETURN(const std::vector<float> head,
                       model_.Values(model_.HeadName()));
      writer_.Add("lm_head.weight", {config_.vocab_size(), config_.d_model()},
                  head);
    }
    return writer_.Bytes();
  }

 private:
  absl::Status AddGpt2();
  absl::Status AddGpt2Block(uint64_t layer);
  absl::Status AddLlama();
  absl::Status AddLlamaBlock(uint64_t layer);

  absl::Status AddEmbedding(const std::string& to) {
    ASSIGN_OR_RETURN(const std::vector<float> values, model_.InputEmbedding());
    writer_.Add(to, {config_.vocab_size(), config_.d_model()}, values);
    return absl::OkStatus();
  }

  // A vector, or a Linear's weight as it stands.
  absl::Status Add(const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(const std::vector<float> values, model_.Values(from));
    const Tensor* tensor = model_.Find(from);
    if (tensor != nullptr) {
      writer_.Add(to, {values.size()}, values);
      return absl::OkStatus();
    }
    const QuantizedLinear& linear = model_.Linear(from);
    writer_.Add(to, {linear.out_features(), linear.in_features()}, values);
    return absl::OkStatus();
  }

  // Weight, and the bias where the model has one.
  absl::Status AddBoth(const std::string& from, const std::string& to) {
    RETURN_IF_ERROR(Add(from + ".weight", to + ".weight"));
    if (model_.Find(from + ".bias") == nullptr) return absl::OkStatus();
    return Add(from + ".bias", to + ".bias");
  }

  // Linears of one input, one after another: [in, sum of out] and biases.
  absl::Status AddConv1d(const std::vector<std::string>& linears,
                         const std::string& to) {
    std::vector<float> weight, bias;
    uint64_t in = 0;
    for (const std::string& name : linears) {
      in = model_.Linear(name + ".weight").in_features();
      ASSIGN_OR_RETURN(const std::vector<float> values,
                       model_.Values(name + ".weight"));
      weight.insert(weight.end(), values.begin(), values.end());
      ASSIGN_OR_RETURN(const std::vector<float> biases,
                       model_.Bias(name + ".bias", values.size() / in));
      bias.insert(bias.end(), biases.begin(), biases.end());
    }
    writer_.Add(to + ".weight", {in, bias.size()},
                Transposed(weight, bias.size(), in));
    writer_.Add(to + ".bias", {bias.size()}, bias);
    return absl::OkStatus();
  }

  StoredModel model_;
  const ModelConfig& config_;
  SafetensorsWriter writer_;
};

absl::Status HuggingFaceBuilder::AddGpt2() {
  RETURN_IF_ERROR(AddEmbedding("transformer.wte.weight"));
  ASSIGN_OR_RETURN(const std::vector<float> positions, model_.PositionValues());
  writer_.Add("transformer.wpe.weight",
              {config_.context_length(), config_.d_model()}, positions);
  for (uint64_t layer = 0; layer < config_.num_layers(); ++layer) {
    RETURN_IF_ERROR(AddGpt2Block(layer));
  }
  return AddBoth("ln_f", "transformer.ln_f");
}

absl::Status HuggingFaceBuilder::AddGpt2Block(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string to = absl::StrCat("transformer.", h);
  RETURN_IF_ERROR(AddBoth(h + "ln_1", to + "ln_1"));
  RETURN_IF_ERROR(
      AddConv1d({h + "attn.q_proj", h + "attn.k_proj", h + "attn.v_proj"},
                to + "attn.c_attn"));
  RETURN_IF_ERROR(AddConv1d({h + "attn.o_proj"}, to + "attn.c_proj"));
  RETURN_IF_ERROR(AddBoth(h + "ln_2", to + "ln_2"));
  RETURN_IF_ERROR(AddConv1d({h + "mlp.fc1"}, to + "mlp.c_fc"));
  return AddConv1d({h + "mlp.fc2"}, to + "mlp.c_proj");
}

absl::Status HuggingFaceBuilder::AddLlama() {
  RETURN_IF_ERROR(AddEmbedding("model.embed_tokens.weight"));
  for (uint64_t layer = 0; layer < config_.num_layers(); ++layer) {
    RETURN_IF_ERROR(AddLlamaBlock(layer));
  }
  return AddBoth("ln_f", "model.norm");
}

absl::Status HuggingFaceBuilder::AddLlamaBlock(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string to = absl::StrCat("model.layers.", layer, ".");
  RETURN_IF_ERROR(AddBoth(h + "ln_1", to + "input_layernorm"));
  RETURN_IF_ERROR(AddBoth(h + "ln_2", to + "post_attention_layernorm"));
  for (const char* linear : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    RETURN_IF_ERROR(AddBoth(absl::StrCat(h, "attn.", linear),
                            absl::StrCat(to, "self_attn.", linear)));
  }
  for (const char* linear : {"gate_proj", "up_proj", "down_proj"}) {
    RETURN_IF_ERROR(AddBoth(absl::StrCat(h, "mlp.", linear),
                            absl::StrCat(to, "mlp.", linear)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ModelSafetensors(const QuantizedModel& model) {
  return HuggingFaceBuilder(model).Build();
}

}  // namespace quant_curve
