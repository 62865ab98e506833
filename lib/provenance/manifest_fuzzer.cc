// Manifests: ManifestFromJson takes canonical JSON only.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {

std::vector<std::string> FuzzSeeds() {
  Statement statement = NewStatement("quantize");
  ResourceDescriptor& subject = *statement.add_subject();
  subject = Describe("int4.qca", std::string(32, 'm'), "QUANTIZED_MODEL");
  subject.mutable_annotations()->set_schema_version(2);
  subject.mutable_annotations()->set_size_bytes(12345);
  subject.mutable_annotations()->set_flag("output");
  BuildDefinition& build =
      *statement.mutable_predicate()->mutable_build_definition();
  (*build.mutable_external_parameters()->mutable_flags())["scheme"] = "int4";
  (*build.mutable_external_parameters()->mutable_artifact())["scheme.bits"] =
      "4";
  for (const absl::string_view kind :
       {absl::string_view("CHECKPOINT"), kManifestKind, kToolKind}) {
    *build.add_resolved_dependencies() =
        Describe(kind, std::string(32, 'd'), kind);
  }
  Statement figure = NewStatement("plot");
  *figure.add_subject() =
      Describe("pareto.png", std::string(32, 'p'), "FIGURE");
  PlottedPoint& point =
      *figure.mutable_subject(0)->mutable_annotations()->add_points();
  point.set_label("fp32");
  point.set_x(HexFloat(1.5));
  point.set_y(HexFloat(-2));
  return {ManifestToJson(statement).value(), ManifestToJson(figure).value()};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const absl::string_view input = InputView(data, size);
  const absl::StatusOr<Statement> statement = ManifestFromJson(input, "input");
  if (!Accepts(statement)) return 0;
  const absl::StatusOr<std::string> written = ManifestToJson(*statement);
  Require(written.ok() && *written == input,
          "a manifest that was read is written to the same bytes");
  Require(!StageOf(*statement).empty(), "a manifest names its stage");
  return 0;
}
