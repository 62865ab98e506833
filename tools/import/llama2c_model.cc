#include "tools/import/llama2c_model.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "tools/import/input_file.h"
#include "tools/import/rotary_layout.h"

namespace quant_curve {
namespace {

constexpr int32_t kMagic = 0x616b3432;
constexpr uint64_t kSizes = 7;
constexpr uint64_t kSizesBytes = kSizes * sizeof(int32_t);
constexpr uint64_t kPreambleBytes = 2 * sizeof(int32_t);  // magic, version
constexpr uint64_t kVersion1HeaderBytes = 256;
constexpr char kRotaryTable[] = "rotary table";
constexpr float kNormEpsilon = 1e-5f;
constexpr float kRopeTheta = 10000;

struct Header {
  int version;
  uint64_t size_bytes;
  ModelConfig config;
};

absl::StatusOr<ModelConfig> ConfigOf(const InputFile& file,
                                     absl::string_view sizes_bytes) {
  int32_t sizes[kSizes];
  std::memcpy(sizes, sizes_bytes.data(), sizeof(sizes));
  constexpr absl::string_view kNames[] = {
      "dim",        "hidden_dim", "n_layers",   "n_heads",
      "n_kv_heads", "vocab_size", "max_seq_len"};
  for (uint64_t i = 0; i < kSizes; ++i) {
    if (sizes[i] < 1) {
      return file.Refuse(
          absl::StrCat(kNames[i], "=", sizes[i],
                       ": must be at least 1 in a file of llama2.c"));
    }
  }
  ModelConfig config = LlamaFamily(kRopeTheta);
  config.set_d_model(sizes[0]);
  config.set_d_ff(sizes[1]);
  config.set_num_layers(sizes[2]);
  config.set_num_heads(sizes[3]);
  config.set_num_kv_heads(sizes[4]);
  config.set_vocab_size(sizes[5]);
  config.set_context_length(sizes[6]);
  config.set_layer_norm_epsilon(kNormEpsilon);
  const absl::Status valid = ValidateConfig(config);
  if (!valid.ok()) {
    return file.Refuse(
        absl::StrCat("not a file of llama2.c: with its first "
                     "bytes as a header, ",
                     valid.message()));
  }
  return config;
}

absl::StatusOr<Header> ReadVersion0Header(const InputFile& file) {
  ASSIGN_OR_RETURN(std::string bytes, file.ReadString(0, kSizesBytes));
  char* const vocab_bytes = &bytes[5 * sizeof(int32_t)];
  int32_t vocab_size;
  std::memcpy(&vocab_size, vocab_bytes, sizeof(vocab_size));
  const bool tied = vocab_size > 0;
  if (vocab_size == std::numeric_limits<int32_t>::min()) {
    return file.Refuse(absl::StrCat("vocab_size=", vocab_size,
                                    ": its magnitude is out of range"));
  }
  vocab_size = std::abs(vocab_size);
  std::memcpy(vocab_bytes, &vocab_size, sizeof(vocab_size));
  Header header{0, kSizesBytes, {}};
  ASSIGN_OR_RETURN(header.config, ConfigOf(file, bytes));
  header.config.set_tied_embeddings(tied);
  return header;
}

absl::StatusOr<Header> ReadVersion1Header(const InputFile& file) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   file.ReadString(0, kVersion1HeaderBytes));
  int32_t version;
  std::memcpy(&version, &bytes[sizeof(kMagic)], sizeof(version));
  if (version != 1) {
    return file.Refuse(absl::StrCat(
        "version ", version,
        " of llama2.c's format: only 0 and 1, in float32, are supported"));
  }
  const uint8_t shared = bytes[kPreambleBytes + kSizesBytes];
  if (shared > 1) {
    return file.Refuse(
        absl::StrCat("shared classifier is ", shared, ": must be 0 or 1"));
  }
  const size_t unknown =
      bytes.find_first_not_of('\0', kPreambleBytes + kSizesBytes + 1);
  if (unknown != std::string::npos) {
    return file.Refuse(absl::StrCat("byte ", unknown,
                                    " of the header is not zero: an unknown "
                                    "version"));
  }
  Header header{1, kVersion1HeaderBytes, {}};
  ASSIGN_OR_RETURN(
      header.config,
      ConfigOf(file, absl::string_view(bytes).substr(kPreambleBytes)));
  header.config.set_tied_embeddings(shared == 1);
  return header;
}

// What is given as a model instead of one.
absl::Status CheckFormat(const InputFile& file) {
  RETURN_IF_ERROR(file.CheckFormat());
  if (absl::EndsWith(file.path(), ".safetensors") ||
      absl::EndsWith(file.path(), ".json")) {
    return file.Refuse(
        "is one file of a Hugging Face model: name its folder instead");
  }
  if (file.size_bytes() >= kSizesBytes) return absl::OkStatus();
  return file.Refuse(absl::StrCat(file.size_bytes(),
                                  " bytes: too short for a file of llama2.c"));
}

absl::StatusOr<Header> ReadHeader(const InputFile& file) {
  RETURN_IF_ERROR(CheckFormat(file));
  ASSIGN_OR_RETURN(const std::string bytes, file.ReadString(0, sizeof(kMagic)));
  int32_t magic;
  std::memcpy(&magic, bytes.data(), sizeof(magic));
  return magic == kMagic ? ReadVersion1Header(file) : ReadVersion0Header(file);
}

// Names in the order of the file; of a layer's tensor what follows "h.<i>.".
std::vector<std::string> PartsOf(const Header& header) {
  const std::vector<std::string> attention = {
      "attn.q_proj.weight", "attn.k_proj.weight", "attn.v_proj.weight",
      "attn.o_proj.weight"};
  const std::vector<std::string> mlp = {
      "mlp.gate_proj.weight", "mlp.down_proj.weight", "mlp.up_proj.weight"};
  std::vector<std::string> parts;
  if (header.version == 0) {
    parts = {"wte.weight", "ln_1.weight"};
    parts.insert(parts.end(), attention.begin(), attention.end());
    parts.push_back("ln_2.weight");
    parts.insert(parts.end(), mlp.begin(), mlp.end());
    parts.insert(parts.end(), {"ln_f.weight", kRotaryTable});
  } else {
    parts = {"ln_1.weight", "ln_2.weight", "ln_f.weight", "wte.weight"};
    parts.insert(parts.end(), attention.begin(), attention.end());
    parts.insert(parts.end(), mlp.begin(), mlp.end());
  }
  parts.push_back("lm_head.weight");
  return parts;
}

uint64_t RotaryTableElements(const Header& header) {
  return header.version == 0
             ? uint64_t{header.config.context_length()} * HeadDim(header.config)
             : 0;
}

// Before a list of all tensors is made, which a header of absurd sizes would
// make very long.
absl::Status CheckFileSize(const InputFile& file, const Header& header) {
  const uint64_t elements =
      NumParameters(header.config) + RotaryTableElements(header);
  const uint64_t expected = header.size_bytes + elements * sizeof(float);
  if (file.size_bytes() == expected) return absl::OkStatus();
  return file.Refuse(absl::StrCat(
      file.size_bytes(),
      " bytes: ", file.size_bytes() < expected ? "truncated, or not" : "not",
      " a file of llama2.c: with the sizes in its header it must have ",
      expected));
}

// The offset in bytes of every tensor.
std::map<std::string, uint64_t> Offsets(const Header& header) {
  std::map<std::string, uint64_t> elements;
  for (const TensorSpec& spec : TensorSpecs(header.config)) {
    elements[spec.name] = *NumElements(spec.shape);
  }
  elements[kRotaryTable] = RotaryTableElements(header);
  std::map<std::string, uint64_t> offsets;
  uint64_t offset = header.size_bytes;
  const auto place = [&](const std::string& name) {
    const auto found = elements.find(name);
    if (found == elements.end()) return false;
    offsets[name] = offset;
    offset += found->second * sizeof(float);
    return true;
  };
  for (const std::string& part : PartsOf(header)) {
    if (place(part)) continue;
    // Of every layer; or a classifier that is shared, and nowhere.
    for (uint64_t layer = 0; layer < header.config.num_layers(); ++layer) {
      place(LayerTensorName(layer, part));
    }
  }
  return offsets;
}

// Moves the rows of queries and keys to the other rotary layout.
std::vector<float> InOurLayout(const ModelConfig& config,
                               const TensorSpec& spec,
                               std::vector<float> values) {
  const bool is_query = absl::EndsWith(spec.name, ".q_proj.weight");
  if (!is_query && !absl::EndsWith(spec.name, ".k_proj.weight")) return values;
  return HalvesFromInterleaved(
      values, is_query ? config.num_heads() : NumKvHeads(config),
      HeadDim(config), config.d_model());
}

}  // namespace

absl::Status CheckLlama2cModel(const std::string& path) {
  ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const Header header, ReadHeader(file));
  return CheckFileSize(file, header);
}

absl::StatusOr<Checkpoint> ReadLlama2cModel(const std::string& path,
                                            CheckpointSink keep,
                                            ProgressSink progress) {
  ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const Header header, ReadHeader(file));
  RETURN_IF_ERROR(CheckFileSize(file, header));
  const std::map<std::string, uint64_t> offsets = Offsets(header);
  const auto read = [&](const TensorSpec& spec) -> absl::StatusOr<Tensor> {
    ASSIGN_OR_RETURN(
        std::vector<float> values,
        file.ReadFloats(offsets.at(spec.name), *NumElements(spec.shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        return file.Refuse(absl::StrCat("tensor '", spec.name, "': element ", i,
                                        " is not finite"));
      }
    }
    return MakeFloat32(spec.name, spec.shape,
                       InOurLayout(header.config, spec, std::move(values)));
  };
  return BuildCheckpoint(header.config, read, keep, progress);
}

}  // namespace quant_curve
