#include "tools/audit/tampering.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/provenance/manifest.h"
#include "nlohmann/json.hpp"

namespace quant_curve {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDescribed = 20;

bool IsCovered(const std::string& path) {
  return path != "run.json" && path != "BUILD";
}

std::vector<std::string> ManifestPaths(const Evidence& evidence) {
  std::vector<std::string> paths;
  for (const auto& [path, file] : evidence.files()) {
    if (file->is_manifest()) paths.push_back(path);
  }
  return paths;
}

std::string Canonical(const Json& json) { return json.dump(2) + "\n"; }

// The value made another one of its kind; a digit stays a digit, so that
// digests stay well formed.
void Change(Json& value) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    if (text.empty()) text = "x";
    char& last = text.back();
    last = last == '0'                  ? '1'
           : last >= '1' && last <= '9' ? '0'
           : last == 'a'                ? 'b'
                                        : 'a';
    value = text;
  } else {
    value = value.get<int64_t>() + 1;
  }
}

// Places in the document, leaves and inner nodes, the root left out.
std::vector<Json::json_pointer> NodesOf(const Json& json,
                                        const Json::json_pointer& at) {
  std::vector<Json::json_pointer> nodes;
  const auto descend = [&](const Json::json_pointer& place, const Json& value) {
    nodes.push_back(place);
    if (!value.is_structured()) return;
    const auto inner = NodesOf(value, place);
    nodes.insert(nodes.end(), inner.begin(), inner.end());
  };
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) descend(at / key, value);
  } else {
    for (size_t i = 0; i < json.size(); ++i) descend(at / i, json[i]);
  }
  return nodes;
}

// What may be added to an object: a key that nothing knows, and known ones.
const std::map<std::string, Json>& Additions() {
  static const auto* additions = new std::map<std::string, Json>{
      {"x", "y"},
      {"flag", "x"},
      {"sizeBytes", "7"},
      {"schemaVersion", 7},
      {"points", Json::array({{{"label", "x"}}})},
      {"scriptSha256", "x"},
      {"externalParameters", {{"flags", {{"x", "y"}}}}},
      {"internalParameters", {{"x", "y"}}}};
  return *additions;
}

// Calls `with` with the document and each change of it, described.
void ForEachEdit(
    const Json& json,
    absl::FunctionRef<void(const std::string&, const Json&)> with) {
  for (const Json::json_pointer& place : NodesOf(json, Json::json_pointer())) {
    Json changed = json;
    if (!json.at(place).is_structured()) {
      Change(changed.at(place));
      with(absl::StrCat(place.to_string(), " changed"), changed);
    }
    changed = json;
    Json& parent = changed.at(place.parent_pointer());
    if (parent.is_object()) {
      parent.erase(place.back());
    } else {
      parent.erase(std::stoul(place.back()));
    }
    with(absl::StrCat(place.to_string(), " removed"), changed);
    if (json.at(place).is_array()) {
      changed = json;
      changed.at(place).push_back(json.at(place).back());
      with(absl::StrCat(place.to_string(), ": last entry doubled"), changed);
    }
    if (!json.at(place).is_object()) continue;
    for (const auto& [key, value] : Additions()) {
      if (json.at(place).contains(key)) continue;
      changed = json;
      changed.at(place)[key] = value;
      with(absl::StrCat(place.to_string(), ": ", key, " added"), changed);
    }
  }
}

void Swap(const std::vector<std::string>& paths, const Evidence& evidence,
          Tamper tamper) {
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const std::string& a = evidence.Find(paths[i])->bytes();
      const std::string& b = evidence.Find(paths[j])->bytes();
      if (a == b) continue;
      Evidence tampered = evidence;
      tampered.Set(paths[i], b);
      tampered.Set(paths[j], a);
      tamper("swapped", {paths[i], paths[j]}, tampered);
    }
  }
}

// Whether manifest.json names this manifest, so that one level up is the root.
bool IsNamedByRoot(const Evidence& evidence, const EvidenceFile& manifest) {
  const EvidenceFile* root = evidence.Find(kRootManifest);
  return &manifest == root ||
         absl::StrContains(root->bytes(), manifest.sha256());
}

bool Names(const Findings& findings, const std::string& path) {
  const std::string name = BaseName(path);
  for (const Finding& finding : findings.all()) {
    if (absl::StrContains(TextOf(finding), name)) return true;
  }
  return false;
}

}  // namespace

void TamperWithManifests(const Evidence& evidence, Tamper tamper) {
  for (const std::string& path : ManifestPaths(evidence)) {
    const Json json = Json::parse(evidence.Find(path)->bytes());
    ForEachEdit(json, [&](const std::string& what, const Json& changed) {
      Evidence tampered = evidence;
      tampered.Set(path, Canonical(changed));
      tamper(what, {path}, tampered);
    });
  }
}

void TamperWithFiles(const Evidence& evidence, Tamper tamper) {
  for (const auto& [path, file] : evidence.files()) {
    if (!IsCovered(path)) continue;
    const auto replace = [&, path = path](const std::string& what,
                                          std::string bytes) {
      Evidence tampered = evidence;
      tampered.Set(path, std::move(bytes));
      tamper(what, {path}, tampered);
    };
    const std::string& bytes = file->bytes();
    for (const size_t quarter : {0, 1, 2, 3, 4}) {
      std::string flipped = bytes;
      const size_t place = quarter * (bytes.size() - 1) / 4;
      flipped[place] = static_cast<char>(flipped[place] ^ 1);
      replace(absl::StrCat("bit flipped in byte ", place), flipped);
    }
    replace("cut by a byte", bytes.substr(0, bytes.size() - 1));
    replace("emptied", "");
    replace("a blank appended", bytes + " ");
    Evidence tampered = evidence;
    tampered.Remove(path);
    tamper("removed", {path}, tampered);
  }
  for (const char* path : {"new.png", "artifacts/new.qca", "notes/new.md",
                           "provenance/new.qca.manifest.json"}) {
    Evidence tampered = evidence;
    tampered.Set(path, "new");
    tamper("added", {path}, tampered);
  }
}

void SwapFiles(const Evidence& evidence, Tamper tamper) {
  std::vector<std::string> published;
  for (const auto& [path, file] : evidence.files()) {
    if (!file->is_manifest() && IsCovered(path)) published.push_back(path);
  }
  Swap(ManifestPaths(evidence), evidence, tamper);
  Swap(published, evidence, tamper);
}

void TamperOneLevelUp(const Evidence& evidence, Tamper tamper) {
  const std::vector<std::string> paths = ManifestPaths(evidence);
  for (const std::string& path : paths) {
    const EvidenceFile& manifest = *evidence.Find(path);
    if (IsNamedByRoot(evidence, manifest)) continue;
    const Json json = Json::parse(manifest.bytes());
    ForEachEdit(json, [&](const std::string& what, const Json& changed) {
      Evidence tampered = evidence;
      tampered.Set(path, Canonical(changed));
      const std::string digest = tampered.Find(path)->sha256();
      std::vector<std::string> consumers;
      for (const std::string& other : paths) {
        const std::string& bytes = evidence.Find(other)->bytes();
        if (!absl::StrContains(bytes, manifest.sha256())) continue;
        tampered.Set(other,
                     absl::StrReplaceAll(bytes, {{manifest.sha256(), digest}}));
        consumers.push_back(other);
      }
      tamper(absl::StrCat(path, what, ", and its digest here"), consumers,
             tampered);
    });
  }
}

TamperCount CountMissed(const Evidence& evidence, const AuditOptions& options,
                        std::vector<std::string>& missed) {
  TamperCount count;
  Memo memo;
  const auto tamper = [&](const std::string& what,
                          const std::vector<std::string>& files,
                          const Evidence& tampered) {
    ++count.tried;
    const AuditResult result = Audit(tampered, options, memo);
    bool caught = result.findings.ExitCode() != 0;
    for (const std::string& file : files) {
      caught = caught && Names(result.findings, file);
    }
    if (caught) return;
    ++count.missed;
    if (missed.size() < kMaxDescribed) {
      missed.push_back(absl::StrCat(files[0], ": ", what));
    }
  };
  TamperWithManifests(evidence, tamper);
  TamperWithFiles(evidence, tamper);
  SwapFiles(evidence, tamper);
  TamperOneLevelUp(evidence, tamper);
  return count;
}

}  // namespace quant_curve
