// The findings of an audit of a changed fake experiment, for tests.
#ifndef QUANT_CURVE_TOOLS_AUDIT_TEST_FINDINGS_H_
#define QUANT_CURVE_TOOLS_AUDIT_TEST_FINDINGS_H_

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"

namespace quant_curve {

// What an audit finds when everything up to manifest.json agrees with itself:
// only what things mean can give it away.
inline std::vector<Finding> FindingsOf(FakeExperiment& experiment) {
  const Evidence evidence = experiment.Publish();
  return Audit(evidence, FakeExperiment::Options()).findings.all();
}

inline std::vector<Finding> AfterEdit(const std::string& name,
                                      FakeExperiment::Edit edit) {
  FakeExperiment experiment;
  experiment.EditManifest(name, std::move(edit));
  return FindingsOf(experiment);
}

MATCHER_P3(IsFinding, check, file, text, "") {
  *result_listener << TextOf(arg);
  return arg.check == check && arg.file == file &&
         TextOf(arg).find(text) != std::string::npos;
}

inline BuildDefinition& BuildOf(Statement& statement) {
  return *statement.mutable_predicate()->mutable_build_definition();
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_TEST_FINDINGS_H_
