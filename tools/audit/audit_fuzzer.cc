// A published folder: Audit and its reports. The input is a folder whose files
// take the place of those of a sound experiment, or are added to it. In the
// file called "seal" it asks that the manifests are made to agree with the
// files again, up to manifest.json: what is behind the digests is then reached.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/artifact/artifact.h"
#include "lib/fuzzing/folder_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/json/json.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/audit.h"
#include "tools/audit/fake_experiment.h"
#include "tools/audit/report.h"

namespace quant_curve {
namespace {

constexpr char kSeal[] = "seal";

const Evidence& Genuine() {
  static const auto* const evidence =
      new Evidence(FakeExperiment().Publish(/*complete=*/true));
  return *evidence;
}

// Not covered by any digest (docs/provenance.md).
bool IsCovered(absl::string_view path) {
  return path != "run.json" && path != "BUILD";
}

// An artifact's contents in an input are its payload.
std::string FileOf(const EvidenceFile* genuine, const std::string& contents) {
  if (genuine == nullptr || !absl::EndsWith(genuine->path(), ".qca")) {
    return contents;
  }
  return Frame(KindInHeader(genuine->bytes(), "genuine").value(), contents);
}

// Puts new digests for old ones into every manifest, and goes on with the
// digests of the manifests that this changes.
void Seal(std::map<std::string, std::string> digests, Evidence& evidence) {
  while (!digests.empty()) {
    std::map<std::string, std::string> changed;
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& [path, file] : evidence.files()) {
      if (!file->is_manifest()) continue;
      std::string bytes = absl::StrReplaceAll(file->bytes(), digests);
      if (bytes != file->bytes()) files.push_back({path, std::move(bytes)});
    }
    for (auto& [path, bytes] : files) {
      const std::string before = evidence.Find(path)->sha256();
      evidence.Set(path, std::move(bytes));
      changed[before] = evidence.Find(path)->sha256();
    }
    digests = std::move(changed);
  }
}

Evidence FolderOf(absl::string_view input) {
  Evidence evidence = Genuine();
  std::map<std::string, std::string> digests;
  bool seal = false;
  for (const FolderFile& file : FolderFromInput(input)) {
    if (file.name == kSeal) {
      seal = true;
      continue;
    }
    const EvidenceFile* genuine = Genuine().Find(file.name);
    evidence.Set(file.name, FileOf(genuine, file.contents));
    if (genuine != nullptr) {
      digests[genuine->sha256()] = evidence.Find(file.name)->sha256();
    }
  }
  if (seal) Seal(std::move(digests), evidence);
  return evidence;
}

bool IsGenuine(const Evidence& evidence) {
  for (const auto& [path, file] : evidence.files()) {
    if (!IsCovered(path)) continue;
    const EvidenceFile* genuine = Genuine().Find(path);
    if (genuine == nullptr || genuine->bytes() != file->bytes()) return false;
  }
  return true;
}

bool IsPrintable(absl::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

void TestFolder(absl::string_view input) {
  static const auto* const options =
      new AuditOptions(FakeExperiment::Options());
  const Evidence evidence = FolderOf(input);
  const AuditResult result = Audit(evidence, *options);
  Require(IsPrintable(TextReport(result, "folder")),
          "a report holds no control characters");
  Require(ParseJson(JsonReport(result, "folder"), "report").ok(),
          "a JSON report is JSON");
  if (result.findings.ExitCode() != 0) return;
  Accepts(absl::OkStatus());
  const EvidenceFile* root = evidence.Find(kRootManifest);
  Require(root->bytes() != Genuine().Find(kRootManifest)->bytes() ||
              IsGenuine(evidence),
          "under the genuine manifest.json only genuine files pass");
}

std::string ContentsOf(const EvidenceFile& file) {
  if (!absl::EndsWith(file.path(), ".qca")) return file.bytes();
  const ArtifactKind kind = KindInHeader(file.bytes(), "genuine").value();
  return std::string(Unframe(file.bytes(), kind, "genuine").value());
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds = {""};
  for (const auto& [path, file] : Genuine().files()) {
    seeds.push_back(FolderToInput({{path, ContentsOf(*file)}, {kSeal, ""}}));
  }
  return seeds;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestFolder(quant_curve::InputView(data, size));
  return 0;
}
