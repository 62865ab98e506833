#include "tools/audit/rebuild.h"

#include <sys/stat.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/command.h"
#include "tools/audit/folder.h"
#include "tools/audit/process.h"

namespace quant_curve {
namespace {

std::string NamesOf(const ToolRun& run) {
  return absl::StrJoin(run.outputs, ", ",
                       [](std::string* out, const Stage* stage) {
                         out->append(stage->subject().name());
                       });
}

class Rebuilder {
 public:
  Rebuilder(const Evidence& evidence, const RebuildOptions& options,
            Findings& findings)
      : evidence_(evidence), options_(options), findings_(findings) {}

  // What to tell people of it.
  absl::StatusOr<std::string> Do(const ToolRun& run) {
    const std::string missing = MissingInput(run);
    if (!missing.empty()) {
      Refuse(*run.outputs[0],
             absl::StrCat("was not made again: its input ", missing,
                          " was not made again either"));
      return absl::StrCat("skipped: no ", missing);
    }
    if (IsTimed(run)) return TakeAsRecorded(run);
    ASSIGN_OR_RETURN(const bool ready, TakeOutside(run));
    if (!ready) return std::string("skipped: its inputs were not found");
    const absl::Status status =
        RunProgram(ToolPath(options_.tools_folder, run.stage),
                   ArgumentsOf(run, options_.scratch, options_.programs),
                   options_.scratch, options_.scratch + ".log");
    if (!status.ok()) {
      Refuse(*run.outputs[0], status.message());
      return std::string("failed");
    }
    bool same = true;
    for (const Stage* output : run.outputs) same = Compare(*output) && same;
    return std::string(same ? "same bytes" : "differs");
  }

 private:
  std::string PathOf(const std::string& name) const {
    return absl::StrCat(options_.scratch, "/", name);
  }

  void Refuse(const Stage& stage, absl::string_view why) {
    findings_.Add(Check::kRebuild, stage.path, "", why);
  }

  // The first input that no run made.
  std::string MissingInput(const ToolRun& run) const {
    const Stage& first = *run.outputs[0];
    for (const FileAndManifest& input : first.manifest->dependencies().files) {
      if (input.manifest == nullptr) continue;
      if (made_.count(input.file->name()) == 0) return input.file->name();
    }
    return "";
  }

  absl::StatusOr<std::string> TakeAsRecorded(const ToolRun& run) {
    for (const Stage* output : run.outputs) {
      if (output->file == nullptr) {
        Refuse(*output, "is a time, which cannot be made again, and not found");
        return std::string("skipped: a time, not found");
      }
      const std::string path = PathOf(output->subject().name());
      RETURN_IF_ERROR(output->file->CopyTo(path));
      RETURN_IF_ERROR(output->manifest->CopyTo(ManifestPath(path)));
      made_.insert(output->subject().name());
      findings_.NotChecked(absl::StrCat(
          output->subject().name(),
          " is a time and was not measured again: taken as recorded"));
    }
    return std::string("a time: not run again, taken as recorded");
  }

  // Files from outside. False when one was not found.
  absl::StatusOr<bool> TakeOutside(const ToolRun& run) {
    const Stage& first = *run.outputs[0];
    for (const FileAndManifest& input : first.manifest->dependencies().files) {
      if (input.manifest != nullptr) continue;
      const EvidenceFile* file = evidence_.FindElsewhere(Sha256Of(*input.file));
      if (file == nullptr) {
        Refuse(first, absl::StrCat(input.file->name(), " (SHA-256 ",
                                   Sha256Of(*input.file),
                                   "), a file from outside, was not found; "
                                   "name its folder with --artifacts"));
        return false;
      }
      const std::string folder = PathOf(OutsideFolderOf(run));
      mkdir(folder.c_str(), 0777);  // the write below says if that failed
      RETURN_IF_ERROR(
          file->CopyTo(absl::StrCat(folder, "/", input.file->name())));
    }
    return true;
  }

  bool IsSame(const Stage& stage, const std::string& path,
              const std::string& what, const std::string& recorded) {
    const auto now = HashFile(path, /*follow_links=*/false);
    if (!now.ok()) {
      Refuse(stage, now.status().message());
      return false;
    }
    findings_.Count(Check::kRebuild);
    if (*now == recorded) return true;
    Refuse(stage, absl::StrCat("run again, its ", what, " have SHA-256 ", *now,
                               ", recorded is ", recorded));
    return false;
  }

  bool Compare(const Stage& output) {
    const std::string& name = output.subject().name();
    const std::string path = PathOf(name);
    if (!IsSame(output, path, "bytes", Sha256Of(output.subject()))) {
      return false;
    }
    made_.insert(name);
    return !options_.compare_manifests ||
           IsSame(output, ManifestPath(path), "manifest's bytes",
                  output.manifest->sha256());
  }

  const Evidence& evidence_;
  const RebuildOptions& options_;
  Findings& findings_;
  std::set<std::string> made_;  // names that lie in the scratch folder
};

}  // namespace

absl::Status Rebuild(const Evidence& evidence, const Chain& chain,
                     const RebuildOptions& options,
                     absl::FunctionRef<void(const RebuildProgress&)> progress,
                     Findings& findings) {
  Rebuilder rebuilder(evidence, options, findings);
  const std::vector<ToolRun> runs = RunsOf(chain);
  for (size_t i = 0; i < runs.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string outcome, rebuilder.Do(runs[i]));
    progress({static_cast<int>(i) + 1, static_cast<int>(runs.size()),
              runs[i].stage, NamesOf(runs[i]), outcome});
  }
  if (!options.compare_manifests) {
    findings.NotChecked(
        "manifests were not compared after the rebuild: they name other tools "
        "than those built now");
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
