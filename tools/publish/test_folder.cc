#include "tools/publish/test_folder.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {

namespace fs = std::filesystem;

std::string NewTestFolder() {
  const char* root = getenv("TEST_TMPDIR");
  std::string path =
      absl::StrCat(root == nullptr ? "/tmp" : root, "/folder_XXXXXX");
  if (mkdtemp(&path[0]) == nullptr) std::perror("mkdtemp");
  return path;
}

void WriteTestFile(const std::string& path, const std::string& contents) {
  fs::create_directories(fs::path(path).parent_path());
  const absl::Status written = WriteFileAtomically(path, contents);
  if (!written.ok()) std::fprintf(stderr, "%s\n", written.ToString().c_str());
}

std::map<std::string, std::string> FilesBelow(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path().parent_path(), folder) /
                             entry.path().filename();
    const std::string path = fs::path(name).lexically_normal();
    if (entry.is_symlink()) {
      files[path] = absl::StrCat("-> ", fs::read_symlink(entry).string());
    } else if (!entry.is_directory()) {
      files[path] = ReadFile(entry.path()).value_or("?");
    }
  }
  return files;
}

std::vector<PublishedFile> Publication(
    const std::map<std::string, std::string>& files) {
  std::vector<PublishedFile> publication;
  Statement root = NewStatement("publish");
  for (const auto& [name, contents] : files) {
    publication.push_back({name, contents});
    Statement statement = NewStatement("report");
    *statement.add_subject() = Describe(name, Sha256(contents), "README");
    *root.add_subject() = statement.subject(0);
    const std::string json = ManifestToJson(statement).value_or("");
    const std::string manifest =
        absl::StrCat(kProvenanceFolder, "/", ManifestPath(BaseName(name)));
    publication.push_back({manifest, json});
    *root.mutable_predicate()
         ->mutable_build_definition()
         ->add_resolved_dependencies() =
        Describe(manifest, Sha256(json), kManifestKind);
  }
  publication.push_back({kRootManifest, ManifestToJson(root).value_or("")});
  return publication;
}

}  // namespace quant_curve
