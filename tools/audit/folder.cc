#include "tools/audit/folder.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

// A sweep of a hundred schemes has less than a tenth. Manifests stay in memory.
constexpr size_t kMaxFiles = 10000;

absl::Status ReadBelow(const fs::path& directory, const std::string& prefix,
                       Evidence& evidence) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        directory.string(), ": cannot read the folder: ", error.message()));
  }
  for (const fs::directory_entry& entry : entries) {
    const std::string path =
        absl::StrCat(prefix, entry.path().filename().string());
    const fs::file_status status = entry.symlink_status(error);
    if (fs::is_directory(status)) {
      RETURN_IF_ERROR(ReadBelow(entry.path(), path + "/", evidence));
      continue;
    }
    if (!fs::is_regular_file(status)) {
      return absl::InvalidArgumentError(
          absl::StrCat(entry.path().string(),
                       ": not a regular file; a published folder "
                       "holds its files themselves, no links"));
    }
    const uint64_t size = entry.file_size(error);
    if (error) {
      return absl::InternalError(
          absl::StrCat(entry.path().string(), ": ", error.message()));
    }
    if (evidence.files().size() >= kMaxFiles) {
      return absl::InvalidArgumentError(
          absl::StrCat(directory.string(), ": more than ", kMaxFiles,
                       " files, which no published folder has"));
    }
    evidence.SetFile(path, entry.path().string(), size);
  }
  return absl::OkStatus();
}

// What the chain names and nobody has.
struct Wanted {
  std::set<std::string> digests;
  std::set<uint64_t> sizes;
  bool any_size =
      false;  // manifests do not say how large files from outside are
};

Wanted WantedOf(const Chain& chain, const Evidence& evidence) {
  Wanted wanted;
  for (const Stage& stage : chain.stages) {
    for (const FileAndManifest& input : stage.manifest->dependencies().files) {
      if (input.manifest != nullptr) continue;
      const std::string digest = Sha256Of(*input.file);
      if (evidence.FindElsewhere(digest) != nullptr) continue;
      wanted.digests.insert(digest);
      wanted.any_size = true;
    }
    if (stage.file != nullptr) continue;
    wanted.digests.insert(Sha256Of(stage.subject()));
    wanted.sizes.insert(stage.subject().annotations().size_bytes());
  }
  return wanted;
}

// Files that cannot be read are not what is looked for.
void Take(const fs::path& path, uint64_t size, Wanted& wanted,
          Evidence& evidence) {
  const auto digest = HashFile(path.string(), /*follow_links=*/true);
  if (!digest.ok() || wanted.digests.erase(*digest) == 0) return;
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (!error) evidence.AddElsewhereFile(real.string(), size, *digest);
}

absl::Status FindBelow(const fs::path& directory, Wanted& wanted,
                       Evidence& evidence) {
  std::error_code error;
  fs::recursive_directory_iterator entry(
      directory, fs::directory_options::skip_permission_denied, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("--artifacts: ", directory.string(),
                     ": cannot read the folder: ", error.message()));
  }
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) return absl::InternalError(error.message());
    if (!entry->is_regular_file(error) || error) continue;
    const uint64_t size = entry->file_size(error);
    if (error || (!wanted.any_size && wanted.sizes.count(size) == 0)) continue;
    Take(entry->path(), size, wanted, evidence);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evidence> ReadFolder(const std::string& directory) {
  Evidence evidence;
  RETURN_IF_ERROR(ReadBelow(directory, "", evidence));
  if (evidence.files().empty()) {
    return absl::NotFoundError(absl::StrCat(directory, ": an empty folder"));
  }
  return evidence;
}

absl::Status FindArtifacts(const std::vector<std::string>& directories,
                           const Chain& chain, Evidence& evidence) {
  Wanted wanted = WantedOf(chain, evidence);
  for (const std::string& directory : directories) {
    RETURN_IF_ERROR(FindBelow(directory, wanted, evidence));
  }
  return absl::OkStatus();
}

std::string ToolPath(const std::string& tools_folder,
                     const std::string& stage) {
  return absl::StrCat(tools_folder, "/", stage, "/", stage);
}

absl::StatusOr<std::string> ToolsFolder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot read /proc/self/exe: ", error.message()));
  }
  return self.parent_path().parent_path().string();
}

ToolDigests DigestsNow(const Chain& chain, const std::string& tools_folder,
                       const std::string& gnuplot) {
  std::set<std::string> names;
  if (chain.root != nullptr) names.insert(StageOf(chain.root->statement()));
  for (const Stage& stage : chain.stages) names.insert(stage.stage);
  ToolDigests digests;
  for (const std::string& name : names) {
    const auto digest =
        HashFile(ToolPath(tools_folder, name), /*follow_links=*/true);
    if (digest.ok()) digests[name] = *digest;
  }
  const auto digest = HashFile(gnuplot, /*follow_links=*/true);
  if (digest.ok()) digests[BaseName(gnuplot)] = *digest;
  return digests;
}

}  // namespace quant_curve
