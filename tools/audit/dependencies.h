// How the dependencies in a manifest belong together.
#ifndef QUANT_CURVE_TOOLS_AUDIT_DEPENDENCIES_H_
#define QUANT_CURVE_TOOLS_AUDIT_DEPENDENCIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/provenance.pb.h"

namespace quant_curve {

// A file that a stage read, or that a publication holds, and its manifest.
struct FileAndManifest {
  const ResourceDescriptor* file;
  // Null for a FILE from outside: no stage wrote it.
  const ResourceDescriptor* manifest;
  std::string file_field;  // "subject[2]", for messages
  std::string manifest_field;
};

// Pointers into the statement that it was made of.
struct Dependencies {
  std::vector<FileAndManifest> files;
  const ResourceDescriptor* tool;
  std::vector<const ResourceDescriptor*> programs;
  const ResourceDescriptor* schema;  // null for files without one
};

// "predicate.buildDefinition.resolvedDependencies[3]".
std::string DependencyField(int index);

// The manifest of one file: one subject with kind, size and flag; then each
// input (kind and flag) followed by its manifest "<input>.manifest.json", or a
// FILE from outside without one; the tool, named as the stage; programs (with
// their flags); at most one schema. All of it is what the stage may read, write
// and be told (stage_rules.h). Annotations hold nothing else. Errors name the
// field.
absl::StatusOr<Dependencies> DependenciesOfStage(const Statement& statement);

// manifest.json: stage "publish" without parameters; subjects with kind and
// size, each name once; as many manifests in the same order, each of its
// subject; the tool.
absl::StatusOr<Dependencies> DependenciesOfPublication(
    const Statement& statement);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_DEPENDENCIES_H_
