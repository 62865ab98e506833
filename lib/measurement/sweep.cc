#include "lib/measurement/sweep.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"

namespace quant_curve {
namespace {

absl::Status CheckSameModel(const Measurement& a, const Measurement& b) {
  if (a.num_parameters() != b.num_parameters() ||
      a.num_linear_weights() != b.num_linear_weights() ||
      a.num_lm_head_weights() != b.num_lm_head_weights()) {
    return absl::InvalidArgumentError(
        absl::StrCat("different models: ", a.num_parameters(), " and ",
                     b.num_parameters(), " parameters"));
  }
  if (a.scheme().name() == b.scheme().name()) {
    return absl::InvalidArgumentError(
        absl::StrCat("both measure scheme ", a.scheme().name()));
  }
  return ComparePerplexity(a, b).status();
}

// Pairs the newest measurement with each one before it.
absl::Status CheckNewest(const Sweep& sweep,
                         const std::vector<std::string>& paths) {
  const size_t newest = sweep.measurements.size() - 1;
  for (size_t i = 0; i < newest; ++i) {
    const absl::Status same =
        CheckSameModel(sweep.measurements[i], sweep.measurements[newest]);
    if (!same.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(paths[i], " and ", paths[newest], ": ", same.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

int FindScheme(const Sweep& sweep, absl::string_view name) {
  for (size_t i = 0; i < sweep.measurements.size(); ++i) {
    if (sweep.measurements[i].scheme().name() == name) return i;
  }
  return -1;
}

absl::StatusOr<Sweep> MakeSweep(std::vector<Measurement> measurements,
                                const std::vector<std::string>& names,
                                absl::string_view reference) {
  Sweep sweep;
  for (Measurement& measurement : measurements) {
    sweep.measurements.push_back(std::move(measurement));
    RETURN_IF_ERROR(CheckNewest(sweep, names));
  }
  sweep.reference = FindScheme(sweep, reference);
  if (sweep.reference >= 0) return sweep;
  std::vector<std::string> schemes;
  for (const Measurement& measurement : sweep.measurements) {
    schemes.push_back(measurement.scheme().name());
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "reference scheme ", reference,
      " was not measured; there are: ", absl::StrJoin(schemes, ", ")));
}

absl::StatusOr<Sweep> ReadSweep(const std::vector<std::string>& paths,
                                absl::string_view reference) {
  std::vector<Measurement> measurements;
  std::vector<std::string> sha256s;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(Artifact<Measurement> artifact, ReadMeasurement(path));
    measurements.push_back(std::move(artifact.message));
    sha256s.push_back(std::move(artifact.sha256));
  }
  ASSIGN_OR_RETURN(Sweep sweep,
                   MakeSweep(std::move(measurements), paths, reference));
  sweep.sha256s = std::move(sha256s);
  return sweep;
}

}  // namespace quant_curve
