#include "tools/audit/chain.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

// Longer than any pipeline; keeps a forged chain from exhausting the stack.
constexpr size_t kMaxDepth = 200;
constexpr int kNoStage = -1;
// Files in the folder that are not part of the publication.
constexpr absl::string_view kNotCovered[] = {"run.json", "BUILD"};

// Follows manifests from consumer to producer, depth first.
class Walk {
 public:
  Walk(const Evidence& evidence, Findings& findings)
      : evidence_(evidence), findings_(findings) {}

  Chain Run() {
    Chain chain;
    const EvidenceFile* root = evidence_.Find(kRootManifest);
    if (root == nullptr) {
      findings_.Add(Check::kChain, kRootManifest, "",
                    "missing: nothing says what this folder holds");
      return chain;
    }
    if (!root->manifest_status().ok()) return chain;
    chain.root = root;
    for (const FileAndManifest& entry : root->dependencies().files) {
      chain.published.push_back(Visit(*root, entry));
      MarkPublished(*entry.file, chain.published.back());
    }
    CheckOrphans();
    chain.stages = std::move(stages_);
    return chain;
  }

 private:
  // The stage behind an entry of `consumer`.
  int Visit(const EvidenceFile& consumer, const FileAndManifest& entry) {
    if (entry.manifest == nullptr) return kNoStage;
    const std::string path =
        absl::StrCat(kProvenanceFolder, entry.manifest->name());
    named_.insert(path);
    findings_.Count(Check::kChain);
    const EvidenceFile* manifest = evidence_.Find(path);
    if (manifest == nullptr) {
      findings_.Add(Check::kChain, path, "",
                    absl::StrCat("missing: ", consumer.path(), " names it in ",
                                 entry.manifest_field));
      return kNoStage;
    }
    if (!manifest->manifest_status().ok()) return kNoStage;
    CheckDescription(consumer, entry, *manifest);
    const auto seen = numbers_.find(path);
    if (seen != numbers_.end()) return seen->second;
    return VisitNew(*manifest);
  }

  int VisitNew(const EvidenceFile& manifest) {
    for (size_t i = 0; i < open_.size(); ++i) {
      if (open_[i] != manifest.path()) continue;
      findings_.Add(Check::kChain, manifest.path(), "",
                    absl::StrCat("a cycle: ", absl::StrJoin(open_, " needs "),
                                 " needs it again"));
      return kNoStage;
    }
    if (open_.size() >= kMaxDepth) {
      findings_.Add(Check::kChain, manifest.path(), "",
                    absl::StrCat("the chain is longer than ", kMaxDepth));
      return kNoStage;
    }
    open_.push_back(manifest.path());
    Stage stage = {};
    stage.manifest = &manifest;
    stage.stage = StageOf(manifest.statement());
    for (const FileAndManifest& input : manifest.dependencies().files) {
      stage.inputs.push_back(Visit(manifest, input));
    }
    open_.pop_back();
    stage.path = stage.subject().name();
    stage.file = evidence_.FindElsewhere(Sha256Of(stage.subject()));
    stages_.push_back(std::move(stage));
    return numbers_[manifest.path()] = static_cast<int>(stages_.size()) - 1;
  }

  // What a consumer says of a file is what the file's own manifest says.
  void CheckDescription(const EvidenceFile& consumer,
                        const FileAndManifest& entry,
                        const EvidenceFile& manifest) {
    const ResourceDescriptor& own = manifest.statement().subject(0);
    const auto compare = [&](Check check, absl::string_view field,
                             absl::string_view is, absl::string_view expected) {
      if (is == expected) return;
      findings_.Add(check, manifest.path(), absl::StrCat("subject[0].", field),
                    absl::StrCat("is ", is, ", but ", consumer.path(), " says ",
                                 expected, " in ", entry.file_field));
    };
    compare(Check::kChain, "name", own.name(), entry.file->name());
    compare(Check::kChain, "annotations.kind", own.annotations().kind(),
            entry.file->annotations().kind());
    compare(Check::kDigests, "digest", Sha256Of(own), Sha256Of(*entry.file));
    compare(Check::kDigests, "annotations.contentsSha256",
            own.annotations().contents_sha256(),
            entry.file->annotations().contents_sha256());
  }

  void MarkPublished(const ResourceDescriptor& file, int number) {
    const std::string path = PublishedPath(file);
    named_.insert(path);
    const EvidenceFile* found = evidence_.Find(path);
    if (found == nullptr) {
      findings_.Add(Check::kChain, path, "",
                    absl::StrCat("missing: ", kRootManifest, " names it"));
    }
    if (number == kNoStage) return;
    Stage& stage = stages_[number];
    stage.published = true;
    stage.path = path;
    const bool is_it =
        found != nullptr && CheckBytes(*found, stage.subject()).ok();
    stage.file = is_it ? found : nullptr;
  }

  void CheckOrphans() {
    named_.insert(std::string(kRootManifest));
    for (const absl::string_view name : kNotCovered) {
      named_.insert(std::string(name));
    }
    for (const auto& [path, file] : evidence_.files()) {
      findings_.Count(Check::kChain);
      if (named_.count(path) > 0) continue;
      findings_.Add(Check::kChain, path, "",
                    absl::StrCat("an orphan: no manifest that ", kRootManifest,
                                 " reaches names it"));
    }
  }

  const Evidence& evidence_;
  Findings& findings_;
  std::vector<Stage> stages_;
  std::map<std::string, int> numbers_;  // by the manifest's path
  std::vector<std::string> open_;       // paths from the root to here
  std::set<std::string> named_;
};

}  // namespace

std::string FlagOf(const Stage& stage, const std::string& name) {
  const auto& flags = stage.build().external_parameters().flags();
  const auto found = flags.find(name);
  return found == flags.end() ? "" : found->second;
}

std::string PublishedPath(const ResourceDescriptor& file) {
  ArtifactKind kind;
  return IsArtifactKind(file.annotations().kind(), &kind)
             ? absl::StrCat(kArtifactsFolder, file.name())
             : file.name();
}

std::vector<const ResourceDescriptor*> InputsOf(const Stage& stage,
                                                const std::string& flag) {
  std::vector<const ResourceDescriptor*> inputs;
  for (const FileAndManifest& input : stage.manifest->dependencies().files) {
    if (input.file->annotations().flag() == flag) inputs.push_back(input.file);
  }
  return inputs;
}

std::vector<const Stage*> StagesOf(const Chain& chain, const Stage& stage,
                                   const std::string& flag) {
  std::vector<const Stage*> stages;
  const std::vector<FileAndManifest>& files =
      stage.manifest->dependencies().files;
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].file->annotations().flag() != flag) continue;
    stages.push_back(stage.inputs[i] < 0 ? nullptr
                                         : &chain.stages[stage.inputs[i]]);
  }
  return stages;
}

bool WasReadBehind(const Chain& chain, const Stage& stage,
                   const std::string& flag, const std::string& digest) {
  std::set<int> seen;
  std::vector<int> open = stage.inputs;
  while (!open.empty()) {
    const int number = open.back();
    open.pop_back();
    if (number < 0 || !seen.insert(number).second) continue;
    const Stage& behind = chain.stages[number];
    for (const ResourceDescriptor* input : InputsOf(behind, flag)) {
      if (ContentsSha256Of(*input) == digest) return true;
    }
    open.insert(open.end(), behind.inputs.begin(), behind.inputs.end());
  }
  return false;
}

Chain BuildChain(const Evidence& evidence, Findings& findings) {
  for (const auto& [path, file] : evidence.files()) {
    if (!file->is_manifest()) continue;
    findings.Count(Check::kForm);
    if (file->manifest_status().ok()) continue;
    findings.Add(Check::kForm, path, "", file->manifest_status().message());
  }
  return Walk(evidence, findings).Run();
}

}  // namespace quant_curve
