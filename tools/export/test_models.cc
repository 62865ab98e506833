#include "tools/export/test_models.h"

#include <cmath>

#include "lib/artifact/byte_sink.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/numerics/random.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/grid.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

ModelConfig WithSizes(ModelConfig config, uint32_t d_model, uint32_t d_ff) {
  config.set_vocab_size(19);
  config.set_d_model(d_model);
  config.set_num_layers(2);
  config.set_num_heads(4);
  config.set_d_ff(d_ff);
  config.set_context_length(12);
  config.set_layer_norm_epsilon(1e-5f);
  return config;
}

std::vector<float> RandomFloats(uint64_t size, Random& random) {
  std::vector<float> values(size);
  for (float& value : values) {
    value = static_cast<float>(random.Uniform() - 0.5);
  }
  return values;
}

CodedMatrix RandomCodes(const Scheme& scheme, uint64_t out, uint64_t in,
                        Random& random) {
  const CodeFormat format = FormatOf(scheme);
  const int levels = format.highest() - format.lowest() + 1;
  CodedMatrix matrix;
  for (uint64_t i = 0; i < out * in; ++i) {
    matrix.codes.push_back(static_cast<int16_t>(
        format.lowest() + static_cast<int>(random.Uniform() * levels)));
  }
  matrix.grids.resize(LayoutOf(scheme, out, in).num_scales);
  for (Grid& grid : matrix.grids) {
    grid.scale = RoundToFloat16(static_cast<float>(0.001 + random.Uniform()));
    if (format.signed_scale && random.Uniform() < 0.5) grid.scale *= -1;
    grid.zero_point = scheme.symmetric() || format.has_minimum ? 0 : 3;
    if (format.has_minimum) {
      grid.minimum = RoundToFloat16(static_cast<float>(random.Uniform() - 1));
    }
  }
  return matrix;
}

QuantizedLinear RandomLinear(const TensorSpec& spec, const Scheme& scheme,
                             Random& random) {
  const uint64_t out = spec.shape[0], in = spec.shape[1];
  const DType dtype = StoredDType(scheme, spec.role);
  if (dtype == PACKED_CODES) {
    std::vector<uint32_t> permutation;
    for (uint64_t j = in; scheme.activation_order() && j > 0; --j) {
      permutation.push_back(j - 1);
    }
    return PackLinear(spec.name, out, in, RandomCodes(scheme, out, in, random),
                      permutation, scheme)
        .value();
  }
  QuantizedLinear linear;
  linear.set_name(spec.name);
  linear.set_out_features(out);
  linear.set_in_features(in);
  *linear.mutable_weight() =
      StoreFloats(spec, dtype, RandomFloats(out * in, random)).value();
  return linear;
}

}  // namespace

std::vector<NamedExportConfig> ExportConfigs() {
  ModelConfig minigpt = WithSizes(MiniGptFamily(), 64, 256);
  minigpt.set_embedding_multiplier(8);
  ModelConfig llama = WithSizes(LlamaFamily(500), 64, 96);
  llama.set_num_kv_heads(2);
  ModelConfig biased = WithSizes(LlamaFamily(10000), 64, 96);
  biased.set_head_dim(24);
  biased.set_tied_embeddings(true);
  biased.set_qkv_bias(true);
  biased.set_attention_output_bias(true);
  biased.set_mlp_bias(true);
  ModelConfig qwen2 = WithSizes(LlamaFamily(10000), 64, 96);
  qwen2.set_qkv_bias(true);
  ModelConfig qwen3 = WithSizes(LlamaFamily(10000), 64, 96);
  qwen3.set_num_kv_heads(2);
  qwen3.set_head_dim(32);
  qwen3.set_qk_norm(true);
  ModelConfig mistral = WithSizes(LlamaFamily(10000), 64, 96);
  mistral.set_sliding_window(5);
  ModelConfig llama3 = WithSizes(LlamaFamily(500), 64, 96);
  Llama3Rope& rope = *llama3.mutable_llama3_rope();
  rope.set_factor(8);
  rope.set_low_frequency_factor(1);
  rope.set_high_frequency_factor(4);
  rope.set_original_context(50);
  // sqrt(64) = 8 in every dtype.
  ModelConfig gemma = WithSizes(LlamaFamily(10000), 64, 96);
  gemma.set_mlp(GEGLU);
  gemma.set_norm_adds_one(true);
  gemma.set_embedding_multiplier(8);
  gemma.set_tied_embeddings(true);
  gemma.set_num_kv_heads(2);
  gemma.set_head_dim(32);
  ModelConfig gemma2 = gemma;
  gemma2.set_post_norms(true);
  gemma2.set_attention_scale(1 / std::sqrt(32.0f));
  gemma2.set_attention_softcap(20);
  gemma2.set_logits_softcap(10);
  gemma2.set_sliding_window(5);
  gemma2.add_full_attention(false);
  gemma2.add_full_attention(true);
  ModelConfig gemma3 = gemma2;
  gemma3.clear_attention_softcap();
  gemma3.clear_logits_softcap();
  gemma3.set_tied_embeddings(false);
  gemma3.set_qk_norm(true);
  gemma3.set_local_rope_theta(500);
  gemma3.mutable_linear_rope()->set_factor(8);
  ModelConfig granite = WithSizes(LlamaFamily(10000), 64, 96);
  granite.set_embedding_multiplier(12);
  granite.set_attention_scale(0.25f);
  granite.set_residual_multiplier(0.125f);
  granite.set_logits_divisor(3);
  granite.set_qkv_bias(true);
  granite.set_attention_output_bias(true);
  ModelConfig olmo2 = WithSizes(LlamaFamily(10000), 64, 96);
  olmo2.set_num_kv_heads(2);
  olmo2.set_qk_norm(true);
  olmo2.set_qk_norm_over_heads(true);
  olmo2.set_post_norms(true);
  olmo2.set_no_pre_norms(true);
  ModelConfig smollm3 = WithSizes(LlamaFamily(10000), 64, 96);
  smollm3.set_num_layers(4);
  smollm3.set_tied_embeddings(true);
  for (const bool unturned : {false, false, false, true}) {
    smollm3.add_no_rotation(unturned);
  }
  return {{"MiniGpt", minigpt},
          {"Gpt2", WithSizes(Gpt2Family(), 64, 128)},
          {"Llama", llama},
          {"LlamaWithBiases", biased},
          {"RaggedLlama", WithSizes(LlamaFamily(10000), 40, 96)},
          {"Llama3", llama3},
          {"Mistral", mistral},
          {"Qwen2", qwen2},
          {"Qwen3", qwen3},
          {"Gemma", gemma},
          {"Gemma2", gemma2},
          {"Gemma3", gemma3},
          {"Granite", granite},
          {"Olmo2", olmo2},
          {"SmolLm3", smollm3}};
}

QuantizedModel RandomQuantizedModel(const ModelConfig& config,
                                    const std::string& scheme) {
  Random random(7);
  QuantizedModel model;
  *model.mutable_scheme() = ResolveScheme(scheme).value();
  *model.mutable_config() = config;
  model.set_tokenizer_sha256(std::string(32, 't'));
  model.set_checkpoint_sha256(std::string(32, 'c'));
  model.set_calibration_sha256(std::string(32, 'h'));
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role == TensorRole::kLinearWeight) {
      *model.add_linears() = RandomLinear(spec, model.scheme(), random);
    } else {
      const uint64_t size = NumElements(spec.shape).value();
      AddOther(spec, RandomFloats(size, random), model).IgnoreError();
    }
  }
  *model.mutable_bytes() = ComputeByteAccount(model).value();
  return model;
}

std::string GgufBytes(const GgufMetadata& metadata,
                      const std::vector<GgufTensor>& tensors) {
  StringSink sink;
  return WriteGguf(metadata, tensors, sink).ok() ? sink.contents : "";
}

}  // namespace quant_curve
