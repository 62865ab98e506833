// A GGUF file's metadata as a ModelConfig.
#ifndef QUANT_CURVE_TOOLS_IMPORT_GGUF_CONFIG_H_
#define QUANT_CURVE_TOOLS_IMPORT_GGUF_CONFIG_H_

#include "absl/status/statusor.h"
#include "proto/checkpoint.pb.h"
#include "tools/import/gguf_file.h"

namespace quant_curve {

// The config that the metadata and the names of the tensors mean; it is valid.
// Sizes must be in the file. Architectures (general.architecture) are those of
// the families (lib/families). What metadata leave out is as llama.cpp computes
// it (Family::in_llama_cpp).
//
// Biases and a head of its own are there if their tensors are. The factors of
// Llama 3's frequencies (rope_freqs.weight) do not say from which numbers they
// were made: the published low and high factors, 1 and 4, are tried with
// original contexts that are powers of two, 8192 first. Factors that none of
// them gives are refused.
//
// InvalidArgument, naming file and key: another architecture, keys of the
// architecture that this reader does not know (all at once), and what
// ValidateConfig refuses.
absl::StatusOr<ModelConfig> ReadGgufConfig(const GgufFile& file);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_GGUF_CONFIG_H_
