#include "tools/import/safetensors_folder.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

constexpr char kSingleFile[] = "model.safetensors";
constexpr char kIndexFile[] = "model.safetensors.index.json";
constexpr char kPickleFile[] = "pytorch_model.bin";
constexpr char kExtension[] = ".safetensors";
constexpr size_t kMaxShards = 512;
constexpr size_t kMaxFileNameBytes = 255;

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// A shard is named by an untrusted file: it must stay in the folder.
bool IsPlainFileName(absl::string_view name) {
  return !absl::StartsWith(name, ".") && absl::EndsWith(name, kExtension) &&
         name.size() <= kMaxFileNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return c != '/' && c != '\\' && !absl::ascii_iscntrl(c);
         });
}

// Tensor name to shard name.
absl::StatusOr<std::map<std::string, std::string>> ReadIndex(
    const std::string& path) {
  ASSIGN_OR_RETURN(const Json index, ReadJsonFile(path));
  ASSIGN_OR_RETURN(const JsonView weight_map,
                   JsonView(index, path).Member("weight_map"));
  RETURN_IF_ERROR(weight_map.CheckObject());
  if (weight_map.size() == 0) return weight_map.Refuse("is empty");
  std::map<std::string, std::string> shards;
  for (const auto& item : weight_map.value().items()) {
    ASSIGN_OR_RETURN(const JsonView field, weight_map.Member(item.key()));
    ASSIGN_OR_RETURN(const std::string shard, field.String());
    if (!IsPlainFileName(shard)) {
      return field.Refuse(
          absl::StrCat("is ", Excerpt(shard), ", expected the name of a ",
                       kExtension, " file in the same folder, without a path"));
    }
    shards[item.key()] = shard;
  }
  return shards;
}

}  // namespace

absl::StatusOr<SafetensorsFolder> SafetensorsFolder::Open(
    const std::string& folder) {
  SafetensorsFolder result;
  const std::string single = absl::StrCat(folder, "/", kSingleFile);
  const std::string index = absl::StrCat(folder, "/", kIndexFile);
  const bool has_single = Exists(single);
  const bool has_index = Exists(index);
  if (!has_single && !has_index) {
    return absl::NotFoundError(absl::StrCat(
        folder, ": holds neither ", kSingleFile, " nor ", kIndexFile,
        Exists(absl::StrCat(folder, "/", kPickleFile))
            ? absl::StrCat("; ", kPickleFile,
                           " is not read: save the model as safetensors")
            : ""));
  }
  result.path_ = has_index ? index : single;
  if (!has_index) {
    RETURN_IF_ERROR(result.AddFile(single));
    return result;
  }
  RETURN_IF_ERROR(result.OpenShards(folder));
  if (has_single && !result.Reads(single)) {
    return absl::InvalidArgumentError(absl::StrCat(
        folder, ": ", kIndexFile, " does not list ", kSingleFile,
        ", which is there, too: remove the one that is not the model's"));
  }
  return result;
}

bool SafetensorsFolder::Reads(const std::string& path) const {
  return std::any_of(
      files_.begin(), files_.end(),
      [&path](const SafetensorsFile& file) { return file.path() == path; });
}

absl::Status SafetensorsFolder::OpenShards(const std::string& folder) {
  ASSIGN_OR_RETURN(const auto shards, ReadIndex(path_));
  std::map<std::string, size_t> tensors_of_shard;
  for (const auto& [tensor, shard] : shards) ++tensors_of_shard[shard];
  if (tensors_of_shard.size() > kMaxShards) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": weight_map: names ", tensors_of_shard.size(),
                     " shards, at most ", kMaxShards, " are supported"));
  }
  for (const auto& [shard, tensors] : tensors_of_shard) {
    RETURN_IF_ERROR(AddFile(absl::StrCat(folder, "/", shard)));
    for (const SafetensorsEntry& entry : files_.back().entries()) {
      const auto placed = shards.find(entry.name);
      if (placed == shards.end() || placed->second != shard) {
        return absl::InvalidArgumentError(
            absl::StrCat(files_.back().path(), ": tensor ", Excerpt(entry.name),
                         " is not placed here by weight_map in ", path_));
      }
    }
  }
  for (const auto& [tensor, shard] : shards) {
    if (!Contains(tensor)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": weight_map: places ", Excerpt(tensor), " in ",
                       shard, ", which does not hold it"));
    }
  }
  return absl::OkStatus();
}

absl::Status SafetensorsFolder::AddFile(const std::string& path) {
  ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::Open(path));
  for (size_t i = 0; i < file.entries().size(); ++i) {
    places_[file.entries()[i].name] = {files_.size(), i};
  }
  files_.push_back(std::move(file));
  return absl::OkStatus();
}

std::vector<std::string> SafetensorsFolder::Files() const {
  std::vector<std::string> files;
  if (!Reads(path_)) files.push_back(path_);
  for (const SafetensorsFile& file : files_) files.push_back(file.path());
  return files;
}

std::vector<std::string> SafetensorsFolder::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

bool SafetensorsFolder::Contains(absl::string_view name) const {
  return places_.find(name) != places_.end();
}

absl::StatusOr<Tensor> SafetensorsFolder::Read(absl::string_view name,
                                               const Shape& shape) const {
  const auto place = places_.find(name);
  if (place == places_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": tensor ", Excerpt(name), " is missing"));
  }
  const SafetensorsFile& file = files_[place->second.file];
  const SafetensorsEntry& entry = file.entries()[place->second.entry];
  if (entry.shape != shape) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": tensor ", Excerpt(name), " is ",
                     ShapeText(entry.shape), ", expected ", ShapeText(shape)));
  }
  return file.Read(entry);
}

}  // namespace quant_curve
