#include "tools/export/gguf_model.h"

#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

// general.quantization_version: how blocks are laid out since 2023.
constexpr uint32_t kQuantizationVersion = 2;

std::string FloatBytes(absl::Span<const float> values) {
  return std::string(reinterpret_cast<const char*>(values.data()),
                     values.size() * sizeof(float));
}

class GgufBuilder {
 public:
  explicit GgufBuilder(const QuantizedModel& model)
      : model_(model), config_(model.config()) {}

  absl::StatusOr<GgufModel> Build() {
    ASSIGN_OR_RETURN(const ExportFamily family, FamilyOf(config_));
    const bool llama = family == ExportFamily::kLlama;
    RETURN_IF_ERROR(AddEmbedding());
    if (!llama) RETURN_IF_ERROR(AddPositions());
    for (uint64_t i = 0; i < config_.num_layers(); ++i) {
      RETURN_IF_ERROR(llama ? AddLlamaBlock(i) : AddGpt2Block(i));
    }
    RETURN_IF_ERROR(AddNorm("ln_f", "output_norm"));
    RETURN_IF_ERROR(AddHead());
    AddHyperparameters(llama ? "llama" : "gpt2");
    return std::move(gguf_);
  }

 private:
  void AddHyperparameters(absl::string_view architecture);
  uint32_t FileType() const;
  absl::Status AddEmbedding();
  absl::Status AddPositions();
  absl::Status AddHead();
  absl::Status AddGpt2Block(uint64_t layer);
  absl::Status AddLlamaBlock(uint64_t layer);
  absl::Status AddFusedAttention(uint64_t layer);

  // A Linear; `head_dim` is that of rotary rows, else 0. A bias goes along
  // where the model has one, or, with `needs_bias`, as zeros.
  absl::Status AddLinear(const std::string& from, const std::string& to,
                         uint64_t head_dim, bool needs_bias);
  absl::Status AddNorm(const std::string& from, const std::string& to);
  absl::Status AddStored(const std::string& from, const std::string& to);
  absl::StatusOr<BlockMatrix> ReadLinear(const std::string& name) {
    ASSIGN_OR_RETURN(BlockMatrix matrix,
                     LinearBlocks(model_, name, gguf_.rounded));
    linear_weights_[matrix.type] += matrix.rows * matrix.columns;
    return matrix;
  }
  void AddMatrix(const std::string& name, BlockMatrix matrix) {
    gguf_.tensors.push_back({name,
                             matrix.type,
                             {matrix.rows, matrix.columns},
                             std::move(matrix.bytes)});
  }
  // Vectors are F32, whatever the matrices are: ggml adds no others.
  void AddVector(const std::string& name, absl::Span<const float> values) {
    gguf_.tensors.push_back(
        {name, GgmlType::kF32, {values.size()}, FloatBytes(values)});
  }

  StoredModel model_;
  const ModelConfig& config_;
  GgufModel gguf_;
  std::map<GgmlType, uint64_t> linear_weights_;  // by the type in the file
};

// llama_ftype of the type that most weights of the Linears have. A scheme does
// not say it: what blocks can't hold goes out as F16 (blocks.h).
uint32_t GgufBuilder::FileType() const {
  constexpr uint32_t kAllF32 = 0, kMostlyF16 = 1, kMostlyQ4 = 2, kMostlyQ8 = 7;
  std::pair<uint64_t, GgmlType> most = {0, GgmlType::kF32};
  for (const auto& [type, weights] : linear_weights_) {
    if (weights > most.first) most = {weights, type};
  }
  switch (most.second) {
    case GgmlType::kF32:
      return kAllF32;
    case GgmlType::kF16:
      return kMostlyF16;
    case GgmlType::kQ4_0:
      return kMostlyQ4;
    case GgmlType::kQ8_0:
      return kMostlyQ8;
  }
  return kAllF32;
}

void GgufBuilder::AddHyperparameters(absl::string_view architecture) {
  GgufMetadata& pairs = gguf_.metadata;
  const auto key = [architecture](absl::string_view rest) {
    return absl::StrCat(architecture, ".", rest);
  };
  pairs.Add("general.architecture", architecture);
  pairs.Add("general.file_type", FileType());
  pairs.Add("general.quantization_version", kQuantizationVersion);
  pairs.Add("general.alignment", uint32_t{kGgufAlignment});
  pairs.Add(key("vocab_size"), config_.vocab_size());
  pairs.Add(key("context_length"), config_.context_length());
  pairs.Add(key("embedding_length"), config_.d_model());
  pairs.Add(key("block_count"), config_.num_layers());
  pairs.Add(key("feed_forward_length"), config_.d_ff());
  pairs.Add(key("attention.head_count"), config_.num_heads());
  pairs.Add(key("attention.head_count_kv"),
            static_cast<uint32_t>(NumKvHeads(config_)));
  const uint32_t head_dim = HeadDim(config_);
  pairs.Add(key("attention.key_length"), head_dim);
  pairs.Add(key("attention.value_length"), head_dim);
  const bool rms = config_.normalization() == RMS_NORM;
  pairs.Add(key(rms ? "attention.layer_norm_rms_epsilon"
                    : "attention.layer_norm_epsilon"),
            config_.layer_norm_epsilon());
  if (config_.positions() != ROTARY) return;
  pairs.Add(key("rope.dimension_count"), head_dim);
  pairs.Add(key("rope.freq_base"), config_.rope_theta());
}

absl::Status GgufBuilder::AddStored(const std::string& from,
                                    const std::string& to) {
  ASSIGN_OR_RETURN(BlockMatrix matrix,
                   TensorBlocks(model_, from, gguf_.rounded));
  AddMatrix(to, std::move(matrix));
  return absl::OkStatus();
}

absl::Status GgufBuilder::AddEmbedding() {
  if (!FoldsMultiplier(config_)) {
    return AddStored("wte.weight", "token_embd.weight");
  }
  ASSIGN_OR_RETURN(const std::vector<float> values, model_.InputEmbedding());
  AddMatrix("token_embd.weight", {GgmlType::kF32, config_.vocab_size(),
                                  config_.d_model(), FloatBytes(values)});
  return absl::OkStatus();
}

// Without output.weight the runtime takes the token embedding.
absl::Status GgufBuilder::AddHead() {
  if (config_.tied_embeddings() && !FoldsMultiplier(config_)) {
    return absl::OkStatus();
  }
  return AddStored(model_.HeadName(), "output.weight");
}

absl::Status GgufBuilder::AddPositions() {
  if (config_.positions() == LEARNED) {
    return AddStored("wpe.weight", "position_embd.weight");
  }
  ASSIGN_OR_RETURN(const std::vector<float> values, model_.PositionValues());
  AddMatrix("position_embd.weight", {GgmlType::kF32, config_.context_length(),
                                     config_.d_model(), FloatBytes(values)});
  return absl::OkStatus();
}

absl::Status GgufBuilder::AddNorm(const std::string& from,
                                  const std::string& to) {
  ASSIGN_OR_RETURN(const std::vector<float> scale,
                   model_.Values(from + ".weight"));
  AddVector(to + ".weight", scale);
  if (config_.normalization() == RMS_NORM) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<float> shift,
                   model_.Values(from + ".bias"));
  AddVector(to + ".bias", shift);
  return absl::OkStatus();
}

absl::Status GgufBuilder::AddLinear(const std::string& from,
                                    const std::string& to, uint64_t head_dim,
                                    bool needs_bias) {
  ASSIGN_OR_RETURN(BlockMatrix matrix, ReadLinear(from + ".weight"));
  const uint64_t out = matrix.rows;
  if (head_dim > 0) {
    matrix.bytes =
        InterleaveRotaryRows(matrix.bytes, matrix.row_bytes(), head_dim);
  }
  AddMatrix(to + ".weight", std::move(matrix));
  const std::string bias = from + ".bias";
  if (model_.Find(bias) == nullptr && !needs_bias) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<float> values, model_.Bias(bias, out));
  AddVector(to + ".bias", values);
  if (head_dim > 0) {
    std::string& bytes = gguf_.tensors.back().data;
    bytes = InterleaveRotaryRows(bytes, sizeof(float), head_dim);
  }
  return absl::OkStatus();
}

// Rows of q, then k, then v: they are of one scheme and width, so of one type.
absl::Status GgufBuilder::AddFusedAttention(uint64_t layer) {
  BlockMatrix fused{GgmlType::kF32, 0, config_.d_model(), ""};
  std::vector<float> biases;
  for (const char* part : {"attn.q_proj", "attn.k_proj", "attn.v_proj"}) {
    const std::string name = LayerTensorName(layer, part);
    ASSIGN_OR_RETURN(const BlockMatrix matrix, ReadLinear(name + ".weight"));
    fused.type = matrix.type;
    fused.rows += matrix.rows;
    fused.bytes += matrix.bytes;
    ASSIGN_OR_RETURN(const std::vector<float> bias,
                     model_.Bias(name + ".bias", matrix.rows));
    biases.insert(biases.end(), bias.begin(), bias.end());
  }
  const std::string to = absl::StrCat("blk.", layer, ".attn_qkv");
  AddMatrix(to + ".weight", std::move(fused));
  AddVector(to + ".bias", biases);
  return absl::OkStatus();
}

absl::Status GgufBuilder::AddGpt2Block(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string blk = absl::StrCat("blk.", layer, ".");
  RETURN_IF_ERROR(AddNorm(h + "ln_1", blk + "attn_norm"));
  RETURN_IF_ERROR(AddFusedAttention(layer));
  const auto add = [&](absl::string_view from, absl::string_view to) {
    return AddLinear(absl::StrCat(h, from), absl::StrCat(blk, to), 0, true);
  };
  RETURN_IF_ERROR(add("attn.o_proj", "attn_output"));
  RETURN_IF_ERROR(AddNorm(h + "ln_2", blk + "ffn_norm"));
  RETURN_IF_ERROR(add("mlp.fc1", "ffn_up"));
  return add("mlp.fc2", "ffn_down");
}

absl::Status GgufBuilder::AddLlamaBlock(uint64_t layer) {
  const std::string h = LayerTensorName(layer, "");
  const std::string blk = absl::StrCat("blk.", layer, ".");
  const uint64_t head_dim = HeadDim(config_);
  const auto add = [&](absl::string_view from, absl::string_view to,
                       uint64_t rotary) {
    return AddLinear(absl::StrCat(h, from), absl::StrCat(blk, to), rotary,
                     false);
  };
  RETURN_IF_ERROR(AddNorm(h + "ln_1", blk + "attn_norm"));
  RETURN_IF_ERROR(add("attn.q_proj", "attn_q", head_dim));
  RETURN_IF_ERROR(add("attn.k_proj", "attn_k", head_dim));
  RETURN_IF_ERROR(add("attn.v_proj", "attn_v", 0));
  RETURN_IF_ERROR(add("attn.o_proj", "attn_output", 0));
  RETURN_IF_ERROR(AddNorm(h + "ln_2", blk + "ffn_norm"));
  RETURN_IF_ERROR(add("mlp.gate_proj", "ffn_gate", 0));
  RETURN_IF_ERROR(add("mlp.up_proj", "ffn_up", 0));
  return add("mlp.down_proj", "ffn_down", 0);
}

}  // namespace

absl::StatusOr<GgufModel> MakeGgufModel(const QuantizedModel& model) {
  return GgufBuilder(model).Build();
}

}  // namespace quant_curve
