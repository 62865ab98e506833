#include "tools/publish/earlier_publication.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"
#include "tools/publish/published_file.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNamesInMessage = 5;

fs::file_type TypeOf(const std::string& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type();
}

// A folder of the workspace may hold the target that publishes into it.
bool IsBuildFile(const std::string& name) {
  return name == "BUILD" || name == "BUILD.bazel";
}

// The journal of a publication is a text with one name per line.
bool HasControls(const std::string& name) {
  return std::any_of(name.begin(), name.end(), absl::ascii_iscntrl);
}

// Notes `name` as a file of the publication if it has this digest.
absl::StatusOr<bool> Note(const std::string& directory, const std::string& name,
                          const std::string& sha256,
                          EarlierPublication& earlier) {
  const std::string path = absl::StrCat(directory, "/", name);
  if (HasControls(name) || TypeOf(path) != fs::file_type::regular) {
    return false;
  }
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (HexDigest(Sha256(bytes)) != sha256) return false;
  earlier.files.insert(name);
  return true;
}

// Notes the manifests in provenance/ that `statement` depends on, and theirs.
absl::Status NoteManifests(const std::string& directory,
                           const Statement& statement,
                           EarlierPublication& earlier) {
  for (const ResourceDescriptor& dependency :
       statement.predicate().build_definition().resolved_dependencies()) {
    if (dependency.annotations().kind() != kManifestKind) continue;
    const std::string name =
        absl::StrCat(kProvenanceFolder, "/", dependency.name());
    if (earlier.files.count(name) > 0) continue;
    ASSIGN_OR_RETURN(const bool same,
                     Note(directory, name, Sha256Of(dependency), earlier));
    if (!same) continue;
    ASSIGN_OR_RETURN(const std::string json,
                     ReadFile(absl::StrCat(directory, "/", name)));
    const auto behind = ManifestFromJson(json, name);
    if (!behind.ok()) continue;
    RETURN_IF_ERROR(NoteManifests(directory, *behind, earlier));
  }
  return absl::OkStatus();
}

std::vector<std::string> EntriesOf(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    const bool is_folder =
        entry->symlink_status(error).type() == fs::file_type::directory;
    names.push_back(
        absl::StrCat(entry->path().filename().string(), is_folder ? "/" : ""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// "a, b, c and 7 more".
std::string Listed(const std::vector<std::string>& names) {
  if (names.size() <= kNamesInMessage) return absl::StrJoin(names, ", ");
  return absl::StrCat(
      absl::StrJoin(names.begin(), names.begin() + kNamesInMessage, ", "),
      " and ", names.size() - kNamesInMessage, " more");
}

absl::Status CheckPlaces(const std::set<std::string>& names,
                         const std::string& directory) {
  for (const std::string& name : names) {
    const std::string path = absl::StrCat(directory, "/", name);
    if (TypeOf(path) == fs::file_type::directory) {
      return absl::InvalidArgumentError(absl::StrCat(
          path,
          ": is a folder, and a file would be published there; move it "
          "away"));
    }
    const size_t slash = name.find('/');
    if (slash == std::string::npos) continue;
    const std::string folder =
        absl::StrCat(directory, "/", name.substr(0, slash));
    const fs::file_type type = TypeOf(folder);
    if (type != fs::file_type::not_found && type != fs::file_type::directory) {
      return absl::InvalidArgumentError(
          absl::StrCat(folder,
                       ": is not a folder, and files would be "
                       "published in it; move it away"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EarlierPublication> FindEarlierPublication(
    const std::string& directory) {
  EarlierPublication earlier;
  const std::string path = absl::StrCat(directory, "/", kRootManifest);
  if (TypeOf(path) != fs::file_type::regular) return earlier;
  ASSIGN_OR_RETURN(const std::string json, ReadFile(path));
  const auto root = ManifestFromJson(json, kRootManifest);
  if (!root.ok() || StageOf(*root) != "publish") return earlier;
  earlier.exists = true;
  earlier.files.insert(kRootManifest);
  if (TypeOf(absl::StrCat(directory, "/", kRunRecord)) ==
      fs::file_type::regular) {
    earlier.files.insert(kRunRecord);
  }
  for (const ResourceDescriptor& subject : root->subject()) {
    for (const std::string& name :
         {subject.name(),
          absl::StrCat(kArtifactsFolder, "/", subject.name())}) {
      RETURN_IF_ERROR(
          Note(directory, name, Sha256Of(subject), earlier).status());
    }
  }
  RETURN_IF_ERROR(NoteManifests(directory, *root, earlier));
  return earlier;
}

absl::Status CheckMayPublish(const EarlierPublication& earlier,
                             const std::set<std::string>& names,
                             const std::string& directory, bool overwrite) {
  if (TypeOf(directory) == fs::file_type::not_found) return absl::OkStatus();
  absl::Status places = CheckPlaces(names, directory);
  if (!places.ok() || overwrite) return places;
  if (!earlier.exists) {
    const std::vector<std::string> others = OtherEntries(directory, {});
    if (others.empty()) return absl::OkStatus();
    return absl::AlreadyExistsError(absl::StrCat(
        directory, ": contains ", Listed(others),
        ", and publish did not write this folder; name an empty one, or give "
        "--overwrite to replace files of the same names"));
  }
  std::vector<std::string> replaced;
  for (const std::string& name : names) {
    if (earlier.files.count(name) == 0 &&
        TypeOf(absl::StrCat(directory, "/", name)) !=
            fs::file_type::not_found) {
      replaced.push_back(name);
    }
  }
  if (replaced.empty()) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      directory, ": ", Listed(replaced),
      " would be replaced, but not as publish wrote it; move it away, or give "
      "--overwrite"));
}

std::vector<std::string> OtherEntries(const std::string& directory,
                                      const std::set<std::string>& names) {
  std::vector<std::string> others;
  for (const std::string& name : EntriesOf(directory)) {
    if (names.count(name) == 0 && !IsBuildFile(name)) others.push_back(name);
  }
  for (const absl::string_view folder : {kArtifactsFolder, kProvenanceFolder}) {
    const std::string prefix = absl::StrCat(folder, "/");
    const auto found = std::find(others.begin(), others.end(), prefix);
    const auto first = names.lower_bound(prefix);
    const bool published =
        first != names.end() && first->compare(0, prefix.size(), prefix) == 0;
    if (found == others.end() || !published) continue;
    others.erase(found);
    for (const std::string& entry :
         EntriesOf(absl::StrCat(directory, "/", folder))) {
      const std::string name = absl::StrCat(prefix, entry);
      if (names.count(name) == 0) others.push_back(name);
    }
  }
  std::sort(others.begin(), others.end());
  return others;
}

}  // namespace quant_curve
