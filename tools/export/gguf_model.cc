#include "tools/export/gguf_model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/status_macros.h"
#include "lib/families/family.h"
#include "lib/families/gguf.h"
#include "lib/model/config.h"
#include "lib/model/positions.h"
#include "tools/export/folded_multiplier.h"

namespace quant_curve {
namespace {

// general.quantization_version: how blocks are laid out since 2023.
constexpr uint32_t kQuantizationVersion = 2;

using Values = absl::StatusOr<std::vector<float>>;

absl::StatusOr<std::string> FloatBytes(const Values& values) {
  RETURN_IF_ERROR(values.status());
  return std::string(BytesOf(*values));
}

class GgufBuilder {
 public:
  explicit GgufBuilder(std::shared_ptr<const StoredModel> model)
      : model_(std::move(model)), config_(model_->config()) {}

  absl::StatusOr<GgufModel> Build() {
    ASSIGN_OR_RETURN(const Family* family, FamilyOf(config_));
    const bool rotary = config_.positions() == ROTARY;
    if (family->gguf.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("models of class ", family->architecture,
                       " are not exported to GGUF; use --format=safetensors"));
    }
    if (config_.has_llama3_rope() && !family->gguf_rope_factors) {
      return absl::InvalidArgumentError(
          absl::StrCat("llama.cpp has no rope scaling of kind llama3 for ",
                       family->gguf, "; use --format=safetensors"));
    }
    RETURN_IF_ERROR(CheckInLlamaCpp(*family, config_));
    RETURN_IF_ERROR(SetFoldsMultiplier(*family));
    AddEmbedding();
    rotary ? AddRopeFactors() : AddPositions();
    rotary ? AddLlamaBlocks(*family) : AddGpt2Blocks();
    AddNorm("ln_f");
    AddHead();
    AddHyperparameters(*family);
    RETURN_IF_ERROR(NoteRoundedNorms());
    return std::move(gguf_);
  }

 private:
  void AddHyperparameters(const Family& family);
  uint32_t FileType() const;
  uint32_t Context(const Family& family) const;
  absl::Status SetFoldsMultiplier(const Family& family);
  absl::Status NoteRoundedNorms();
  void AddEmbedding();
  void AddPositions();
  void AddRopeFactors();
  void AddHead();
  void AddGpt2Blocks();
  void AddLlamaBlocks(const Family& family);
  void AddFusedAttention(uint64_t layer);

  // A Linear; `head_dim` is that of rotary rows, else 0. A bias goes along
  // where the model has one, or, with `needs_bias`, as zeros.
  void AddLinear(const std::string& from, uint64_t head_dim, bool needs_bias);
  void AddNorm(const std::string& from);
  void AddStored(const std::string& from, const std::string& to);
  BlockPlan PlanOf(const std::string& linear) {
    BlockPlan plan = PlanLinear(*model_, linear);
    Note(plan);
    linear_weights_[plan.type] += plan.rows * plan.columns;
    return plan;
  }
  void Note(const BlockPlan& plan) {
    if (!plan.why_rounded.empty()) ++gguf_.rounded[plan.why_rounded];
  }
  void AddMatrix(const std::string& name, const BlockPlan& plan,
                 std::function<absl::StatusOr<std::string>()> data) {
    gguf_.tensors.push_back(
        {name, plan.type, {plan.rows, plan.columns}, std::move(data)});
  }
  // Vectors are F32, whatever the matrices are: ggml adds no others.
  void AddVector(const std::string& name, uint64_t size,
                 std::function<Values()> values) {
    gguf_.tensors.push_back(
        {name, GgmlType::kF32, {size}, [values = std::move(values)] {
           return FloatBytes(values());
         }});
  }

  std::shared_ptr<const StoredModel> model_;
  const ModelConfig& config_;
  bool folds_multiplier_ = false;
  GgufModel gguf_;
  std::map<GgmlType, uint64_t> linear_weights_;  // by the type in the file
};

// llama_ftype of the type that most weights of the Linears have. A scheme does
// not say it: what blocks can't hold goes out as F16 (blocks.h).
uint32_t GgufBuilder::FileType() const {
  constexpr uint32_t kAllF32 = 0, kMostlyF16 = 1, kMostlyQ4 = 2,
                     kMostlyQ4_1 = 3, kMostlyQ8 = 7, kMostlyIq4Nl = 25;
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
    case GgmlType::kQ4_1:
      return kMostlyQ4_1;
    case GgmlType::kQ8_0:
      return kMostlyQ8;
    case GgmlType::kIq4Nl:
      return kMostlyIq4Nl;
  }
  return kAllF32;
}

void GgufBuilder::AddHyperparameters(const Family& family) {
  const absl::string_view architecture = family.gguf;
  GgufMetadata& pairs = gguf_.metadata;
  const auto key = [architecture](absl::string_view rest) {
    return absl::StrCat(architecture, ".", rest);
  };
  pairs.Add("general.architecture", architecture);
  pairs.Add("general.file_type", FileType());
  pairs.Add("general.quantization_version", kQuantizationVersion);
  pairs.Add("general.alignment", uint32_t{kGgufAlignment});
  pairs.Add(key("vocab_size"), config_.vocab_size());
  pairs.Add(key("context_length"), Context(family));
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
  for (const GgufKey& more : family.gguf_keys) {
    std::visit(
        [&](const auto value) {
          if (value != 0) pairs.Add(key(more.name), value);
        },
        GgufFieldOf(more, config_));
  }
  if (config_.positions() != ROTARY) return;
  pairs.Add(key("rope.dimension_count"), head_dim);
  pairs.Add(key("rope.freq_base"), config_.rope_theta());
  if (!config_.has_linear_rope()) return;
  pairs.Add(key("rope.scaling.type"), "linear");
  pairs.Add(key("rope.scaling.factor"), config_.linear_rope().factor());
}

// Where the architecture has no sliding window in llama.cpp, as many tokens as
// the window are computed alike.
uint32_t GgufBuilder::Context(const Family& family) const {
  const uint32_t window = config_.sliding_window();
  const bool has_windows = std::any_of(
      family.gguf_keys.begin(), family.gguf_keys.end(), [](const GgufKey& key) {
        return key.field == ModelConfig::kSlidingWindowFieldNumber;
      });
  return window == 0 || has_windows
             ? config_.context_length()
             : std::min(window, config_.context_length());
}

// llama.cpp multiplies the embedding by the class's own factor, computed in
// float32. Another one goes into the weights of a class without a factor; in
// one with it (Gemma, whose factor is rounded to the dtype of the source) the
// embedding stays the LM head, as in the files of llama.cpp's converter.
absl::Status GgufBuilder::SetFoldsMultiplier(const Family& family) {
  if (family.embedding_factor == nullptr) {
    folds_multiplier_ = FoldsMultiplier(config_);
    return absl::OkStatus();
  }
  constexpr float kBFloat16Rounding = 1.0f / 256;
  const float factor = family.embedding_factor(config_);
  if (!FoldsMultiplier(config_)) return absl::OkStatus();
  const std::string difference =
      absl::StrCat("llama.cpp multiplies the token embedding by ", factor,
                   ", the model by ", config_.embedding_multiplier());
  if (std::fabs(FoldedMultiplier(config_) - 1) > kBFloat16Rounding) {
    return absl::InvalidArgumentError(
        absl::StrCat(difference, "; use --format=safetensors"));
  }
  gguf_.notes.push_back(difference);
  return absl::OkStatus();
}

// llama.cpp divides each frequency by its factor, as convert_hf_to_gguf.py
// writes them for Llama 3.1.
void GgufBuilder::AddRopeFactors() {
  if (!config_.has_llama3_rope()) return;
  const ModelConfig config = config_;
  AddVector("rope_freqs.weight", HeadDim(config) / 2, [config]() -> Values {
    ModelConfig unscaled = config;
    unscaled.clear_rope_scaling();
    const std::vector<double> from = RotaryFrequencies(unscaled);
    const std::vector<double> to = RotaryFrequencies(config);
    std::vector<float> factors(to.size());
    for (size_t i = 0; i < to.size(); ++i) {
      factors[i] = static_cast<float>(from[i] / to[i]);
    }
    return factors;
  });
}

void GgufBuilder::AddStored(const std::string& from, const std::string& to) {
  const BlockPlan plan = PlanTensor(*model_, from);
  Note(plan);
  AddMatrix(to, plan,
            [model = model_, from] { return TensorBlocks(*model, from); });
}

void GgufBuilder::AddEmbedding() {
  if (!folds_multiplier_) {
    return AddStored("wte.weight", "token_embd.weight");
  }
  AddMatrix("token_embd.weight",
            {GgmlType::kF32, config_.vocab_size(), config_.d_model(), ""},
            [model = model_] { return FloatBytes(model->InputEmbedding()); });
}

// Without output.weight the runtime takes the token embedding.
void GgufBuilder::AddHead() {
  if (config_.tied_embeddings() && !folds_multiplier_) return;
  AddStored(model_->HeadName(), "output.weight");
}

void GgufBuilder::AddPositions() {
  if (config_.positions() == LEARNED) {
    return AddStored("wpe.weight", "position_embd.weight");
  }
  AddMatrix("position_embd.weight",
            {GgmlType::kF32, config_.context_length(), config_.d_model(), ""},
            [model = model_] { return FloatBytes(model->PositionValues()); });
}

// llama.cpp multiplies by the weight alone: what is added to it goes along.
void GgufBuilder::AddNorm(const std::string& from) {
  const auto add = [&](absl::string_view part) {
    const std::string name = absl::StrCat(from, part);
    AddVector(GgufTensorName(name), model_->Find(name)->shape(0),
              [model = model_, name]() -> Values {
                ASSIGN_OR_RETURN(std::vector<float> values,
                                 model->Values(name));
                if (!model->config().norm_adds_one()) return values;
                for (float& value : values) value += 1;
                return values;
              });
  };
  add(".weight");
  if (model_->Find(from + ".bias") != nullptr) add(".bias");
}

// The sums that AddNorm writes are rounded to float32. Weights that were
// bfloat16 of at least 2^-16 lose nothing.
absl::Status GgufBuilder::NoteRoundedNorms() {
  if (!config_.norm_adds_one()) return absl::OkStatus();
  uint64_t rounded = 0;
  for (const TensorSpec& spec : TensorSpecs(config_)) {
    if (spec.role != TensorRole::kNorm) continue;
    ASSIGN_OR_RETURN(const std::vector<float> values,
                     model_->Values(spec.name));
    for (const float value : values) rounded += (value + 1) - 1 != value;
  }
  if (rounded > 0) {
    gguf_.notes.push_back(absl::StrCat(
        rounded, " weights of norms are rounded: the file holds 1 + weight"));
  }
  return absl::OkStatus();
}

void GgufBuilder::AddLinear(const std::string& from, uint64_t head_dim,
                            bool needs_bias) {
  const std::string weight = from + ".weight";
  const BlockPlan plan = PlanOf(weight);
  const auto in_order = [head_dim](absl::StatusOr<std::string> rows,
                                   uint64_t row_bytes) {
    if (!rows.ok() || head_dim == 0) return rows;
    return absl::StatusOr<std::string>(
        InterleaveRotaryRows(*rows, row_bytes, head_dim));
  };
  const uint64_t row_bytes = RowBytes(plan.type, plan.columns);
  AddMatrix(GgufTensorName(weight), plan,
            [model = model_, weight, in_order, row_bytes] {
              return in_order(LinearBlocks(*model, weight), row_bytes);
            });
  const std::string bias = from + ".bias";
  if (model_->Find(bias) == nullptr && !needs_bias) return;
  const uint64_t out = plan.rows;
  gguf_.tensors.push_back({GgufTensorName(bias),
                           GgmlType::kF32,
                           {out},
                           [model = model_, bias, out, in_order] {
                             return in_order(FloatBytes(model->Bias(bias, out)),
                                             sizeof(float));
                           }});
}

// Rows of q, then k, then v: they are of one scheme and width, so of one type.
void GgufBuilder::AddFusedAttention(uint64_t layer) {
  BlockPlan fused{GgmlType::kF32, 0, config_.d_model(), ""};
  std::vector<std::pair<std::string, uint64_t>> parts;  // names and outputs
  for (const char* part : {"attn.q_proj", "attn.k_proj", "attn.v_proj"}) {
    const std::string name = LayerTensorName(layer, part);
    const BlockPlan plan = PlanOf(name + ".weight");
    fused.type = plan.type;
    fused.rows += plan.rows;
    parts.push_back({name, plan.rows});
  }
  const std::string to = absl::StrCat("blk.", layer, ".attn_qkv");
  AddMatrix(to + ".weight", fused,
            [model = model_, parts]() -> absl::StatusOr<std::string> {
              std::string rows;
              for (const auto& [name, out] : parts) {
                ASSIGN_OR_RETURN(const std::string bytes,
                                 LinearBlocks(*model, name + ".weight"));
                rows += bytes;
              }
              return rows;
            });
  AddVector(to + ".bias", fused.rows, [model = model_, parts]() -> Values {
    std::vector<float> biases;
    for (const auto& [name, out] : parts) {
      ASSIGN_OR_RETURN(const std::vector<float> bias,
                       model->Bias(name + ".bias", out));
      biases.insert(biases.end(), bias.begin(), bias.end());
    }
    return biases;
  });
}

void GgufBuilder::AddGpt2Blocks() {
  for (uint64_t layer = 0; layer < config_.num_layers(); ++layer) {
    AddNorm(LayerTensorName(layer, "ln_1"));
    AddFusedAttention(layer);
    AddLinear(LayerTensorName(layer, "attn.o_proj"), 0, true);
    AddNorm(LayerTensorName(layer, "ln_2"));
    AddLinear(LayerTensorName(layer, "mlp.fc1"), 0, true);
    AddLinear(LayerTensorName(layer, "mlp.fc2"), 0, true);
  }
}

// In the order of TensorSpecs; a bias comes with its weight.
void GgufBuilder::AddLlamaBlocks(const Family& family) {
  for (const TensorSpec& spec : TensorSpecs(config_)) {
    absl::string_view name = spec.name;
    if (!absl::StartsWith(name, "h.") ||
        !absl::ConsumeSuffix(&name, ".weight")) {
      continue;
    }
    const std::string from(name);
    if (spec.role == TensorRole::kNorm) {
      AddNorm(from);
      continue;
    }
    const bool turned =
        absl::EndsWith(name, ".q_proj") || absl::EndsWith(name, ".k_proj");
    const bool moves = turned && family.gguf_turns_neighbours;
    AddLinear(from, moves ? HeadDim(config_) : 0, false);
  }
}

}  // namespace

absl::StatusOr<GgufModel> MakeGgufModel(const Artifact<QuantizedModel>& model) {
  return GgufBuilder(std::make_shared<const StoredModel>(model)).Build();
}

}  // namespace quant_curve
