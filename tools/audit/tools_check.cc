#include "absl/strings/str_cat.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

using Fields = std::map<std::string, std::string>;

void CheckTool(const EvidenceFile& manifest, const ResourceDescriptor& tool,
               const ToolDigests& now, Findings& findings) {
  findings.Count(Check::kTools);
  const auto found = now.find(tool.name());
  const auto refuse = [&](absl::string_view why) {
    findings.Add(Check::kTools, manifest.path(),
                 absl::StrCat("tool ", tool.name()), why);
  };
  if (found == now.end()) {
    return refuse(
        "not built with the audit, so nothing tells whether it "
        "changed; --ignore_tools leaves this out");
  }
  if (found->second == Sha256Of(tool)) return;
  refuse(absl::StrCat("stale: it was ", Sha256Of(tool), ", built now it is ",
                      found->second,
                      "; publish again, or --rebuild to see whether the bytes "
                      "are the same"));
}

// What decides how numbers round, and which programs ran.
Fields ProfileOf(const EvidenceFile& manifest) {
  const Statement& statement = manifest.statement();
  const BuildDefinition& build = statement.predicate().build_definition();
  Fields fields;
  for (const auto& [name, value] : build.internal_parameters()) {
    fields[absl::StrCat("predicate.buildDefinition.internalParameters.",
                        name)] = value;
  }
  for (const auto& [name, value] :
       statement.predicate().run_details().builder().version()) {
    fields[absl::StrCat("predicate.runDetails.builder.version.", name)] = value;
  }
  return fields;
}

// Digests that all manifests that have them must share.
Fields ProgramsOf(const EvidenceFile& manifest) {
  const Dependencies& dependencies = manifest.dependencies();
  Fields fields;
  fields[absl::StrCat("tool ", dependencies.tool->name())] =
      Sha256Of(*dependencies.tool);
  for (const ResourceDescriptor* program : dependencies.programs) {
    fields[absl::StrCat("program ", program->name())] = Sha256Of(*program);
  }
  if (dependencies.schema != nullptr) {
    fields[absl::StrCat("schema ", dependencies.schema->name())] =
        Sha256Of(*dependencies.schema);
  }
  return fields;
}

std::vector<const EvidenceFile*> ManifestsOf(const Chain& chain) {
  std::vector<const EvidenceFile*> manifests;
  for (const Stage& stage : chain.stages) manifests.push_back(stage.manifest);
  if (chain.root != nullptr) manifests.push_back(chain.root);
  return manifests;
}

// Of each field the value that most manifests have; of two as frequent ones
// the smaller.
Fields MostCommon(const std::vector<Fields>& all) {
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Fields& fields : all) {
    for (const auto& [name, value] : fields) ++counts[name][value];
  }
  Fields common;
  for (const auto& [name, values] : counts) {
    int best = 0;
    for (const auto& [value, count] : values) {
      if (count <= best) continue;
      best = count;
      common[name] = value;
    }
  }
  return common;
}

// `must_have`: whether a manifest may not lack a field that others have.
void CompareFields(const std::vector<const EvidenceFile*>& manifests,
                   const std::vector<Fields>& all, bool must_have,
                   Findings& findings) {
  const Fields common = MostCommon(all);
  for (size_t i = 0; i < manifests.size(); ++i) {
    findings.Count(Check::kProfile);
    for (const auto& [name, value] : common) {
      const auto found = all[i].find(name);
      if (found == all[i].end() && !must_have) continue;
      const std::string is = found == all[i].end()
                                 ? "missing"
                                 : absl::StrCat("'", found->second, "'");
      if (is == absl::StrCat("'", value, "'")) continue;
      findings.Add(
          Check::kProfile, manifests[i]->path(), name,
          absl::StrCat("mixed: is ", is, ", in the chain it is '", value, "'"));
    }
  }
}

}  // namespace

void CheckTools(const Chain& chain, const ToolDigests& now,
                Findings& findings) {
  for (const EvidenceFile* manifest : ManifestsOf(chain)) {
    const Dependencies& dependencies = manifest->dependencies();
    CheckTool(*manifest, *dependencies.tool, now, findings);
    for (const ResourceDescriptor* program : dependencies.programs) {
      CheckTool(*manifest, *program, now, findings);
    }
  }
}

void CheckProfile(const Chain& chain, Findings& findings) {
  const std::vector<const EvidenceFile*> manifests = ManifestsOf(chain);
  std::vector<Fields> profiles, programs;
  for (const EvidenceFile* manifest : manifests) {
    profiles.push_back(ProfileOf(*manifest));
    programs.push_back(ProgramsOf(*manifest));
  }
  CompareFields(manifests, profiles, /*must_have=*/true, findings);
  CompareFields(manifests, programs, /*must_have=*/false, findings);
}

}  // namespace quant_curve
