#include "lib/families/config_keys.h"

#include "absl/strings/string_view.h"

namespace quant_curve {
namespace {

// Training, generation and bookkeeping.
constexpr absl::string_view kHarmless[] = {
    // where the file comes from
    "_attn_implementation_autoset", "_flash_attn_2_enabled", "_num_labels",
    "output_past", "use_flash_attention_2", "_attn_implementation",
    "_commit_hash", "_from_model_config", "_name_or_path",
    "attn_implementation", "dtype", "is_decoder", "is_llama_config",
    "torch_dtype", "transformers.js_config", "transformers_version",
    "unsloth_fixed", "unsloth_version",
    // how it was trained
    "attention_dropout", "attn_pdrop", "embd_pdrop", "gradient_checkpointing",
    "hidden_dropout", "hidden_dropout_prob", "initializer_range",
    "neftune_noise_alpha", "resid_pdrop", "use_bfloat16",
    // how it is run
    "chunk_size_feed_forward", "onnx", "output_attentions",
    "output_hidden_states", "output_scores", "reorder_and_upcast_attn",
    "max_window_layers", "return_dict", "return_dict_in_generate",
    "tf_legacy_loss", "torchscript", "use_cache", "use_flash_attn",
    "use_flash_attention",
    // other heads than that of the language model
    "cross_attention_hidden_size", "finetuning_task", "id2label", "label2id",
    "n_special", "num_labels", "predict_special_tokens", "problem_type",
    "summary_activation", "summary_first_dropout", "summary_proj_to_labels",
    "summary_type", "summary_use_proj", "task_specific_params",
    // how text is chosen
    "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample",
    "early_stopping", "encoder_no_repeat_ngram_size",
    "exponential_decay_length_penalty", "forced_bos_token_id",
    "forced_eos_token_id", "length_penalty", "max_length", "min_length",
    "no_repeat_ngram_size", "num_beam_groups", "num_beams",
    "num_return_sequences", "remove_invalid_values", "repetition_penalty",
    "suppress_tokens", "temperature", "top_k", "top_p", "typical_p",
    // tokens
    "cls_token_id", "decoder_start_token_id", "mask_token_id", "pad_token_id",
    "prefix", "sep_token_id", "tokenizer_class", "unk_token_id"};

// Switches of other families.
constexpr absl::string_view kOnlyFalse[] = {"add_cross_attention",
                                            "alibi",
                                            "attention_in_bias",
                                            "attention_out_bias",
                                            "bias",
                                            "is_encoder_decoder",
                                            "lm_head_bias",
                                            "multi_query",
                                            "mup",
                                            "parallel_attn",
                                            "qk_layernorm",
                                            "qk_norm",
                                            "qkv_bias",
                                            "rope_interleaved",
                                            "tie_encoder_decoder",
                                            "use_bias",
                                            "use_mrope",
                                            "use_mup",
                                            "use_parallel_residual",
                                            "use_qk_norm",
                                            "use_qkv_bias",
                                            "use_sliding_window"};

// Factors: Granite's, Cohere's, Falcon-H1's.
constexpr absl::string_view kOnlyOne[] = {
    "attention_in_multiplier", "attention_out_multiplier",
    "embedding_multiplier",    "key_multiplier",
    "lm_head_multiplier",      "logit_scale",
    "logits_scaling",          "partial_rotary_factor",
    "residual_multiplier",     "rotary_pct"};

}  // namespace

void CheckOtherKeys(ConfigFields& fields) {
  fields.Ignore(kHarmless);
  for (const absl::string_view key : kOnlyFalse) {
    if (!fields.Knows(key)) fields.RequireFlag(key, false);
  }
  for (const absl::string_view key : kOnlyOne) {
    if (!fields.Knows(key)) fields.RequireNumber(key, 1);
  }
  fields.RequireNull("quantization_config");
  if (!fields.Knows("sliding_window")) fields.RequireNull("sliding_window");
  fields.RequireEmpty("pruned_heads");
  if (!fields.Knows("no_rope_layers")) fields.RequireEmpty("no_rope_layers");
  if (!fields.Knows("layer_types")) {
    fields.RequireAll("layer_types", "full_attention");
  }
}

}  // namespace quant_curve
