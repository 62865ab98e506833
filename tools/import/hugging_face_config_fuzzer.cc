// config.json: ReadHuggingFaceConfig.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/model/config.h"
#include "tools/import/hugging_face_config.h"

namespace quant_curve {

std::vector<std::string> FuzzSeeds() {
  return {R"({"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2",
"activation_function": "gelu_new", "n_embd": 48, "n_layer": 3, "n_head": 4,
"n_positions": 64, "n_inner": null, "vocab_size": 500, "attn_pdrop": 0.1,
"layer_norm_epsilon": 1e-05, "bos_token_id": 499, "eos_token_id": 498})",
          R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
"hidden_act": "silu", "hidden_size": 64, "intermediate_size": 96,
"num_hidden_layers": 2, "num_attention_heads": 8, "num_key_value_heads": 4,
"max_position_embeddings": 128, "vocab_size": 300, "rms_norm_eps": 1e-06,
"rope_scaling": null, "rope_theta": 50000.0, "tie_word_embeddings": true,
"attention_bias": false, "mlp_bias": false, "pretraining_tp": 1,
"bos_token_id": 1, "eos_token_id": [2, 3]})",
          R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 1,
"num_attention_heads": 8, "max_position_embeddings": 128, "vocab_size": 300,
"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}})"};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto config =
      ReadHuggingFaceConfig(InputPath("config.json", InputView(data, size)));
  if (!Accepts(config)) return 0;
  Require(ValidateConfig(config->model).ok(),
          "a config that was read is valid");
  return 0;
}
