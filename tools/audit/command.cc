#include "tools/audit/command.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

// Everything in a manifest that tells one run from another, as text.
std::string KeyOf(const Stage& stage) {
  const auto& flags = stage.build().external_parameters().flags();
  const std::map<std::string, std::string> sorted(flags.begin(), flags.end());
  std::string key = absl::StrCat(stage.stage, "\n");
  for (const auto& [name, value] : sorted) {
    absl::StrAppend(&key, name.size(), "=", name, value.size(), "=", value);
  }
  const Dependencies& dependencies = stage.manifest->dependencies();
  for (const FileAndManifest& input : dependencies.files) {
    absl::StrAppend(&key, "\n", input.file->annotations().flag(), " ",
                    Sha256Of(*input.file), " ", input.file->name());
  }
  for (const ResourceDescriptor* program : dependencies.programs) {
    absl::StrAppend(&key, "\n", Sha256Of(*program));
  }
  return absl::StrCat(key, "\n", Sha256Of(*dependencies.tool));
}

bool Writes(const ToolRun& run, const std::string& flag) {
  return std::any_of(run.outputs.begin(), run.outputs.end(),
                     [&flag](const Stage* output) {
                       return output->subject().annotations().flag() == flag;
                     });
}

// Each flag and its value, files as `folder`/NAME.
std::map<std::string, std::string> FlagsOf(
    const ToolRun& run, const std::string& folder,
    const std::map<std::string, std::string>& programs) {
  const Stage& first = *run.outputs[0];
  const auto& told = first.build().external_parameters().flags();
  std::map<std::string, std::string> flags(told.begin(), told.end());
  std::map<std::string, std::string> files;
  const auto add_file = [&](const std::string& flag, const std::string& name) {
    std::string& list = files[flag];
    absl::StrAppend(&list, list.empty() ? "" : ",", folder, "/", name);
  };
  const Dependencies& dependencies = first.manifest->dependencies();
  std::map<std::string, std::vector<std::string>> outside;
  for (const FileAndManifest& input : dependencies.files) {
    const std::string& flag = input.file->annotations().flag();
    if (input.manifest == nullptr) {
      outside[flag].push_back(input.file->name());
    } else {
      add_file(flag, input.file->name());
    }
  }
  for (const auto& [flag, names] : outside) {
    add_file(flag, names.size() > 1
                       ? OutsideFolderOf(run)
                       : absl::StrCat(OutsideFolderOf(run), "/", names[0]));
  }
  for (const Stage* output : run.outputs) {
    add_file(output->subject().annotations().flag(), output->subject().name());
  }
  for (const ResourceDescriptor* program : dependencies.programs) {
    const std::string& flag = program->annotations().flag();
    const auto found = programs.find(flag);
    if (found != programs.end()) files[flag] = found->second;
  }
  for (const auto& [flag, list] : files) flags[flag] = list;
  return flags;
}

// `text` as one word of a shell; "$out" stays a variable.
std::string Quoted(const std::string& text) {
  const std::string fixed = absl::StrReplaceAll(text, {{"$out", ""}});
  const bool plain = std::all_of(fixed.begin(), fixed.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-_=./,:+", c);
  });
  if (plain) return text;
  return absl::StrCat("\x27",
                      absl::StrReplaceAll(text, {{"\x27", "\x27\\\x27\x27"},
                                                 {"$out", "\x27$out\x27"}}),
                      "\x27");
}

}  // namespace

std::vector<ToolRun> RunsOf(const Chain& chain) {
  std::vector<ToolRun> runs;
  std::map<std::string, size_t> places;
  for (const Stage& stage : chain.stages) {
    // The same figure as .png and .svg: alike but for the file, not one run.
    const std::string& flag = stage.subject().annotations().flag();
    std::string key = KeyOf(stage);
    while (places.count(key) > 0 && Writes(runs[places[key]], flag)) {
      key.push_back('+');
    }
    const auto [place, is_new] = places.emplace(key, runs.size());
    if (is_new) runs.push_back({stage.stage, {}});
    runs[place->second].outputs.push_back(&stage);
  }
  return runs;
}

std::string OutsideFolderOf(const ToolRun& run) {
  return absl::StrCat(run.outputs[0]->subject().name(), ".from");
}

bool IsTimed(const ToolRun& run) {
  return run.stage == "benchmark" &&
         std::all_of(run.outputs.begin(), run.outputs.end(),
                     [](const Stage* output) {
                       return output->kind() == ArtifactKind_Name(TIMING);
                     });
}

std::vector<std::string> ArgumentsOf(
    const ToolRun& run, const std::string& folder,
    const std::map<std::string, std::string>& programs) {
  std::vector<std::string> arguments;
  for (const auto& [flag, value] : FlagsOf(run, folder, programs)) {
    arguments.push_back(absl::StrCat("--", flag, "=", value));
  }
  return arguments;
}

std::string ShellLineOf(const ToolRun& run) {
  std::string line = absl::StrCat("bazel run //tools/", run.stage, " --");
  for (const std::string& argument : ArgumentsOf(run, "$out", {})) {
    absl::StrAppend(&line, " ", Quoted(argument));
  }
  return line;
}

}  // namespace quant_curve
