#include "lib/families/family.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/families/gemma.h"
#include "lib/families/gpt2.h"
#include "lib/families/granite.h"
#include "lib/families/llama.h"
#include "lib/families/mistral.h"
#include "lib/families/olmo2.h"
#include "lib/families/qwen2.h"
#include "lib/families/qwen3.h"
#include "lib/families/smollm3.h"

namespace quant_curve {

absl::Span<const Family> Families() {
  static const auto* const kFamilies = new std::vector<Family>{
      Gpt2(),   Llama(),  Mistral(), Qwen2(), Qwen3(),  Gemma(),
      Gemma2(), Gemma3(), Granite(), Olmo2(), SmolLm3()};
  return *kFamilies;
}

const Family* FindFamily(absl::string_view architecture) {
  for (const Family& family : Families()) {
    if (family.architecture == architecture) return &family;
  }
  return nullptr;
}

absl::StatusOr<const Family*> FamilyOf(const ModelConfig& config) {
  std::vector<absl::string_view> names;
  for (const Family& family : Families()) {
    if (family.holds(config)) return &family;
    names.push_back(family.architecture);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("model config: no class of transformers computes { ",
                   config.ShortDebugString(), " }; supported are ",
                   absl::StrJoin(names, ", ")));
}

}  // namespace quant_curve
