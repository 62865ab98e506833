// Files rendered again from the artifacts present, by the libraries that the
// tools use.
#ifndef QUANT_CURVE_TOOLS_AUDIT_RENDERED_H_
#define QUANT_CURVE_TOOLS_AUDIT_RENDERED_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/report/report.h"
#include "proto/measurement.pb.h"
#include "proto/provenance.pb.h"
#include "tools/audit/chain.h"

namespace quant_curve {

// A figure short of its image, which only gnuplot can draw.
struct RenderedFigure {
  // Of the script with its data, hexadecimal, for each image format.
  std::string png_script_sha256;
  std::string svg_script_sha256;
  std::vector<PlottedPoint> points;
};

// What was rendered from artifacts with certain digests and flags: it stays
// right from one audit to the next.
struct Memo {
  std::map<std::string, absl::StatusOr<ReportFiles>> reports;
  std::map<std::string, absl::StatusOr<RenderedFigure>> figures;
  // Parameters of a scheme, by what --scheme was.
  std::map<std::string, absl::StatusOr<std::map<std::string, std::string>>>
      schemes;
  // By the digests of what was checked and compared.
  std::map<std::string, absl::Status> measurements;
};

// Renders each thing once. NotFound, naming the artifact, when one that is
// needed was not found.
class Rendered {
 public:
  Rendered(const Chain& chain, Memo& memo) : chain_(chain), memo_(memo) {}

  // What a manifest says of a model with the scheme that --scheme=`flag` means:
  // "scheme.bits": "4" and so on. `flag` is not a path.
  absl::StatusOr<std::map<std::string, std::string>> SchemeOf(
      const std::string& flag);
  // CheckMeasurement of an artifact that is present.
  absl::Status CheckOf(const EvidenceFile& file,
                       const Measurement& measurement);
  // Whether measurement.paired is what Compare makes of it and the reference.
  absl::Status CheckPaired(const EvidenceFile& file,
                           const Measurement& measurement,
                           const EvidenceFile& reference);
  // The output of tools/report with this stage's flags.
  absl::StatusOr<const ReportFiles*> ReportOf(const Stage& stage);
  // The script that tools/plot gives gnuplot with this stage's flags.
  absl::StatusOr<const RenderedFigure*> FigureOf(const Stage& stage);

 private:
  const Chain& chain_;
  Memo& memo_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_RENDERED_H_
