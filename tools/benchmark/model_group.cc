#include "tools/benchmark/model_group.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"
#include "lib/quantization/quantized_model.h"
#include "tools/benchmark/random_model.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {
namespace {

using google::protobuf::util::MessageDifferencer;
using SharedModel = std::shared_ptr<const LoadedModel>;

constexpr uint64_t kKeptBytes = uint64_t{4} << 30;
constexpr uint64_t kSeed = 42;

absl::StatusOr<SharedModel> Load(const QuantizedModel& quantized,
                                 const Payload& payload) {
  LoadedModel loaded;
  ASSIGN_OR_RETURN(loaded.model, ModelFromQuantized(quantized, payload));
  loaded.scheme = quantized.scheme();
  loaded.bytes = quantized.bytes();
  return std::make_shared<const LoadedModel>(std::move(loaded));
}

absl::StatusOr<SharedModel> LoadRandom(const ModelConfig& config,
                                       const Scheme& scheme) {
  ASSIGN_OR_RETURN(const QuantizedModel quantized,
                   RandomModel(config, scheme, kSeed));
  return Load(quantized, Payload());
}

void AddKept(SharedModel model, ModelGroup& group) {
  group.schemes.push_back(model->scheme);
  group.loaders.push_back(
      [kept = std::move(model)]() -> absl::StatusOr<SharedModel> {
        return kept;
      });
}

absl::Status CheckMember(const QuantizedModel& model, const std::string& path,
                         const ModelGroup& group,
                         const std::string& first_path) {
  if (!MessageDifferencer::Equals(model.config(), group.config)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a model of another shape than ", first_path,
                     "; --models compares schemes of one model"));
  }
  for (const Scheme& scheme : group.schemes) {
    if (scheme.name() != model.scheme().name()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": scheme '", scheme.name(), "' is already among --models"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelGroup> ReadGroup(const std::string& name,
                                     const std::vector<std::string>& paths) {
  ModelGroup group;
  group.name = name;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const Artifact<QuantizedModel> artifact,
                     ReadQuantizedModel(path));
    if (group.loaders.empty()) group.config = artifact.message.config();
    RETURN_IF_ERROR(CheckMember(artifact.message, path, group, paths[0]));
    ASSIGN_OR_RETURN(SharedModel model,
                     Load(artifact.message, artifact.payload));
    RETURN_IF_ERROR(artifact.payload.CheckUnchanged());
    AddKept(std::move(model), group);
    group.sha256s.push_back(artifact.sha256);
  }
  group.sequence_tokens =
      std::min(kSequenceTokens, group.config.context_length());
  return group;
}

absl::StatusOr<ModelGroup> RandomGroup(const std::string& shape,
                                       const std::vector<Scheme>& schemes) {
  ModelGroup group;
  group.name = shape;
  ASSIGN_OR_RETURN(group.config, ShapeByName(shape));
  const uint64_t bytes_at_most =
      sizeof(float) * NumParameters(group.config) * schemes.size();
  for (const Scheme& scheme : schemes) {
    if (bytes_at_most <= kKeptBytes) {
      ASSIGN_OR_RETURN(SharedModel model, LoadRandom(group.config, scheme));
      AddKept(std::move(model), group);
      continue;
    }
    group.schemes.push_back(scheme);
    group.loaders.push_back(
        [config = group.config, scheme] { return LoadRandom(config, scheme); });
  }
  return group;
}

}  // namespace quant_curve
