#include "tools/audit/recomputed.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/timing.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

absl::StatusOr<const EvidenceFile*> FileOf(const Evidence& evidence,
                                           const ResourceDescriptor& input) {
  const EvidenceFile* file = evidence.FindByDigest(Sha256Of(input));
  if (file != nullptr) return file;
  return absl::NotFoundError(absl::StrCat(input.name(), " (SHA-256 ",
                                          Sha256Of(input), ") is not at hand"));
}

absl::Status WithName(const absl::Status& status, absl::string_view name) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(name, ": ", status.message()));
}

template <typename Message>
absl::StatusOr<const Message*> MessageOf(const Evidence& evidence,
                                         const ResourceDescriptor& input) {
  ASSIGN_OR_RETURN(const EvidenceFile* file, FileOf(evidence, input));
  absl::StatusOr<const Message*> message = file->Get<Message>();
  RETURN_IF_ERROR(WithName(message.status(), input.name()));
  return message;
}

absl::Status CompareSummaries(const Measurement& measurement) {
  Measurement again = measurement;
  RETURN_IF_ERROR(FillSummaries(again));
  ASSIGN_OR_RETURN(const std::string computed,
                   SerializeDeterministically(again));
  ASSIGN_OR_RETURN(const std::string stated,
                   SerializeDeterministically(measurement));
  if (computed == stated) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the summaries do not follow from the scores beside them");
}

}  // namespace

absl::Status Recomputed::CheckSummaries(const EvidenceFile& file,
                                        const Measurement& measurement) {
  const auto found = memo_.summaries.find(file.sha256());
  if (found != memo_.summaries.end()) return found->second;
  return memo_.summaries[file.sha256()] = CompareSummaries(measurement);
}

absl::StatusOr<Memo::ResultsAndJson> Recomputed::MakeResultsFor(
    const Stage& stage) {
  Sweep sweep;
  for (const ResourceDescriptor* input : InputsOf(stage, "measurements")) {
    ASSIGN_OR_RETURN(const Measurement* measurement,
                     MessageOf<Measurement>(evidence_, *input));
    sweep.measurements.push_back(*measurement);
  }
  const std::string reference = FlagOf(stage, "reference");
  sweep.reference = FindScheme(sweep, reference);
  if (sweep.reference < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no measurement is of the reference scheme '", reference, "'"));
  }
  Memo::ResultsAndJson made;
  ASSIGN_OR_RETURN(made.results,
                   MakeResults(sweep, FlagOf(stage, "experiment")));
  ASSIGN_OR_RETURN(made.json, ResultsToJson(made.results));
  return made;
}

absl::StatusOr<const Memo::ResultsAndJson*> Recomputed::ResultsAndJsonFor(
    const Stage& stage) {
  std::string key = absl::StrCat(FlagOf(stage, "reference"), "\n",
                                 FlagOf(stage, "experiment"));
  for (const ResourceDescriptor* input : InputsOf(stage, "measurements")) {
    // Whether it is at hand is no matter of its digest.
    RETURN_IF_ERROR(FileOf(evidence_, *input).status());
    absl::StrAppend(&key, "\n", Sha256Of(*input));
  }
  auto found = memo_.results.find(key);
  if (found == memo_.results.end()) {
    found = memo_.results.emplace(key, MakeResultsFor(stage)).first;
  }
  RETURN_IF_ERROR(found->second.status());
  return &*found->second;
}

absl::StatusOr<const Results*> Recomputed::ResultsFor(const Stage& stage) {
  ASSIGN_OR_RETURN(const Memo::ResultsAndJson* made, ResultsAndJsonFor(stage));
  return &made->results;
}

absl::StatusOr<const Timing*> Recomputed::TimingFor(const Stage& stage) {
  const std::vector<const ResourceDescriptor*> inputs =
      InputsOf(stage, "timing");
  if (inputs.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("made of ", inputs.size(), " timings, expected 1"));
  }
  ASSIGN_OR_RETURN(const Timing* timing,
                   MessageOf<Timing>(evidence_, *inputs[0]));
  RETURN_IF_ERROR(WithName(CheckTiming(*timing), inputs[0]->name()));
  return timing;
}

absl::StatusOr<Speed> Recomputed::SpeedFor(const Stage& stage) {
  ASSIGN_OR_RETURN(const Timing* timing, TimingFor(stage));
  const std::string text = FlagOf(stage, "threads");
  uint32_t threads = 0;
  if (!absl::SimpleAtoi(text, &threads)) {
    return absl::InvalidArgumentError(
        absl::StrCat("flag threads is '", text, "', no number"));
  }
  return MakeSpeed(*timing, FlagOf(stage, "model"), threads,
                   FlagOf(stage, "reference"), FlagOf(stage, "experiment"));
}

}  // namespace quant_curve
