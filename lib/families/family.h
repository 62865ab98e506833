// The model families of other programs. Our side of a family is data: the
// features of a ModelConfig (proto/checkpoint.proto). A family's file says how
// transformers and llama.cpp call them, both ways. CONTRIBUTING.md shows how to
// add one.
//
//   const Family* family = FindFamily("Qwen3ForCausalLM");
//   const ModelConfig config = family->read(fields);
//   family->stored("h.0.attn.q_norm.weight").name;
//       // "model.layers.0.self_attn.q_norm.weight"
#ifndef QUANT_CURVE_LIB_FAMILIES_FAMILY_H_
#define QUANT_CURVE_LIB_FAMILIES_FAMILY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/families/config_fields.h"
#include "lib/json/json.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Where a safetensors file of transformers holds one of our tensors.
struct StoredTensor {
  std::string name;
  // GPT-2's Conv1D: a matrix is stored as [in, out], and ours are its columns
  // [part * out, (part + 1) * out) of `parts` equal parts, transposed. A bias
  // is cut in the same way.
  bool conv1d = false;
  uint64_t part = 0;
  uint64_t parts = 1;
};

// Where a GGUF file says a field of ModelConfig.
struct GgufKey {
  absl::string_view name;  // without "<architecture>." before it
  int field;               // its number in ModelConfig
};

struct Family {
  absl::string_view architecture;  // in config.json's "architectures"
  absl::string_view model_type;    // config.json's
  // GGUF's general.architecture; empty: this class is not exported to GGUF.
  absl::string_view gguf;
  // llama.cpp turns elements 2i and 2i + 1 of a head, so that rows of q_proj
  // and k_proj change places; otherwise i and i + head_dim / 2, as here.
  bool gguf_turns_neighbours;

  // Reads the config.json of this class; `fields` collects the refusals.
  // Absent fields have the defaults of the class's config in transformers.
  ModelConfig (*read)(ConfigFields& fields);
  // Whether the class computes what a valid config says.
  bool (*holds)(const ModelConfig& config);
  // The fields of config.json for a config that it holds, without those of all
  // classes: sizes of the vocabulary, ids, ties, dtype.
  Json (*write)(const ModelConfig& config);
  // What `config` becomes when it is exported: tensors that the class always
  // has and we may leave out (biases of zeros) are then among TensorSpecs.
  ModelConfig (*exported)(ModelConfig config);
  // Of a name in TensorSpecs (lib/model/config.h).
  StoredTensor (*stored)(absl::string_view name);
  // The factor of the embedding in this class, computing in float32; null: 1.
  // Another embedding_multiplier goes into the weights on export.
  float (*embedding_factor)(const ModelConfig& config) = nullptr;
  // The metadata of this GGUF architecture beyond those of all (gguf.h).
  std::vector<GgufKey> gguf_keys = {};
  // What llama.cpp computes when a file's metadata are those of `config`:
  // fields that metadata do not say have the values that it gives them, and so
  // have fields that they leave at zero. Null: `config` itself.
  ModelConfig (*in_llama_cpp)(ModelConfig config) = nullptr;
  // llama.cpp reads rope_freqs.weight here, which holds Llama 3's scaling.
  bool gguf_rope_factors = false;
};

// In the order in which FamilyOf asks them.
absl::Span<const Family> Families();

// The family whose architecture this is; null when there is none.
const Family* FindFamily(absl::string_view architecture);

// The first family that holds a valid config. InvalidArgument, naming the
// config's features, when there is none.
absl::StatusOr<const Family*> FamilyOf(const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_FAMILY_H_
