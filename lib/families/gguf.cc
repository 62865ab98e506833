#include "lib/families/gguf.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/text_format.h"
#include "lib/families/llama.h"

namespace quant_curve {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::TextFormat;

const FieldDescriptor* FieldOf(const GgufKey& key) {
  return ModelConfig::descriptor()->FindFieldByNumber(key.field);
}

// As in a text proto; a list is its values one after another.
std::string TextOf(const ModelConfig& config, const FieldDescriptor* field) {
  std::string text;
  if (!field->is_repeated()) {
    TextFormat::PrintFieldValueToString(config, field, -1, &text);
    return text;
  }
  std::vector<std::string> values;
  for (int i = 0; i < config.GetReflection()->FieldSize(config, field); ++i) {
    TextFormat::PrintFieldValueToString(config, field, i, &text);
    values.push_back(text);
  }
  return absl::StrCat("[", absl::StrJoin(values, ", "), "]");
}

}  // namespace

std::string GgufTensorName(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "h.")) {
    return absl::StrReplaceAll(name, {{"wte.", "token_embd."},
                                      {"wpe.", "position_embd."},
                                      {"ln_f.", "output_norm."},
                                      {"lm_head.", "output."}});
  }
  return absl::StrCat(
      "blk.",
      absl::StrReplaceAll(name, {{".ln_1.", ".attn_norm."},
                                 {".ln_2.", ".ffn_norm."},
                                 {".attn.q_proj.", ".attn_q."},
                                 {".attn.k_proj.", ".attn_k."},
                                 {".attn.v_proj.", ".attn_v."},
                                 {".attn.o_proj.", ".attn_output."},
                                 {".attn.q_norm.", ".attn_q_norm."},
                                 {".attn.k_norm.", ".attn_k_norm."},
                                 {".attn.post_norm.", ".post_attention_norm."},
                                 {".mlp.gate_proj.", ".ffn_gate."},
                                 {".mlp.up_proj.", ".ffn_up."},
                                 {".mlp.down_proj.", ".ffn_down."},
                                 {".mlp.fc1.", ".ffn_up."},
                                 {".mlp.fc2.", ".ffn_down."},
                                 {".mlp.post_norm.", ".post_ffw_norm."}}));
}

const Family* FindGgufFamily(absl::string_view architecture) {
  for (const Family& family : Families()) {
    if (family.gguf == architecture) return &family;
  }
  return nullptr;
}

std::variant<uint32_t, float> GgufFieldOf(const GgufKey& key,
                                          const ModelConfig& config) {
  if (key.field == ModelConfig::kFullAttentionFieldNumber) {
    return FullAttentionPeriod(config);
  }
  const FieldDescriptor* field = FieldOf(key);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
    return config.GetReflection()->GetFloat(config, field);
  }
  return config.GetReflection()->GetUInt32(config, field);
}

void SetGgufField(const GgufKey& key, std::variant<uint32_t, float> value,
                  ModelConfig& config) {
  if (key.field == ModelConfig::kFullAttentionFieldNumber) {
    SetFullAttentionPeriod(std::get<uint32_t>(value), config);
  } else if (std::holds_alternative<float>(value)) {
    config.GetReflection()->SetFloat(&config, FieldOf(key),
                                     std::get<float>(value));
  } else {
    config.GetReflection()->SetUInt32(&config, FieldOf(key),
                                      std::get<uint32_t>(value));
  }
}

uint32_t FullAttentionPeriod(const ModelConfig& config) {
  for (int i = 0; i < config.full_attention_size(); ++i) {
    if (config.full_attention(i)) return static_cast<uint32_t>(i) + 1;
  }
  return config.num_layers() + 1;
}

void SetFullAttentionPeriod(uint32_t period, ModelConfig& config) {
  config.clear_full_attention();
  if (config.num_layers() > kMaxListedLayers) return;
  for (uint32_t i = 0; i < config.num_layers(); ++i) {
    config.add_full_attention(period > 0 && (i + 1) % period == 0);
  }
}

ModelConfig InLlamaCpp(const Family& family, const ModelConfig& config) {
  return family.in_llama_cpp == nullptr ? config : family.in_llama_cpp(config);
}

absl::Status CheckInLlamaCpp(const Family& family, const ModelConfig& config) {
  ModelConfig there = InLlamaCpp(family, config);
  there.set_embedding_multiplier(config.embedding_multiplier());
  std::vector<std::string> differences;
  for (int i = 0; i < ModelConfig::descriptor()->field_count(); ++i) {
    const FieldDescriptor* field = ModelConfig::descriptor()->field(i);
    const std::string ours = TextOf(config, field);
    const std::string theirs = TextOf(there, field);
    if (ours == theirs) continue;
    differences.push_back(
        absl::StrCat(field->name(), " is ", ours, ", there ", theirs));
  }
  if (differences.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "llama.cpp computes ", family.gguf, " with other values: ",
      absl::StrJoin(differences, "; "), "; use --format=safetensors"));
}

}  // namespace quant_curve
