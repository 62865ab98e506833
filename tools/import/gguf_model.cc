#include "tools/import/gguf_model.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/families/family.h"
#include "lib/families/gguf.h"
#include "lib/json/json.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

constexpr size_t kLeastTensorsPerLayer = 9;  // llama without biases

// Where a file holds one of our tensors.
struct Source {
  std::string name;
  uint64_t first_row = 0;  // of a tensor that has more rows
  uint64_t rows = 0;       // of the tensor in the file
  uint64_t head_dim = 0;   // of rotary rows that change places, else 0
};

class GgufReader {
 public:
  GgufReader(const GgufFile& file, const ModelConfig& config)
      : file_(file), config_(config) {
    const auto name = file.metadata().find("general.architecture");
    if (name == file.metadata().end() || name->second.texts.empty()) return;
    family_ = FindGgufFamily(name->second.texts[0]);
  }

  // Refuses missing tensors, and those that are not called for: the
  // architecture is another one.
  absl::Status CheckNames() const {
    std::set<std::string> called;
    if (family_ != nullptr && family_->gguf_rope_factors) {
      called.insert("rope_freqs.weight");
    }
    std::vector<std::string> missing, unknown;
    for (const TensorSpec& spec : TensorSpecs(config_)) {
      const std::string name = SourceOf(spec).name;
      if (called.insert(name).second && file_.entries().count(name) == 0) {
        missing.push_back(name);
      }
    }
    RETURN_IF_ERROR(RefuseAny(missing, "missing"));
    for (const auto& [name, entry] : file_.entries()) {
      if (called.count(name) == 0) unknown.push_back(name);
    }
    return RefuseAny(unknown, "not what general.architecture calls for");
  }

  absl::StatusOr<Tensor> Read(const TensorSpec& spec) const {
    const Source source = SourceOf(spec);
    const GgufEntry& entry = file_.entries().at(source.name);
    Shape expected = spec.shape;
    expected[0] = source.rows;
    if (entry.shape != expected) {
      return file_.Refuse(absl::StrCat(
          "tensor ", Excerpt(entry.name), " has the shape ",
          ShapeText(entry.shape), ", expected ", ShapeText(expected)));
    }
    GgufEntry part = entry;
    const uint64_t row_bytes = entry.size_bytes / source.rows;
    part.shape = spec.shape;
    part.offset += source.first_row * row_bytes;
    part.size_bytes = spec.shape[0] * row_bytes;
    ASSIGN_OR_RETURN(Tensor tensor, file_.Read(part));
    if (source.head_dim > 0) {
      *tensor.mutable_data() =
          InHalves(tensor.data(), row_bytes, source.head_dim);
    }
    if (spec.role == TensorRole::kNorm && config_.norm_adds_one()) {
      return WithoutOne(tensor);
    }
    return tensor;
  }

 private:
  Source SourceOf(const TensorSpec& spec) const {
    Source source{GgufTensorName(spec.name), 0, spec.shape[0], 0};
    const bool q = absl::StrContains(spec.name, ".q_proj.");
    const bool k = absl::StrContains(spec.name, ".k_proj.");
    const bool v = absl::StrContains(spec.name, ".v_proj.");
    if (config_.positions() == ROTARY) {
      const bool moves = family_ != nullptr && family_->gguf_turns_neighbours;
      if (moves && (q || k)) source.head_dim = HeadDim(config_);
      return source;
    }
    if (!q && !k && !v) return source;
    source.rows = QueryWidth(config_) + 2 * KeyWidth(config_);
    if (k) source.first_row = QueryWidth(config_);
    if (v) source.first_row = QueryWidth(config_) + KeyWidth(config_);
    source.name =
        absl::StrReplaceAll(source.name, {{".attn_q.", ".attn_qkv."},
                                          {".attn_k.", ".attn_qkv."},
                                          {".attn_v.", ".attn_qkv."}});
    return source;
  }

  // The file holds 1 + weight.
  static absl::StatusOr<Tensor> WithoutOne(const Tensor& tensor) {
    ASSIGN_OR_RETURN(std::vector<float> values, ReadFloats(tensor));
    for (float& value : values) value -= 1;
    Tensor norm = tensor;
    norm.set_dtype(FLOAT32);
    norm.mutable_data()->assign(reinterpret_cast<const char*>(values.data()),
                                values.size() * sizeof(float));
    return norm;
  }

  // The inverse of what llama.cpp's converter does to a head's rows: row 2i + c
  // goes to row i + c head_dim / 2, as rotary_layout.h says.
  static std::string InHalves(const std::string& rows, uint64_t row_bytes,
                              uint64_t head_dim) {
    std::string moved(rows.size(), '\0');
    for (uint64_t row = 0; row < rows.size() / row_bytes; ++row) {
      const uint64_t in_head = row % head_dim;
      const uint64_t to =
          row - in_head + in_head / 2 + in_head % 2 * (head_dim / 2);
      moved.replace(to * row_bytes, row_bytes, rows, row * row_bytes,
                    row_bytes);
    }
    return moved;
  }

  absl::Status RefuseAny(const std::vector<std::string>& names,
                         absl::string_view why) const {
    if (names.empty()) return absl::OkStatus();
    return file_.Refuse(absl::StrCat(
        "tensor ", Excerpt(names[0]),
        names.size() == 1 ? ""
                          : absl::StrCat(" and ", names.size() - 1, " more"),
        names.size() == 1 ? " is " : " are ", why));
  }

  const GgufFile& file_;
  const ModelConfig& config_;
  const Family* family_ = nullptr;
};

}  // namespace

absl::StatusOr<Checkpoint> ReadGgufModel(const GgufFile& file,
                                         const ModelConfig& config,
                                         CheckpointSink keep,
                                         ProgressSink progress) {
  // Before a list of all tensors is made, which would be very long.
  const size_t stored = file.entries().size();
  if (stored / kLeastTensorsPerLayer < config.num_layers()) {
    return file.Refuse(
        absl::StrCat("holds ", stored, " tensors, too few for the ",
                     config.num_layers(), " layers that block_count says"));
  }
  const GgufReader reader(file, config);
  RETURN_IF_ERROR(reader.CheckNames());
  return BuildCheckpoint(
      config, [&reader](const TensorSpec& spec) { return reader.Read(spec); },
      keep, progress);
}

}  // namespace quant_curve
