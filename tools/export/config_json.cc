#include "lib/artifact/status_macros.h"
#include "lib/families/family.h"
#include "lib/json/json.h"
#include "tools/export/folded_multiplier.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/stored_model.h"

namespace quant_curve {
absl::StatusOr<std::string> ConfigJson(const ModelConfig& config,
                                       const BpeTokenizer* tokenizer,
                                       const Json& quantization) {
  ASSIGN_OR_RETURN(const Family* family, FamilyOf(config));
  Json json = family->write(config);
  json["architectures"] = {family->architecture};
  json["model_type"] = family->model_type;
  json["vocab_size"] = config.vocab_size();
  json["tie_word_embeddings"] =
      config.tied_embeddings() && !FoldsMultiplier(config);
  json["torch_dtype"] = quantization.is_null() ? "float32" : "float16";
  if (!quantization.is_null()) json["quantization_config"] = quantization;
  // Not left out: both configs would take ids of their own then.
  json["bos_token_id"] = nullptr;
  json["eos_token_id"] = nullptr;
  if (tokenizer != nullptr && tokenizer->has_bos_id()) {
    json["bos_token_id"] = tokenizer->bos_id();
  }
  if (tokenizer != nullptr && tokenizer->has_eos_id()) {
    json["eos_token_id"] = tokenizer->eos_id();
  }
  return json.dump(2) + "\n";
}

}  // namespace quant_curve
