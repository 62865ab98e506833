#include "tools/evaluate/evaluate_model.h"

#include <vector>

#include "lib/artifact/status_macros.h"
#include "lib/data/windows.h"
#include "lib/measurement/measurement.h"
#include "lib/model/config.h"
#include "lib/model/model.h"
#include "lib/quantization/byte_account.h"
#include "tools/evaluate/score.h"

namespace quant_curve {
namespace {

void DescribeModel(const QuantizedModel& quantized, Measurement& m) {
  *m.mutable_scheme() = quantized.scheme();
  *m.mutable_bytes() = quantized.bytes();
  m.set_bits_per_weight(BitsPerWeight(quantized));
  m.set_num_linear_weights(NumLinearWeights(quantized));
  m.set_num_parameters(NumParameters(quantized.config()));
  m.set_num_lm_head_weights(uint64_t{quantized.config().vocab_size()} *
                            quantized.config().d_model());
  for (const QuantizedLinear& linear : quantized.linears()) {
    LinearQuality& quality = *m.add_linears();
    quality.set_name(linear.name());
    quality.set_out_features(linear.out_features());
    quality.set_in_features(linear.in_features());
    quality.set_num_scales(
        linear.scales().shape_size() == 0 ? 0 : linear.scales().shape(0));
    quality.set_has_proxy_losses(linear.has_proxy_losses());
    quality.set_rtn_proxy_loss(linear.rtn_proxy_loss());
    quality.set_gptq_proxy_loss(linear.gptq_proxy_loss());
    quality.set_damping_used(linear.damping_used());
  }
}

}  // namespace

absl::StatusOr<Measurement> EvaluateModel(
    const QuantizedModel& quantized, const Corpus& corpus,
    uint64_t window_tokens, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress) {
  ASSIGN_OR_RETURN(const Model model, ModelFromQuantized(quantized));
  ASSIGN_OR_RETURN(const std::vector<std::vector<uint32_t>> windows,
                   CutWindows("evaluation", corpus.evaluation(), window_tokens,
                              quantized.config().vocab_size()));
  Measurement m;
  DescribeModel(quantized, m);
  RETURN_IF_ERROR(SetItemLabels(corpus, m));
  m.set_tokens_per_window(window_tokens);

  const int64_t half = static_cast<int64_t>(windows.size());
  const std::vector<float> tokens =
      ScoreWindows(model, windows, corpus.tokenizer().separator_id(), threads,
                   [&](int64_t done) { progress(50 * done / half); });
  m.mutable_token_log_likelihood_nats()->Add(tokens.begin(), tokens.end());
  ASSIGN_OR_RETURN(const std::vector<float> candidates,
                   ScoreItems(model, corpus, threads, [&](int64_t done) {
                     progress(50 + 50 * done / corpus.items_size());
                   }));
  m.mutable_candidate_log_probability_nats()->Add(candidates.begin(),
                                                  candidates.end());
  RETURN_IF_ERROR(FillSummaries(m));
  return m;
}

}  // namespace quant_curve
