#include "lib/measurement/measurement.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/divergence.h"
#include "lib/measurement/items.h"
#include "lib/measurement/name.h"
#include "lib/measurement/sampling.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

absl::Span<const double> WindowNll(const Measurement& measurement) {
  return {measurement.window_nll_nats().data(),
          static_cast<size_t>(measurement.window_nll_nats_size())};
}

absl::Span<const uint32_t> WindowTokens(const Measurement& measurement) {
  return {measurement.window_tokens().data(),
          static_cast<size_t>(measurement.window_tokens_size())};
}

// perplexity is filled.
absl::Status FillTextPerplexity(Measurement& measurement) {
  measurement.clear_text_perplexity();
  const uint64_t bytes = measurement.num_text_bytes();
  const uint64_t words = measurement.num_text_words();
  if (bytes == 0 && words == 0) return absl::OkStatus();
  if (bytes == 0 || words == 0 || words > bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("num_text_bytes=", bytes, ", num_text_words=", words,
                     ": both or none, and no more words than bytes"));
  }
  ASSIGN_OR_RETURN(*measurement.mutable_text_perplexity(),
                   MakeTextPerplexity(measurement.perplexity(), bytes, words));
  return absl::OkStatus();
}

absl::Status CheckComparable(const Measurement& a, const Measurement& b) {
  if (a.corpus_sha256() != b.corpus_sha256()) {
    return absl::InvalidArgumentError("made from different corpora");
  }
  if (WindowTokens(a) != WindowTokens(b)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "different evaluation windows: ", a.window_tokens_size(), " against ",
        b.window_tokens_size(), ", or of other lengths"));
  }
  bool equal_items = a.num_candidates() == b.num_candidates() &&
                     a.items_size() == b.items_size();
  for (int i = 0; equal_items && i < a.items_size(); ++i) {
    equal_items = google::protobuf::util::MessageDifferencer::Equals(
        a.items(i), b.items(i));
  }
  if (!equal_items) return absl::InvalidArgumentError("different cloze items");
  return absl::OkStatus();
}

absl::Status CheckAccount(const Measurement& measurement) {
  const ByteAccount& bytes = measurement.bytes();
  if (bytes.total() == 0 ||
      bytes.total() != bytes.weights() + bytes.scales() + bytes.biases() +
                           bytes.layer_norm() + bytes.embedding() ||
      bytes.linear_only() != bytes.total() - bytes.embedding()) {
    return absl::InvalidArgumentError("the byte account does not add up");
  }
  if (!std::isfinite(measurement.bits_per_weight()) ||
      measurement.bits_per_weight() < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "bits_per_weight=", measurement.bits_per_weight(), ": impossible"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FillSummaries(Measurement& measurement) {
  ASSIGN_OR_RETURN(
      *measurement.mutable_perplexity(),
      ComputePerplexity(WindowNll(measurement), WindowTokens(measurement)));
  RETURN_IF_ERROR(FillTextPerplexity(measurement));
  RETURN_IF_ERROR(FillMetrics(measurement));
  return FillItemSummaries(measurement);
}

absl::StatusOr<Estimate> ComparePerplexity(const Measurement& measurement,
                                           const Measurement& reference) {
  RETURN_IF_ERROR(CheckComparable(measurement, reference));
  std::vector<double> differences;
  for (int i = 0; i < measurement.window_nll_nats_size(); ++i) {
    differences.push_back(measurement.window_nll_nats(i) -
                          reference.window_nll_nats(i));
  }
  return GapPercent(WindowSums(reference).PerToken(differences));
}

absl::StatusOr<PairedComparison> Compare(const Measurement& measurement,
                                         const Measurement& reference) {
  RETURN_IF_ERROR(CheckComparable(measurement, reference));
  ASSIGN_OR_RETURN(
      const Estimate gap,
      PerplexityGapPercent(WindowNll(measurement), WindowNll(reference),
                           WindowTokens(measurement)));
  RETURN_IF_ERROR(CheckItems(measurement));
  RETURN_IF_ERROR(CheckItems(reference));
  PairedComparison result;
  result.set_reference_scheme(reference.scheme().name());
  result.set_perplexity_gap_percent(gap.value);
  result.set_perplexity_gap_stderr_percent(gap.standard_error);
  std::vector<double> margin_changes;
  for (int i = 0; i < measurement.items_size(); ++i) {
    const ItemLabel& label = measurement.items(i);
    if (!IsHeadline(label.stratum())) continue;
    const absl::Span<const float> scores = ItemScores(measurement, i);
    const absl::Span<const float> before = ItemScores(reference, i);
    margin_changes.push_back(AnswerMargin(scores, label.answer()) -
                             AnswerMargin(before, label.answer()));
    const int choice = ChosenCandidate(scores);
    const int choice_before = ChosenCandidate(before);
    if (choice == choice_before) continue;
    const int answer = static_cast<int>(label.answer());
    result.set_flips(result.flips() + 1);
    if (choice == answer)
      result.set_flips_to_right(result.flips_to_right() + 1);
    if (choice_before == answer) {
      result.set_flips_to_wrong(result.flips_to_wrong() + 1);
    }
  }
  result.set_items(margin_changes.size());
  result.set_mean_margin_change_nats(MeanOf(margin_changes).value);
  return result;
}

absl::Status CompareToReference(const Artifact<Measurement>& reference,
                                const std::string& path,
                                Measurement& measurement) {
  const auto paired = Compare(measurement, reference.message);
  if (!paired.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--reference=", path, ": ", paired.status().message()));
  }
  *measurement.mutable_paired() = *paired;
  measurement.mutable_paired()->set_reference_sha256(reference.sha256);
  return absl::OkStatus();
}

absl::Status CheckMeasurement(const Measurement& measurement) {
  RETURN_IF_ERROR(CheckName("scheme name", measurement.scheme().name()));
  RETURN_IF_ERROR(CheckAccount(measurement));
  Measurement recomputed = measurement;
  RETURN_IF_ERROR(FillSummaries(recomputed));
  if (!google::protobuf::util::MessageDifferencer::Equals(recomputed,
                                                          measurement)) {
    return absl::InvalidArgumentError(
        "the summaries do not follow from its scores");
  }
  return absl::OkStatus();
}

absl::StatusOr<Artifact<Measurement>> ReadMeasurement(const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<Measurement> artifact,
                   ReadArtifact<Measurement>(path));
  RETURN_IF_ERROR(CheckWhole(artifact.message, path));
  const absl::Status valid = CheckMeasurement(artifact.message);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", valid.message()));
  }
  return artifact;
}

}  // namespace quant_curve
