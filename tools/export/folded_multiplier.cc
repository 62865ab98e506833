#include "tools/export/folded_multiplier.h"

#include "absl/status/statusor.h"
#include "lib/families/family.h"

namespace quant_curve {

float FoldedMultiplier(const ModelConfig& config) {
  const absl::StatusOr<const Family*> family = FamilyOf(config);
  if (!family.ok() || (*family)->embedding_factor == nullptr) {
    return config.embedding_multiplier();
  }
  return config.embedding_multiplier() / (*family)->embedding_factor(config);
}

bool FoldsMultiplier(const ModelConfig& config) {
  return FoldedMultiplier(config) != 1;
}

}  // namespace quant_curve
