// What the artifacts at hand say, computed again by the shared libraries.
#ifndef QUANT_CURVE_TOOLS_AUDIT_RECOMPUTED_H_
#define QUANT_CURVE_TOOLS_AUDIT_RECOMPUTED_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/measurement.pb.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"
#include "proto/timing.pb.h"
#include "tools/audit/chain.h"
#include "tools/audit/evidence.h"

namespace quant_curve {

// What was computed from artifacts with certain digests: it stays right from
// one audit to the next.
struct Memo {
  struct ResultsAndJson {
    Results results;
    std::string json;  // as tools/report writes it
  };
  std::map<std::string, absl::StatusOr<ResultsAndJson>> results;
  std::map<std::string, absl::Status> summaries;  // by digest
};

// Computes each thing once. NotFound, naming the artifact, when one that is
// needed is not at hand.
class Recomputed {
 public:
  Recomputed(const Evidence& evidence, Memo& memo)
      : evidence_(evidence), memo_(memo) {}

  // Refuses a measurement artifact whose summaries do not follow from its
  // scores.
  absl::Status CheckSummaries(const EvidenceFile& file,
                              const Measurement& measurement);
  // Of the measurements that --measurements named, against --reference. Their
  // summaries are taken as they are.
  absl::StatusOr<const Memo::ResultsAndJson*> ResultsAndJsonFor(
      const Stage& stage);
  absl::StatusOr<const Results*> ResultsFor(const Stage& stage);
  // The artifact that --timing named, checked.
  absl::StatusOr<const Timing*> TimingFor(const Stage& stage);
  // Of that timing: --model with --threads, against --reference.
  absl::StatusOr<Speed> SpeedFor(const Stage& stage);

 private:
  absl::StatusOr<Memo::ResultsAndJson> MakeResultsFor(const Stage& stage);

  const Evidence& evidence_;
  Memo& memo_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_RECOMPUTED_H_
