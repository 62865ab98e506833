#include "tools/evaluate/evaluate_model.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/model_corpus.h"
#include "lib/data/overlap.h"
#include "lib/data/windows.h"
#include "lib/measurement/divergence.h"
#include "lib/measurement/items.h"
#include "lib/measurement/merge_measurements.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"
#include "lib/quantization/byte_account.h"
#include "lib/sharding/merge.h"
#include "tools/evaluate/overflow.h"
#include "tools/evaluate/score.h"

namespace quant_curve {
namespace {

using Windows = std::vector<std::vector<uint32_t>>;

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

// `windows` are those of `split`, one or more; a limit leaves two of more.
absl::Status CheckTwoWindows(const Windows& windows, const Split& split) {
  if (windows.size() >= 2) return absl::OkStatus();
  const uint64_t tokens = split.tokens_size();
  const std::string fault =
      absl::StrCat("the evaluation text has one window of ", windows[0].size(),
                   " tokens, and a standard error needs two windows; ");
  if (tokens < 2) {
    return absl::InvalidArgumentError(absl::StrCat(fault, "use a longer text"));
  }
  // Documents use a short last window, a stream does not.
  const uint64_t half =
      split.documents().empty() ? tokens / 2 : (tokens + 1) / 2;
  return absl::InvalidArgumentError(absl::StrCat(
      fault, "--window_tokens=", half, " makes two, or use a longer text"));
}

// `nll` are the scores of `windows`, the first of which is window `first`.
absl::Status CheckScores(const ModelReader& model, const std::string& scheme,
                         absl::Span<const std::vector<uint32_t>> windows,
                         int64_t first, absl::Span<const uint32_t> starts,
                         const std::vector<double>& nll) {
  for (size_t i = 0; i < windows.size(); ++i) {
    if (std::isfinite(nll[i])) continue;
    return OverflowError(
        model, absl::StrCat("scheme '", scheme, "': window ", first + i),
        MakeScoredWindow(windows[i], starts[i]).input);
  }
  return absl::OkStatus();
}

absl::Status CheckReference(const QuantizedModel& model,
                            const QuantizedModel& reference) {
  const bool same_config = google::protobuf::util::MessageDifferencer::Equals(
      model.config(), reference.config());
  if (same_config &&
      model.checkpoint_sha256() == reference.checkpoint_sha256()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the reference model, scheme '", reference.scheme().name(), "', has ",
      same_config ? "other weights" : "another architecture",
      "; quantize both from one checkpoint"));
}

// After CheckScores: what is not finite comes from the reference.
absl::Status CheckDivergence(const ModelReader& reference,
                             const std::string& scheme,
                             absl::Span<const std::vector<uint32_t>> windows,
                             int64_t first, absl::Span<const uint32_t> starts,
                             const Scores& scores) {
  for (size_t i = 0; i < windows.size(); ++i) {
    if (std::isfinite(scores.window_divergence[i].kl_nats)) continue;
    return OverflowError(
        reference,
        absl::StrCat("reference scheme '", scheme, "': window ", first + i),
        MakeScoredWindow(windows[i], starts[i]).input);
  }
  return absl::OkStatus();
}

void SetDivergence(const Scores& scores, Divergence& divergence) {
  for (const WindowDivergence& window : scores.window_divergence) {
    divergence.add_window_kl_nats(window.kl_nats);
    divergence.add_window_max_kl_nats(window.max_kl_nats);
    divergence.add_window_top1_agreements(window.top1_agreements);
    divergence.add_window_probability_changes(window.probability_changes);
    divergence.add_window_squared_probability_changes(
        window.squared_probability_changes);
  }
  SetHistogram(scores.divergence_histogram, divergence);
}

}  // namespace

absl::StatusOr<Measurement> EvaluateShard(
    const Artifact<QuantizedModel>& artifact,
    const Artifact<QuantizedModel>* reference, const Corpus& corpus,
    const EvaluationChoice& choice, const Shard& shard, ThreadPool& threads,
    ProgressSink progress) {
  const QuantizedModel& quantized = artifact.message;
  RETURN_IF_ERROR(ValidateShard(shard));
  ASSIGN_OR_RETURN(
      const EvaluationText text,
      CutEvaluationText(corpus.evaluation(), choice,
                        quantized.config().vocab_size(), EndsOf(corpus).start));
  const Windows& all = text.windows;
  RETURN_IF_ERROR(CheckTwoWindows(all, corpus.evaluation()));
  ASSIGN_OR_RETURN(const ModelReader model,
                   ModelReader::Of(quantized, artifact.payload));
  absl::optional<ModelReader> reference_model;
  if (reference != nullptr) {
    RETURN_IF_ERROR(CheckReference(quantized, reference->message));
    ASSIGN_OR_RETURN(reference_model,
                     ModelReader::Of(reference->message, reference->payload));
  }
  const ShardRange windows = RangeOf(shard, all.size());
  const ShardRange items = RangeOf(shard, corpus.items_size());
  Measurement m;
  *m.mutable_shard() = shard;
  DescribeModel(quantized, m);
  RETURN_IF_ERROR(SetItemLabels(corpus, items, m));

  const auto ours =
      absl::MakeConstSpan(all).subspan(windows.first, windows.size());
  const auto starts =
      absl::MakeConstSpan(text.starts).subspan(windows.first, windows.size());
  const ScoreRequest request = {
      ours, starts, corpus, items,
      reference_model.has_value() ? &*reference_model : nullptr};
  ASSIGN_OR_RETURN(const Scores scores,
                   Score(model, request, threads, progress));
  RETURN_IF_ERROR(CheckScores(model, quantized.scheme().name(), ours,
                              windows.first, starts, scores.window_nll));
  if (reference_model.has_value()) {
    RETURN_IF_ERROR(CheckDivergence(*reference_model,
                                    reference->message.scheme().name(), ours,
                                    windows.first, starts, scores));
    SetDivergence(scores, *m.mutable_divergence());
  }
  if (!text.documents.empty()) {
    m.mutable_window_documents()->Add(text.documents.begin() + windows.first,
                                      text.documents.begin() + windows.end);
  }
  RETURN_IF_ERROR(CheckCandidates(model, request, scores.candidates));
  m.mutable_window_nll_nats()->Add(scores.window_nll.begin(),
                                   scores.window_nll.end());
  for (int64_t i = windows.first; i < windows.end; ++i) {
    m.add_window_tokens(all[i].size());
  }
  const TextOverlap overlap =
      FindOverlap(corpus.calibration(), corpus.evaluation());
  m.set_overlap_documents(overlap.documents);
  m.set_overlap_tokens(overlap.tokens);
  m.set_num_text_bytes(text.num_bytes);
  m.set_num_text_words(text.num_words);
  m.mutable_candidate_log_probability_nats()->Add(scores.candidates.begin(),
                                                  scores.candidates.end());
  return m;
}

absl::StatusOr<Measurement> EvaluateModel(
    const Artifact<QuantizedModel>& quantized,
    const Artifact<QuantizedModel>* reference, const Corpus& corpus,
    const EvaluationChoice& choice, ThreadPool& threads,
    ProgressSink progress) {
  ASSIGN_OR_RETURN(const Shard all, MakeShard(0, 1));
  ASSIGN_OR_RETURN(Measurement measurement,
                   EvaluateShard(quantized, reference, corpus, choice, all,
                                 threads, progress));
  return MergeMeasurements(OnlyShard(std::move(measurement)));
}

}  // namespace quant_curve
