#include "pipelines/testing/own_model/gpt2_folder.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

void AddBlock(const std::string& block, int width, SafetensorsWriter& tensors) {
  for (const char* norm : {"ln_1", "ln_2"}) {
    tensors.Add(absl::StrCat(block, norm, ".weight"), {width});
    tensors.Add(absl::StrCat(block, norm, ".bias"), {width});
  }
  tensors.Add(block + "attn.c_attn.weight", {width, 3 * width});
  tensors.Add(block + "attn.c_attn.bias", {3 * width});
  tensors.Add(block + "attn.c_proj.weight", {width, width});
  tensors.Add(block + "attn.c_proj.bias", {width});
  tensors.Add(block + "mlp.c_fc.weight", {width, 4 * width});
  tensors.Add(block + "mlp.c_fc.bias", {4 * width});
  tensors.Add(block + "mlp.c_proj.weight", {4 * width, width});
  tensors.Add(block + "mlp.c_proj.bias", {width});
}

}  // namespace

absl::Status WriteGpt2Folder(const std::string& folder, const Gpt2Shape& shape,
                             const SafetensorsWriter::Fill& fill) {
  const Json config = {{"architectures", {"GPT2LMHeadModel"}},
                       {"model_type", "gpt2"},
                       {"vocab_size", shape.vocab_size},
                       {"n_embd", shape.d_model},
                       {"n_layer", shape.num_layers},
                       {"n_head", shape.num_heads},
                       {"n_positions", shape.context_length},
                       {"n_ctx", shape.context_length},
                       {"bos_token_id", shape.vocab_size - 1},
                       {"eos_token_id", shape.vocab_size - 1}};
  SafetensorsWriter tensors(fill);
  tensors.Add("wte.weight", {shape.vocab_size, shape.d_model});
  tensors.Add("wpe.weight", {shape.context_length, shape.d_model});
  for (int i = 0; i < shape.num_layers; ++i) {
    AddBlock(absl::StrCat("h.", i, "."), shape.d_model, tensors);
  }
  tensors.Add("ln_f.weight", {shape.d_model});
  tensors.Add("ln_f.bias", {shape.d_model});
  RETURN_IF_ERROR(WriteFileAtomically(folder + "/config.json", config.dump()));
  return WriteFileAtomically(folder + "/model.safetensors",
                             tensors.TakeBytes());
}

}  // namespace quant_curve
