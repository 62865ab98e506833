#include "tools/import/hugging_face_config.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/families/config_fields.h"
#include "lib/families/config_keys.h"
#include "lib/json/json.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

constexpr int64_t kMaxConfigBytes = int64_t{1} << 20;

absl::StatusOr<const Family*> ReadFamily(const JsonView& config) {
  ASSIGN_OR_RETURN(JsonView field, config.Member("architectures"));
  RETURN_IF_ERROR(field.CheckArray());
  if (field.size() != 1) {
    return field.Refuse(
        absl::StrCat("names ", field.size(), " architectures, expected one"));
  }
  field = field.Element(0);
  ASSIGN_OR_RETURN(const std::string name, field.String());
  if (const Family* family = FindFamily(name)) return family;
  std::vector<absl::string_view> supported;
  for (const Family& family : Families()) {
    supported.push_back(family.architecture);
  }
  return field.Refuse(absl::StrCat("is ", Excerpt(name), ", supported are ",
                                   absl::StrJoin(supported, ", ")));
}

}  // namespace

absl::StatusOr<HuggingFaceConfig> ReadHuggingFaceConfig(
    const std::string& path) {
  JsonLimits limits;
  limits.max_bytes = kMaxConfigBytes;
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path, limits));
  const JsonView config(json, path);
  HuggingFaceConfig result;
  // What other keys mean depends on it.
  ASSIGN_OR_RETURN(result.family, ReadFamily(config));
  ConfigFields fields(config);
  fields.Ignore({"architectures"});
  fields.RequireOneOf("model_type", {result.family->model_type});
  result.model = result.family->read(fields);
  result.bos_ids = fields.TokenIds("bos_token_id");
  result.eos_ids = fields.TokenIds("eos_token_id");
  CheckOtherKeys(fields);
  // With a size that is made up, it would complain of that.
  if (fields.has_sizes()) fields.Refuse(ValidateConfig(result.model));
  RETURN_IF_ERROR(fields.Finish());
  return result;
}

}  // namespace quant_curve
