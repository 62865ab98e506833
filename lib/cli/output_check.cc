#include "lib/cli/output_check.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/part_name.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/usage_error.h"
#include "lib/cli/workspace.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/stages.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

bool AreSameFile(const std::string& a, const std::string& b) {
  struct stat file_a, file_b;
  return stat(a.c_str(), &file_a) == 0 && stat(b.c_str(), &file_b) == 0 &&
         file_a.st_dev == file_b.st_dev && file_a.st_ino == file_b.st_ino;
}

// Also when there is no such file yet.
bool AreSamePlace(const std::string& a, const std::string& b) {
  if (AreSameFile(a, b)) return true;
  std::error_code error;
  const fs::path place_a = fs::weakly_canonical(fs::absolute(a, error), error);
  if (error) return false;
  const fs::path place_b = fs::weakly_canonical(fs::absolute(b, error), error);
  return !error && place_a == place_b;
}

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Whether `path` lies in the existing folder `folder`, at any depth.
bool LiesIn(const std::string& path, const std::string& folder) {
  std::error_code error;
  const fs::path top = fs::canonical(folder, error);
  if (error) return false;
  fs::path inner = fs::canonical(path, error);
  if (error) return false;
  while (inner.has_relative_path()) {
    inner = inner.parent_path();
    if (inner == top) return true;
  }
  return false;
}

bool IsArtifact(const fs::path& path) {
  char head[kMagicBytes] = {};
  std::ifstream(path, std::ios::binary).read(head, sizeof(head));
  return HasArtifactMagic({head, sizeof(head)});
}

// The file of `folder` that is `path` and would be lost; "" when there is none.
std::string LostIn(const std::string& folder, const std::string& path) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path file = entry->path();
    if (!fs::is_regular_file(file, error) || !AreSameFile(file, path)) continue;
    const bool is_ours =
        absl::EndsWith(file.string(), kManifestSuffix) || IsArtifact(file);
    if (!is_ours) return file.string();
  }
  return "";
}

absl::Status Refuse(const NamedPath& output, const std::string& written,
                    absl::string_view other) {
  return UsageError(absl::StrCat("--", output.flag, ": ", written, " is ",
                                 other,
                                 ", which would be lost; give another path"));
}

absl::Status CheckAgainst(const NamedPath& output, const std::string& written,
                          const NamedPath& input) {
  if (AreSameFile(written, input.path)) {
    return Refuse(output, written, absl::StrCat("also --", input.flag));
  }
  if (IsFolder(written) && LiesIn(input.path, written)) {
    return Refuse(
        output, written,
        absl::StrCat("the folder of --", input.flag, "=", input.path));
  }
  if (!IsFolder(input.path)) return absl::OkStatus();
  const std::string lost = LostIn(input.path, written);
  if (lost.empty()) return absl::OkStatus();
  return Refuse(output, written,
                absl::StrCat("a file of --", input.flag, "=", input.path));
}

absl::Status CheckOutput(const NamedPath& output, const CommandPaths& paths) {
  for (const std::string& written : {output.path, ManifestPath(output.path)}) {
    for (const NamedPath& input : paths.artifacts) {
      RETURN_IF_ERROR(CheckAgainst(output, written, input));
      if (!AreSameFile(written, ManifestPath(input.path))) continue;
      return Refuse(output, written,
                    absl::StrCat("the manifest of --", input.flag));
    }
    for (const NamedPath& input : paths.files) {
      RETURN_IF_ERROR(CheckAgainst(output, written, input));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTwoOutputs(const NamedPath& a, const NamedPath& b) {
  const std::string manifest_a = ManifestPath(a.path);
  const std::string manifest_b = ManifestPath(b.path);
  if (AreSamePlace(a.path, b.path) || AreSamePlace(manifest_a, b.path) ||
      AreSamePlace(a.path, manifest_b)) {
    return Refuse(a, a.path, absl::StrCat("also --", b.flag));
  }
  return absl::OkStatus();
}

// A list's items, or the one path (which may have commas).
std::vector<std::string> ValuesOf(const absl::CommandLineFlag& flag) {
  const std::string text = flag.CurrentValue();
  if (text.empty()) return {};
  if (!flag.IsOfType<std::vector<std::string>>()) return {text};
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

// Also the files that an index names. Files that cannot be read are skipped:
// the tool refuses them when it opens them.
void AddInput(const NamedPath& input, CommandPaths& paths) {
  paths.artifacts.push_back(input);
  const auto parts = PartPathsOf(input.path);
  if (!parts.ok()) return;
  const std::string flag =
      absl::StrCat(input.flag, " (a part of ", input.path, ")");
  for (const std::string& part : *parts)
    paths.artifacts.push_back({flag, part});
}

void AddOutput(const FlagSpec& spec, const std::string& path,
               CommandPaths& paths) {
  const std::string flag(spec.name);
  // Folders to publish in are relative to the workspace.
  paths.outputs.push_back(
      {flag, absl::EndsWith(flag, "_dir") ? InWorkspace(path) : path});
  if (spec.parts_flag.empty()) return;
  const absl::CommandLineFlag* parts =
      absl::FindCommandLineFlag(spec.parts_flag);
  uint32_t count = 0;
  if (parts == nullptr || !absl::SimpleAtoi(parts->CurrentValue(), &count) ||
      count < 2 || count > kMaxParts) {
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    paths.outputs.push_back({flag, PartPath(path, i, count)});
  }
}

void AddPaths(const FlagSpec& spec, CommandPaths& paths) {
  const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(spec.name);
  if (flag == nullptr) return;
  for (const std::string& value : ValuesOf(*flag)) {
    const NamedPath named = {std::string(spec.name), value};
    switch (spec.kind) {
      case FlagKind::kInput:
        AddInput(named, paths);
        break;
      case FlagKind::kOutput:
        AddOutput(spec, value, paths);
        break;
      case FlagKind::kFile:
      case FlagKind::kProgram:
      case FlagKind::kScheme:
        paths.files.push_back(named);
        break;
      case FlagKind::kParameter:
      case FlagKind::kUnrecorded:
        break;
    }
  }
}

}  // namespace

absl::Status CheckOutputsAreNotInputs(const CommandPaths& paths) {
  for (size_t i = 0; i < paths.outputs.size(); ++i) {
    RETURN_IF_ERROR(CheckOutput(paths.outputs[i], paths));
    for (size_t j = i + 1; j < paths.outputs.size(); ++j) {
      // Parts of one output have names of their own.
      if (paths.outputs[j].flag == paths.outputs[i].flag) continue;
      RETURN_IF_ERROR(CheckTwoOutputs(paths.outputs[i], paths.outputs[j]));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFlagsAreDeclared(const std::string& stage) {
  const StageSpec* spec = FindStage(stage);
  if (spec == nullptr) return absl::OkStatus();
  constexpr absl::string_view kTable = "lib/provenance/stages.cc";
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    const std::string file = flag->Filename();
    const bool is_ours =
        absl::EndsWith(file, "_main.cc") || absl::StrContains(file, "lib/cli/");
    if (!is_ours || spec->FindFlag(name) != nullptr) continue;
    return absl::InternalError(absl::StrCat("--", name, " is not declared for ",
                                            stage, " in ", kTable,
                                            "; add it there"));
  }
  for (const FlagSpec& flag : spec->flags) {
    if (absl::FindCommandLineFlag(flag.name) != nullptr) continue;
    return absl::InternalError(
        absl::StrCat(kTable, " declares --", flag.name, " for ", stage,
                     ", which has no such flag; remove it there"));
  }
  return absl::OkStatus();
}

CommandPaths CommandPathsOf(const std::string& stage) {
  CommandPaths paths;
  const StageSpec* spec = FindStage(stage);
  if (spec == nullptr) return paths;
  for (const FlagSpec& flag : spec->flags) AddPaths(flag, paths);
  // Abseil's own, in every program.
  AddPaths({"flagfile", FlagKind::kFile}, paths);
  return paths;
}

}  // namespace quant_curve
