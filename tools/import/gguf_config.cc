#include "tools/import/gguf_config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/families/family.h"
#include "lib/families/gguf.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "lib/model/positions.h"

namespace quant_curve {
namespace {

constexpr char kRopeFactors[] = "rope_freqs.weight";

// The keys that are read of all architectures, without "<architecture>." before
// them. Family::gguf_keys has the others.
constexpr absl::string_view kKeys[] = {"vocab_size",
                                       "context_length",
                                       "embedding_length",
                                       "block_count",
                                       "feed_forward_length",
                                       "attention.head_count",
                                       "attention.head_count_kv",
                                       "attention.key_length",
                                       "attention.value_length",
                                       "attention.layer_norm_rms_epsilon",
                                       "attention.layer_norm_epsilon",
                                       "rope.dimension_count",
                                       "rope.freq_base",
                                       "rope.scaling.type",
                                       "rope.scaling.factor"};

// The keys of one architecture.
class Keys {
 public:
  Keys(const GgufFile& file, const Family& family)
      : file_(file), family_(family) {}

  std::string Name(absl::string_view key) const {
    return absl::StrCat(family_.gguf, ".", key);
  }

  absl::Status Refuse(absl::string_view key, absl::string_view why) const {
    return file_.Refuse(absl::StrCat(Name(key), " ", why));
  }

  // An integer of 32 bits.
  absl::StatusOr<uint32_t> SizeOr(absl::string_view key,
                                  uint32_t otherwise) const {
    ASSIGN_OR_RETURN(const GgufValue* value,
                     file_.FindScalar(Name(key), GgufKind::kInteger));
    if (value == nullptr) return otherwise;
    const double number = value->numbers[0];
    if (number >= 0 && number <= std::numeric_limits<uint32_t>::max()) {
      return static_cast<uint32_t>(number);
    }
    return Refuse(key, absl::StrCat("is ", number, ": must be in [0, 2^32)"));
  }

  absl::StatusOr<uint32_t> Size(absl::string_view key) const {
    if (file_.metadata().count(Name(key)) == 0) {
      return Refuse(key, "is missing");
    }
    return SizeOr(key, 0);
  }

  absl::StatusOr<float> PositiveOr(absl::string_view key,
                                   float otherwise) const {
    ASSIGN_OR_RETURN(const GgufValue* value,
                     file_.FindScalar(Name(key), GgufKind::kFloat));
    if (value == nullptr) return otherwise;
    const double number = value->numbers[0];
    if (number > 0 && number <= std::numeric_limits<float>::max()) {
      return static_cast<float>(number);
    }
    return Refuse(key,
                  absl::StrCat("is ", number, ": must be positive and finite"));
  }

  // Refuses another value than `expected`.
  absl::Status RequireSize(absl::string_view key, uint64_t expected) const {
    ASSIGN_OR_RETURN(const uint32_t value,
                     SizeOr(key, static_cast<uint32_t>(expected)));
    if (value == expected) return absl::OkStatus();
    return Refuse(key, absl::StrCat("is ", value, ", only ", expected,
                                    " is supported in this model"));
  }

  absl::Status CheckKnown() const {
    std::vector<std::string> unknown;
    const std::string prefix = Name("");
    for (const auto& [key, value] : file_.metadata()) {
      if (!absl::StartsWith(key, prefix)) continue;
      const auto rest = absl::string_view(key).substr(prefix.size());
      if (!IsKnown(rest)) unknown.push_back(Excerpt(key));
    }
    if (unknown.empty()) return absl::OkStatus();
    constexpr size_t kMaxListed = 20;
    const size_t more = unknown.size() - std::min(unknown.size(), kMaxListed);
    unknown.resize(unknown.size() - more);
    return file_.Refuse(absl::StrCat(
        "says what this reader does not support: ",
        absl::StrJoin(unknown, ", "),
        more == 0 ? "" : absl::StrCat(" and ", more, " more keys")));
  }

  // Sets the fields that Family::gguf_keys names; num_layers must be set.
  absl::Status ReadFamilysOwn(ModelConfig& model) const {
    for (const GgufKey& key : family_.gguf_keys) {
      if (file_.metadata().count(Name(key.name)) == 0) continue;
      std::variant<uint32_t, float> value = GgufFieldOf(key, model);
      if (std::holds_alternative<float>(value)) {
        ASSIGN_OR_RETURN(value, PositiveOr(key.name, 0));
      } else {
        ASSIGN_OR_RETURN(value, SizeOr(key.name, 0));
      }
      SetGgufField(key, value, model);
    }
    return absl::OkStatus();
  }

  // Refuses values that llama.cpp does not compute with.
  absl::Status CheckFamilysOwn(const ModelConfig& in_file,
                               const ModelConfig& in_llama_cpp) const {
    for (const GgufKey& key : family_.gguf_keys) {
      if (file_.metadata().count(Name(key.name)) == 0 ||
          GgufFieldOf(key, in_file) == GgufFieldOf(key, in_llama_cpp)) {
        continue;
      }
      return Refuse(key.name, absl::StrCat("has a value that llama.cpp's ",
                                           family_.gguf, " does not take"));
    }
    return absl::OkStatus();
  }

 private:
  bool IsKnown(absl::string_view key) const {
    return std::find(std::begin(kKeys), std::end(kKeys), key) !=
               std::end(kKeys) ||
           std::any_of(
               family_.gguf_keys.begin(), family_.gguf_keys.end(),
               [key](const GgufKey& known) { return known.name == key; });
  }

  const GgufFile& file_;
  const Family& family_;
};

std::string ArchitectureNames() {
  std::vector<absl::string_view> names;
  for (const Family& family : Families()) {
    const bool listed =
        std::find(names.begin(), names.end(), family.gguf) != names.end();
    if (!family.gguf.empty() && !listed) names.push_back(family.gguf);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<const Family*> ReadArchitecture(const GgufFile& file) {
  ASSIGN_OR_RETURN(const GgufValue* type,
                   file.FindScalar("general.type", GgufKind::kString));
  if (type != nullptr && type->texts[0] != "model") {
    return file.Refuse(absl::StrCat("general.type is ", Excerpt(type->texts[0]),
                                    ", only a model is read"));
  }
  ASSIGN_OR_RETURN(const GgufValue* name,
                   file.FindScalar("general.architecture", GgufKind::kString));
  if (name == nullptr) return file.Refuse("general.architecture is missing");
  const Family* family =
      name->texts[0].empty() ? nullptr : FindGgufFamily(name->texts[0]);
  if (family != nullptr) return family;
  return file.Refuse(absl::StrCat("general.architecture is ",
                                  Excerpt(name->texts[0]), ", supported are ",
                                  ArchitectureNames()));
}

bool Has(const GgufFile& file, const std::string& tensor) {
  return file.entries().count(tensor) > 0;
}

// Rows of the token embedding; metadata may leave the number out.
absl::StatusOr<uint32_t> ReadVocabSize(const GgufFile& file, const Keys& keys) {
  const auto embedding = file.entries().find("token_embd.weight");
  if (embedding == file.entries().end()) {
    return file.Refuse("tensor 'token_embd.weight' is missing");
  }
  const uint64_t rows = embedding->second.shape[0];
  if (rows > std::numeric_limits<uint32_t>::max()) {
    return file.Refuse(
        absl::StrCat("tensor 'token_embd.weight' has ", rows, " rows"));
  }
  RETURN_IF_ERROR(keys.RequireSize("vocab_size", rows));
  return static_cast<uint32_t>(rows);
}

absl::Status ReadHeads(const Keys& keys, ModelConfig& model) {
  const uint32_t heads = model.num_heads();
  ASSIGN_OR_RETURN(const uint32_t kv_heads,
                   keys.SizeOr("attention.head_count_kv", heads));
  model.set_num_kv_heads(kv_heads);
  const uint32_t usual = heads == 0 ? 0 : model.d_model() / heads;
  ASSIGN_OR_RETURN(const uint32_t head_dim,
                   keys.SizeOr("attention.key_length", usual));
  RETURN_IF_ERROR(keys.RequireSize("attention.value_length", head_dim));
  if (head_dim != usual) model.set_head_dim(head_dim);
  if (model.positions() != ROTARY) return absl::OkStatus();
  return keys.RequireSize("rope.dimension_count", head_dim);
}

absl::Status ReadRope(const GgufFile& file, const Keys& keys,
                      ModelConfig& model) {
  ASSIGN_OR_RETURN(const float theta, keys.PositiveOr("rope.freq_base", 10000));
  model.set_rope_theta(theta);
  ASSIGN_OR_RETURN(
      const GgufValue* type,
      file.FindScalar(keys.Name("rope.scaling.type"), GgufKind::kString));
  const std::string kind = type == nullptr ? "none" : type->texts[0];
  if (kind == "none") return absl::OkStatus();
  if (kind != "linear") {
    return keys.Refuse("rope.scaling.type",
                       absl::StrCat("is ", Excerpt(kind),
                                    ", only none and linear are supported"));
  }
  ASSIGN_OR_RETURN(const float factor,
                   keys.PositiveOr("rope.scaling.factor", 1));
  if (factor != 1) model.mutable_linear_rope()->set_factor(factor);
  return absl::OkStatus();
}

// Whether the config's frequencies are those of `unscaled` over the factors;
// other programs compute them in other orders.
bool GivesFactors(const ModelConfig& config, const ModelConfig& unscaled,
                  const std::vector<float>& factors) {
  constexpr double kTolerance = 1e-5;
  const std::vector<double> from = RotaryFrequencies(unscaled);
  const std::vector<double> to = RotaryFrequencies(config);
  if (to.size() != factors.size()) return false;
  for (size_t i = 0; i < to.size(); ++i) {
    const double factor = from[i] / to[i];
    if (!(std::fabs(factors[i] - factor) <= kTolerance * factor)) return false;
  }
  return true;
}

absl::Status ReadRopeFactors(const GgufFile& file, ModelConfig& model) {
  const auto entry = file.entries().find(kRopeFactors);
  if (entry == file.entries().end()) return absl::OkStatus();
  if (model.positions() != ROTARY || model.has_linear_rope() ||
      entry->second.shape != Shape{HeadDim(model) / 2}) {
    return file.Refuse(absl::StrCat(
        "tensor '", kRopeFactors, "' has the shape ",
        ShapeText(entry->second.shape),
        ": must have a factor for each pair of a head, without other scaling"));
  }
  ASSIGN_OR_RETURN(const Tensor tensor, file.Read(entry->second));
  ASSIGN_OR_RETURN(const std::vector<float> factors, ReadFloats(tensor));
  const ModelConfig unscaled = model;
  std::vector<uint32_t> contexts = {8192};
  for (uint32_t exponent = 0; exponent <= 20; ++exponent) {
    contexts.push_back(uint32_t{1} << exponent);
  }
  for (const uint32_t context : contexts) {
    Llama3Rope& rope = *model.mutable_llama3_rope();
    rope.set_factor(*std::max_element(factors.begin(), factors.end()));
    rope.set_low_frequency_factor(1);
    rope.set_high_frequency_factor(4);
    rope.set_original_context(context);
    if (ValidateConfig(model).ok() && GivesFactors(model, unscaled, factors)) {
      return absl::OkStatus();
    }
  }
  return file.Refuse(absl::StrCat(
      "tensor '", kRopeFactors,
      "': no original context with the frequency factors 1 and 4 of Llama 3 "
      "gives these factors: import the model's Hugging Face folder"));
}

absl::Status ReadSizes(const GgufFile& file, const Keys& keys,
                       ModelConfig& model) {
  ASSIGN_OR_RETURN(const uint32_t vocab_size, ReadVocabSize(file, keys));
  model.set_vocab_size(vocab_size);
  ASSIGN_OR_RETURN(const uint32_t d_model, keys.Size("embedding_length"));
  model.set_d_model(d_model);
  ASSIGN_OR_RETURN(const uint32_t layers, keys.Size("block_count"));
  model.set_num_layers(layers);
  ASSIGN_OR_RETURN(const uint32_t heads, keys.Size("attention.head_count"));
  model.set_num_heads(heads);
  ASSIGN_OR_RETURN(const uint32_t d_ff, keys.Size("feed_forward_length"));
  model.set_d_ff(d_ff);
  ASSIGN_OR_RETURN(const uint32_t context, keys.Size("context_length"));
  model.set_context_length(context);
  const bool rms = model.normalization() == RMS_NORM;
  ASSIGN_OR_RETURN(const float epsilon,
                   keys.PositiveOr(rms ? "attention.layer_norm_rms_epsilon"
                                       : "attention.layer_norm_epsilon",
                                   rms ? 1e-6f : 1e-5f));
  model.set_layer_norm_epsilon(epsilon);
  return ReadHeads(keys, model);
}

}  // namespace

absl::StatusOr<ModelConfig> ReadGgufConfig(const GgufFile& file) {
  ASSIGN_OR_RETURN(const Family* family, ReadArchitecture(file));
  const Keys keys(file, *family);
  RETURN_IF_ERROR(keys.CheckKnown());
  const bool gpt2 = family->gguf == "gpt2";
  ModelConfig model = gpt2 ? Gpt2Family() : LlamaFamily(0);
  RETURN_IF_ERROR(ReadSizes(file, keys, model));
  model.set_tied_embeddings(!Has(file, "output.weight"));
  if (!gpt2) {
    model.set_qkv_bias(Has(file, "blk.0.attn_q.bias"));
    model.set_attention_output_bias(Has(file, "blk.0.attn_output.bias"));
    model.set_mlp_bias(Has(file, "blk.0.ffn_up.bias"));
    RETURN_IF_ERROR(ReadRope(file, keys, model));
  }
  // Sizes are checked before anything is divided by them or as long as they
  // say.
  absl::Status valid = ValidateConfig(model);
  if (!valid.ok()) return file.Refuse(valid.message());
  RETURN_IF_ERROR(keys.ReadFamilysOwn(model));
  const ModelConfig in_file = model;
  model = InLlamaCpp(*family, model);
  RETURN_IF_ERROR(keys.CheckFamilysOwn(in_file, model));
  valid = ValidateConfig(model);
  if (!valid.ok()) return file.Refuse(valid.message());
  if (family->gguf_rope_factors) {
    RETURN_IF_ERROR(ReadRopeFactors(file, model));
  }
  return model;
}

}  // namespace quant_curve
