// All tensors of a Hugging Face model directory, whichever file holds them.
#ifndef QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_FOLDER_H_
#define QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_FOLDER_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/tensor.h"
#include "tools/import/safetensors.h"

namespace quant_curve {

// The shards that model.safetensors.index.json names, or model.safetensors
// where there is no index.
class SafetensorsFolder {
 public:
  // Refuses, in addition to what SafetensorsFile refuses: an index whose
  // weight_map is empty or names more than 512 shards, or one that is not a
  // plain file name
  // ending in ".safetensors"; a tensor that the index places in a shard that
  // lacks it, and a shard's tensor that the index places elsewhere or omits; a
  // model.safetensors that the index does not name, as either could be the
  // model.
  static absl::StatusOr<SafetensorsFolder> Open(const std::string& folder);

  // Where messages say that something is missing: the single file or the index.
  const std::string& path() const { return path_; }

  // The index, if there is one, and every file of tensors.
  std::vector<std::string> Files() const;

  // Names in order.
  std::vector<std::string> Names() const;
  bool Contains(absl::string_view name) const;

  // The tensor, which must be there and of this shape.
  absl::StatusOr<Tensor> Read(absl::string_view name, const Shape& shape) const;

 private:
  struct Place {
    size_t file;   // in files_
    size_t entry;  // in its entries()
  };

  bool Reads(const std::string& path) const;
  absl::Status OpenShards(const std::string& folder);
  absl::Status AddFile(const std::string& path);

  std::string path_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_SAFETENSORS_FOLDER_H_
