#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

// Whether no input has a manifest: nothing of ours lies behind it.
bool IsRoot(const Stage& stage) {
  const std::vector<FileAndManifest>& files =
      stage.manifest->dependencies().files;
  return std::all_of(
      files.begin(), files.end(),
      [](const FileAndManifest& input) { return input.manifest == nullptr; });
}

void CheckRoot(const Stage& stage, Findings& findings) {
  const auto refuse = [&](absl::string_view field, absl::string_view why) {
    findings.Add(Check::kRoots, stage.manifest->path(), field, why);
  };
  // Made of files from outside, whose digests the manifest has.
  if (!stage.manifest->dependencies().files.empty()) return;
  if (stage.stage == "benchmark") return;  // random shapes of this machine
  if (stage.stage != "corpus") {
    return refuse("predicate.buildDefinition.resolvedDependencies",
                  absl::StrCat("no input: a chain begins with corpus or with "
                               "files from outside, not with ",
                               stage.stage));
  }
  if (FlagOf(stage, "seed").empty()) {
    refuse("predicate.buildDefinition.externalParameters.flags.seed",
           "missing: a generated corpus follows from its seed");
  }
}

// Every `flag` of `stage_name` names the same file.
void CheckOneInput(const Chain& chain, absl::string_view stage_name,
                   const std::string& flag, Findings& findings) {
  const Stage* first = nullptr;
  std::string digest;
  for (const Stage& stage : chain.stages) {
    if (stage.stage != stage_name) continue;
    for (const ResourceDescriptor* input : InputsOf(stage, flag)) {
      findings.Count(Check::kRoots);
      if (first == nullptr) {
        first = &stage;
        digest = Sha256Of(*input);
      } else if (Sha256Of(*input) != digest) {
        findings.Add(
            Check::kRoots, stage.manifest->path(),
            "predicate.buildDefinition.resolvedDependencies",
            absl::StrCat("its ", flag, " ", input->name(), " has SHA-256 ",
                         Sha256Of(*input), ", that of ",
                         first->manifest->path(), " has ", digest,
                         ": they are of different runs"));
      }
    }
  }
}

// A sequential scheme runs the text of its calibration again: it names a corpus
// that the calibration read. No other scheme names one.
void CheckSequential(const Chain& chain, const Stage& stage,
                     Findings& findings) {
  const auto& parameters = stage.build().external_parameters().artifact();
  const auto sequential = parameters.find("scheme.sequential");
  const bool is_sequential =
      sequential != parameters.end() && sequential->second == "true";
  const std::vector<const ResourceDescriptor*> corpora =
      InputsOf(stage, "corpus");
  const auto refuse = [&](absl::string_view why) {
    findings.Add(Check::kRoots, stage.manifest->path(),
                 "predicate.buildDefinition.resolvedDependencies", why);
  };
  findings.Count(Check::kRoots);
  if (corpora.size() != (is_sequential ? 1 : 0)) {
    return refuse(absl::StrCat(corpora.size(), " corpora, the scheme is ",
                               is_sequential
                                   ? "sequential and reads one"
                                   : "not sequential and reads none"));
  }
  for (const ResourceDescriptor* corpus : corpora) {
    if (WasReadBehind(chain, stage, "corpus", Sha256Of(*corpus))) continue;
    refuse(absl::StrCat("its corpus ", corpus->name(), " with SHA-256 ",
                        Sha256Of(*corpus),
                        " is none that its calibration read"));
  }
}

bool Holds(const Stage& root, const std::string& name,
           const std::string& value) {
  return name == "sha256" ? Sha256Of(root.subject()) == value
                          : FlagOf(root, name) == value;
}

// Each expectation holds for a root, and each root meets one: a second root
// that nobody expects could be where everything really comes from.
void CheckExpected(
    const std::vector<const Stage*>& roots,
    const std::vector<std::pair<std::string, std::string>>& expected,
    Findings& findings) {
  for (const auto& [name, value] : expected) {
    findings.Count(Check::kRoots);
    const bool found = std::any_of(roots.begin(), roots.end(),
                                   [&name = name, &value = value](auto* root) {
                                     return Holds(*root, name, value);
                                   });
    if (found) continue;
    findings.Add(Check::kRoots, kRootManifest, "",
                 absl::StrCat("no root has ", name, "=", value,
                              ", which --expected_roots asks for"));
  }
  if (expected.empty()) return;
  for (const Stage* root : roots) {
    if (root->kind() == ArtifactKind_Name(TIMING)) continue;
    const bool is_expected =
        std::any_of(expected.begin(), expected.end(), [root](const auto& pair) {
          return Holds(*root, pair.first, pair.second);
        });
    if (is_expected) continue;
    findings.Add(Check::kRoots, root->manifest->path(), "",
                 absl::StrCat("a root made by ", root->stage, " with SHA-256 ",
                              Sha256Of(root->subject()),
                              ", which --expected_roots does not name"));
  }
}

}  // namespace

void CheckRoots(
    const Chain& chain,
    const std::vector<std::pair<std::string, std::string>>& expected,
    Findings& findings) {
  std::vector<const Stage*> roots;
  for (const Stage& stage : chain.stages) {
    if (!IsRoot(stage)) continue;
    findings.Count(Check::kRoots);
    CheckRoot(stage, findings);
    roots.push_back(&stage);
  }
  CheckOneInput(chain, "evaluate", "corpus", findings);
  CheckOneInput(chain, "quantize", "checkpoint", findings);
  for (const Stage& stage : chain.stages) {
    if (stage.stage == "quantize") CheckSequential(chain, stage, findings);
  }
  CheckExpected(roots, expected, findings);
}

}  // namespace quant_curve
