#include "tools/quantize/calibration_reader.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/calibration_sequences.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/sharding/shard.h"

namespace quant_curve {

absl::StatusOr<std::map<std::string, int>> InputsOfLinears(
    const Calibration& calibration, const ModelConfig& config) {
  std::set<std::string> linears;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role == TensorRole::kLinearWeight) linears.insert(spec.name);
  }
  std::map<std::string, int> inputs;
  for (int i = 0; i < calibration.inputs_size(); ++i) {
    for (const std::string& name : calibration.inputs(i).linears()) {
      if (linears.count(name) == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "calibration: '", name, "' is not a Linear of the model"));
      }
      if (!inputs.emplace(name, i).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("calibration: '", name, "' has two inputs"));
      }
    }
  }
  for (const std::string& name : linears) {
    if (inputs.count(name) > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("calibration: '", name, "' has no input"));
  }
  return inputs;
}

absl::StatusOr<Artifact<Calibration>> ReadCalibrationOf(
    const Artifact<Checkpoint>& checkpoint, const std::string& checkpoint_path,
    const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<Calibration> calibration,
                   ReadArtifact<Calibration>(path));
  RETURN_IF_ERROR(CheckWhole(calibration.message, path));
  const std::string& expected = calibration.message.checkpoint_sha256();
  if (expected != checkpoint.sha256) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": made with the checkpoint ", HexDigest(expected), ", but ",
        checkpoint_path, " is ", HexDigest(checkpoint.sha256),
        "; calibrate this checkpoint"));
  }
  const absl::Status inputs =
      InputsOfLinears(calibration.message, checkpoint.message.config())
          .status();
  if (inputs.ok()) return calibration;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", inputs.message()));
}

absl::StatusOr<std::vector<std::vector<uint32_t>>> ReadSequencesOf(
    const Calibration& calibration, const std::string& calibration_path,
    const Artifact<Checkpoint>& checkpoint, const std::string& checkpoint_path,
    const std::string& path) {
  const ModelConfig& config = checkpoint.message.config();
  if (calibration.num_sequences() == 0 || calibration.sequence_length() == 0 ||
      calibration.sequence_length() > config.context_length() ||
      calibration.sequences_per_block() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        calibration_path, ": ", calibration.num_sequences(), " sequences of ",
        calibration.sequence_length(), " tokens in blocks of ",
        calibration.sequences_per_block(), ": must be 1 or more each, and the ",
        "tokens at most the model's context, ", config.context_length()));
  }
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus, ReadCorpus(path));
  if (corpus.sha256 != calibration.corpus_sha256()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is ", HexDigest(corpus.sha256), ", but ",
                     calibration_path, " was made with the corpus ",
                     HexDigest(calibration.corpus_sha256()), "; use that one"));
  }
  RETURN_IF_ERROR(
      CheckBelongTogether(corpus, path, checkpoint.message.tokenizer_sha256(),
                          checkpoint.message.corpus_sha256(), checkpoint_path));
  return CalibrationSequences(
      corpus.message, path,
      {calibration.num_sequences(), calibration.sequence_length(),
       calibration.sequences_begin_with_document()},
      config.vocab_size());
}

}  // namespace quant_curve
