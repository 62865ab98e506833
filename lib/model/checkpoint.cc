#include "lib/model/checkpoint.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

absl::Status CheckIsFloat(const Tensor& tensor) {
  if (tensor.dtype() == FLOAT32 || tensor.dtype() == FLOAT16 ||
      tensor.dtype() == BFLOAT16) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "tensor '", tensor.name(), "': dtype ", DType_Name(tensor.dtype()),
      ", a checkpoint holds FLOAT32, FLOAT16 or BFLOAT16"));
}

}  // namespace

absl::Status ValidateTensors(const Checkpoint& checkpoint) {
  RETURN_IF_ERROR(ValidateConfig(checkpoint.config()));
  // Before the list is made: a file without tensors may claim 2^20 layers.
  const uint64_t expected = NumTensors(checkpoint.config());
  if (static_cast<uint64_t>(checkpoint.tensors_size()) != expected) {
    return absl::InvalidArgumentError(absl::StrCat(
        checkpoint.tensors_size(), " tensors, the config needs ", expected));
  }
  const std::vector<TensorSpec> specs = TensorSpecs(checkpoint.config());
  for (size_t i = 0; i < specs.size(); ++i) {
    const Tensor& tensor = checkpoint.tensors(i);
    if (tensor.name() != specs[i].name) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor ", i, " is '", tensor.name(), "', expected '",
                       specs[i].name, "'"));
    }
    RETURN_IF_ERROR(CheckShape(tensor, specs[i].shape));
    RETURN_IF_ERROR(CheckIsFloat(tensor));
  }
  return absl::OkStatus();
}

absl::Status ValidateCheckpoint(const Checkpoint& checkpoint) {
  if (checkpoint.has_part()) {
    return absl::InvalidArgumentError(
        absl::StrCat("is ", ShardText(checkpoint.part(), "part"),
                     " of a checkpoint; give the index of the parts"));
  }
  if (checkpoint.tokenizer_sha256().size() != 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer_sha256 has ",
                     checkpoint.tokenizer_sha256().size(), " bytes, not 32"));
  }
  // Imported models have none.
  const size_t corpus = checkpoint.corpus_sha256().size();
  if (corpus != 0 && corpus != 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("corpus_sha256 has ", corpus, " bytes, not 32"));
  }
  return ValidateTensors(checkpoint);
}

absl::optional<uint32_t> PartOfTensor(absl::string_view name,
                                      const ModelConfig& config,
                                      uint32_t count) {
  uint64_t block = 0;
  if (absl::ConsumePrefix(&name, "h.") &&
      absl::SimpleAtoi(name.substr(0, name.find('.')), &block)) {
    // The last part p whose blocks begin at or before it: the largest p with
    // p L / count < block + 1.
    return ((block + 1) * count - 1) / config.num_layers();
  }
  if (name == "wte.weight") return 0;
  if (name == "lm_head.weight") return count - 1;
  return absl::nullopt;
}

absl::StatusOr<Artifact<Checkpoint>> ReadCheckpoint(const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<Checkpoint> artifact,
                   ReadArtifact<Checkpoint>(path));
  const absl::Status status = ValidateCheckpoint(artifact.message);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", status.message()));
  }
  return artifact;
}

}  // namespace quant_curve
