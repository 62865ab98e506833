#include "tools/publish/evidence.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/stage_run.h"

namespace quant_curve {
namespace {

struct Manifest {
  std::string path;
  std::string json;
  Statement statement;
};

// Manifests by their digest, hexadecimal.
using Manifests = std::map<std::string, Manifest>;

absl::Status AddManifest(const std::string& path, Manifests& manifests) {
  Manifest manifest = {path, "", {}};
  ASSIGN_OR_RETURN(manifest.json, ReadFile(path, kMaxManifestBytes));
  ASSIGN_OR_RETURN(manifest.statement, ManifestFromJson(manifest.json, path));
  const std::string digest = HexDigest(Sha256(manifest.json));
  manifests.emplace(digest, std::move(manifest));
  return absl::OkStatus();
}

// Moves `digest`'s manifest and all that it reaches from `known` to `reached`.
absl::Status Reach(const std::string& digest, absl::string_view name,
                   absl::string_view needed_by, Manifests& known,
                   Manifests& reached) {
  if (reached.count(digest) > 0) return absl::OkStatus();
  const auto found = known.find(digest);
  if (found == known.end()) {
    return absl::NotFoundError(absl::StrCat(
        needed_by, ": needs the manifest ", name, " with SHA-256 ", digest,
        ", which is not among --manifests; name the folder's manifests of the "
        "stages before, of the same run"));
  }
  const Statement statement = found->second.statement;
  const std::string path = found->second.path;
  reached.insert(known.extract(found));
  for (const ResourceDescriptor& dependency :
       statement.predicate().build_definition().resolved_dependencies()) {
    if (dependency.annotations().kind() != kManifestKind) continue;
    RETURN_IF_ERROR(
        Reach(Sha256Of(dependency), dependency.name(), path, known, reached));
  }
  return absl::OkStatus();
}

// Adds a file that has a manifest to the publication and its root.
absl::Status AddFile(const std::string& path, absl::string_view folder,
                     Manifests& manifests, StageRun& root,
                     std::vector<PublishedFile>& files) {
  PublishedFile file;
  file.name = absl::StrCat(folder, BaseName(path));
  ASSIGN_OR_RETURN(file.contents, ReadFile(path));
  RETURN_IF_ERROR(root.AddPublished(path, file.contents));
  RETURN_IF_ERROR(AddManifest(ManifestPath(path), manifests));
  files.push_back(std::move(file));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PublishedFile>> CollectEvidence(
    const PublicationInputs& inputs) {
  Manifests known;
  for (const std::string& path : inputs.manifests) {
    RETURN_IF_ERROR(AddManifest(path, known));
  }
  std::vector<PublishedFile> files;
  ASSIGN_OR_RETURN(StageRun root, StageRun::Begin("publish"));
  for (const std::string& path : inputs.files) {
    RETURN_IF_ERROR(AddFile(path, "", known, root, files));
  }
  for (const std::string& path : inputs.artifacts) {
    RETURN_IF_ERROR(
        AddFile(path, absl::StrCat(kArtifactsFolder, "/"), known, root, files));
  }
  const Statement statement = root.PublicationManifest();
  Manifests reached;
  for (const ResourceDescriptor& dependency :
       statement.predicate().build_definition().resolved_dependencies()) {
    if (dependency.annotations().kind() != kManifestKind) continue;
    RETURN_IF_ERROR(Reach(Sha256Of(dependency), dependency.name(),
                          kRootManifest, known, reached));
  }
  for (const auto& [digest, manifest] : reached) {
    files.push_back(
        {absl::StrCat(kProvenanceFolder, "/", BaseName(manifest.path)),
         manifest.json});
  }
  ASSIGN_OR_RETURN(std::string json, ManifestToJson(statement));
  files.push_back({kRootManifest, std::move(json)});
  return files;
}

}  // namespace quant_curve
