#include "tools/import/hugging_face_model.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/families/family.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "tools/import/safetensors_folder.h"

namespace quant_curve {
namespace {

constexpr char kGpt2Prefix[] = "transformer.";
constexpr char kHead[] = "lm_head.weight";
constexpr size_t kLeastTensorsPerLayer = 9;  // Llama without biases

// Columns [first, first + out) of a matrix [in, stored_out], transposed.
template <typename Element>
std::string CutAndTranspose(const std::string& bytes, uint64_t in,
                            uint64_t stored_out, uint64_t first, uint64_t out) {
  std::string cut(in * out * sizeof(Element), '\0');
  for (uint64_t row = 0; row < in; ++row) {
    for (uint64_t column = 0; column < out; ++column) {
      std::memcpy(&cut[(column * in + row) * sizeof(Element)],
                  &bytes[(row * stored_out + first + column) * sizeof(Element)],
                  sizeof(Element));
    }
  }
  return cut;
}

// The last dimension is cut and, in a matrix, becomes the first.
absl::StatusOr<Tensor> ReadConv1d(const SafetensorsFolder& folder,
                                  const StoredTensor& source,
                                  const Shape& shape) {
  const uint64_t out = shape[0];
  const uint64_t in = shape.size() == 2 ? shape[1] : 1;
  const uint64_t stored_out = out * source.parts;
  const Shape stored =
      shape.size() == 2 ? Shape{in, stored_out} : Shape{stored_out};
  ASSIGN_OR_RETURN(Tensor tensor, folder.Read(source.name, stored));
  const auto cut = tensor.dtype() == FLOAT32 ? CutAndTranspose<uint32_t>
                                             : CutAndTranspose<uint16_t>;
  *tensor.mutable_data() =
      cut(tensor.data(), in, stored_out, source.part * out, out);
  return tensor;
}

// Buffers that old versions of transformers stored with the parameters.
bool IsBuffer(absl::string_view name) {
  return absl::EndsWith(name, ".attn.bias") ||
         absl::EndsWith(name, ".attn.masked_bias") ||
         absl::EndsWith(name, ".rotary_emb.inv_freq");
}

// "tensor 'a' is", "tensor 'a' and 7 others are".
std::string Named(const std::vector<std::string>& names) {
  const std::string first = absl::StrCat("tensor ", Excerpt(names[0]));
  if (names.size() == 1) return absl::StrCat(first, " is");
  return absl::StrCat(first, " and ", names.size() - 1,
                      names.size() == 2 ? " other are" : " others are");
}

// Elements [first, first + count), exactly.
absl::StatusOr<std::vector<float>> PieceOf(const Tensor& tensor, uint64_t first,
                                           uint64_t count) {
  const uint64_t element_bytes = ElementBytes(tensor.dtype());
  Tensor piece;
  piece.set_name(tensor.name());
  piece.set_dtype(tensor.dtype());
  piece.add_shape(count);
  return ReadFloats(TensorView(
      piece, absl::string_view(tensor.data())
                 .substr(first * element_bytes, count * element_bytes)));
}

// Of tensors of one shape and any float dtypes. They may be gigabytes: what is
// held in addition is two pieces.
absl::StatusOr<bool> HaveEqualValues(const Tensor& a, const Tensor& b) {
  if (a.dtype() == b.dtype() && a.data() == b.data()) return true;
  constexpr uint64_t kPieceElements = uint64_t{1} << 16;
  ASSIGN_OR_RETURN(const uint64_t elements, NumElements(a.shape()));
  for (uint64_t first = 0; first < elements; first += kPieceElements) {
    const uint64_t count = std::min(kPieceElements, elements - first);
    ASSIGN_OR_RETURN(const std::vector<float> piece_a,
                     PieceOf(a, first, count));
    ASSIGN_OR_RETURN(const std::vector<float> piece_b,
                     PieceOf(b, first, count));
    if (piece_a != piece_b) return false;
  }
  return true;
}

class HuggingFaceReader {
 public:
  HuggingFaceReader(SafetensorsFolder folder, const HuggingFaceConfig& config)
      : folder_(std::move(folder)), config_(config) {
    prefixed_ = folder_.Contains("transformer.wpe.weight");
  }

  absl::StatusOr<Tensor> Read(const TensorSpec& spec) {
    const StoredTensor source = SourceOf(spec.name);
    used_.insert(source.name);
    if (spec.name == "wte.weight" && config_.model.tied_embeddings()) {
      return ReadTied(source.name, spec.shape);
    }
    if (source.conv1d) return ReadConv1d(folder_, source, spec.shape);
    return folder_.Read(source.name, spec.shape);
  }

  // Refuses a tensor that was not used: the architecture is another one.
  absl::Status CheckAllUsed() const {
    std::vector<std::string> unused;
    for (const std::string& name : folder_.Names()) {
      if (used_.contains(name) || IsBuffer(name)) continue;
      unused.push_back(name);
    }
    if (unused.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        folder_.path(), ": ", Named(unused),
        " not what config.json's architecture and fields call for"));
  }

  // Before any is read: a model of another architecture lacks hundreds.
  absl::Status CheckAllPresent() const {
    std::vector<std::string> missing;
    absl::flat_hash_set<std::string> seen;  // c_attn is q, k and v
    for (const TensorSpec& spec : TensorSpecs(config_.model)) {
      const std::string name = SourceOf(spec.name).name;
      const bool tied_head = spec.name == "wte.weight" &&
                             config_.model.tied_embeddings() &&
                             folder_.Contains(kHead);
      if (folder_.Contains(name) || tied_head) continue;
      if (seen.insert(name).second) missing.push_back(name);
    }
    if (missing.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(folder_.path(), ": ", Named(missing), " missing"));
  }

 private:
  StoredTensor SourceOf(absl::string_view name) const {
    StoredTensor source = config_.family->stored(name);
    if (!prefixed_) {
      source.name = std::string(absl::StripPrefix(source.name, kGpt2Prefix));
    }
    return source;
  }

  absl::StatusOr<Tensor> ReadTied(const std::string& embedding,
                                  const Shape& shape) {
    used_.insert(kHead);
    if (!folder_.Contains(kHead)) return folder_.Read(embedding, shape);
    ASSIGN_OR_RETURN(Tensor head, folder_.Read(kHead, shape));
    if (!folder_.Contains(embedding)) return head;
    ASSIGN_OR_RETURN(const Tensor stored, folder_.Read(embedding, shape));
    ASSIGN_OR_RETURN(const bool equal, HaveEqualValues(head, stored));
    if (!equal) {
      return absl::InvalidArgumentError(absl::StrCat(
          folder_.path(), ": tensors ", Excerpt(embedding), " and '", kHead,
          "' differ, but config.json says tie_word_embeddings"));
    }
    return head;
  }

  SafetensorsFolder folder_;
  const HuggingFaceConfig& config_;
  // GPT-2's own files have no prefix before the names.
  bool prefixed_;
  absl::flat_hash_set<std::string> used_;
};

}  // namespace

absl::StatusOr<Checkpoint> ReadHuggingFaceModel(const std::string& folder,
                                                const HuggingFaceConfig& config,
                                                CheckpointSink keep,
                                                std::vector<std::string>* files,
                                                ProgressSink progress) {
  ASSIGN_OR_RETURN(SafetensorsFolder tensors, SafetensorsFolder::Open(folder));
  if (files != nullptr) *files = tensors.Files();
  // Before a list of all tensors is made, which would be very long.
  const size_t stored = tensors.Names().size();
  if (stored / kLeastTensorsPerLayer < config.model.num_layers()) {
    return absl::InvalidArgumentError(absl::StrCat(
        tensors.path(), ": holds ", stored, " tensors, too few for the ",
        config.model.num_layers(), " layers that config.json says"));
  }
  HuggingFaceReader reader(std::move(tensors), config);
  RETURN_IF_ERROR(reader.CheckAllPresent());
  ASSIGN_OR_RETURN(
      Checkpoint checkpoint,
      BuildCheckpoint(
          config.model,
          [&reader](const TensorSpec& spec) { return reader.Read(spec); }, keep,
          progress));
  RETURN_IF_ERROR(reader.CheckAllUsed());
  return checkpoint;
}

}  // namespace quant_curve
