#include "lib/measurement/measurement.h"

#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxNameLength = 64;

absl::Span<const double> WindowNll(const Measurement& measurement) {
  return {measurement.window_nll_nats().data(),
          static_cast<size_t>(measurement.window_nll_nats_size())};
}

absl::Span<const uint32_t> WindowTokens(const Measurement& measurement) {
  return {measurement.window_tokens().data(),
          static_cast<size_t>(measurement.window_tokens_size())};
}

absl::Span<const float> ItemScores(const Measurement& measurement, int item) {
  const size_t candidates = measurement.num_candidates();
  return {
      measurement.candidate_log_probability_nats().data() + candidates * item,
      candidates};
}

bool IsLabel(const ItemLabel& label, uint32_t num_candidates) {
  return Stratum_IsValid(label.stratum()) &&
         label.stratum() != STRATUM_UNSPECIFIED &&
         Tense_IsValid(label.tense()) && label.tense() != TENSE_UNSPECIFIED &&
         label.answer() < num_candidates;
}

absl::Status CheckItems(const Measurement& measurement) {
  const uint64_t items = measurement.items_size();
  const uint64_t candidates = measurement.num_candidates();
  const uint64_t scores = measurement.candidate_log_probability_nats_size();
  if (items > 0 && candidates < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "num_candidates=", candidates, ": a cloze item needs at least 2"));
  }
  if (scores != items * candidates) {
    return absl::InvalidArgumentError(
        absl::StrCat(scores, " candidate scores, ", items, " items of ",
                     candidates, " candidates need ", items * candidates));
  }
  for (uint64_t i = 0; i < items; ++i) {
    if (!IsLabel(measurement.items(i), candidates)) {
      return absl::InvalidArgumentError(
          absl::StrCat("item ", i, ": stratum ", measurement.items(i).stratum(),
                       ", tense ", measurement.items(i).tense(), ", answer ",
                       measurement.items(i).answer(), " is out of range"));
    }
    for (const float score : ItemScores(measurement, i)) {
      if (!std::isfinite(score)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "item ", i, ": a candidate's score is ", score, ": not finite"));
      }
    }
  }
  return absl::OkStatus();
}

bool IsRight(const Measurement& measurement, int item) {
  return ChosenCandidate(ItemScores(measurement, item)) ==
         static_cast<int>(measurement.items(item).answer());
}

// Adds the cell of the items with this stratum and, unless unspecified, this
// tense; none when there is no such item.
void AddCell(Stratum stratum, Tense tense, Measurement& measurement) {
  uint64_t items = 0;
  uint64_t correct = 0;
  for (int i = 0; i < measurement.items_size(); ++i) {
    const ItemLabel& label = measurement.items(i);
    if (label.stratum() != stratum) continue;
    if (tense != TENSE_UNSPECIFIED && label.tense() != tense) continue;
    ++items;
    correct += IsRight(measurement, i);
  }
  if (items == 0) return;
  AccuracyCell* cell = measurement.add_cells();
  cell->set_stratum(stratum);
  cell->set_tense(tense);
  *cell->mutable_accuracy() = MakeAccuracy(correct, items);
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

absl::Status CheckMeasurement(const Measurement& measurement) {
  RETURN_IF_ERROR(CheckName("scheme name", measurement.scheme().name()));
  RETURN_IF_ERROR(CheckAccount(measurement));
  Measurement recomputed = measurement;
  RETURN_IF_ERROR(FillSummaries(recomputed));
  if (!google::protobuf::util::MessageDifferencer::Equals(recomputed,
                                                          measurement)) {
    return absl::InvalidArgumentError(
        "the summaries do not follow from the scores beside them");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetItemLabels(const Corpus& corpus, const ShardRange& range,
                           Measurement& measurement) {
  measurement.clear_items();
  measurement.set_num_candidates(
      corpus.items().empty() ? 0 : corpus.items(0).candidates_size());
  for (int i = 0; i < corpus.items_size(); ++i) {
    const ClozeItem& item = corpus.items(i);
    if (item.candidates_size() !=
        static_cast<int>(measurement.num_candidates())) {
      return absl::InvalidArgumentError(
          absl::StrCat("cloze item ", i, " has ", item.candidates_size(),
                       " candidates, item 0 has ", measurement.num_candidates(),
                       ": all must have the same number"));
    }
    if (i < range.first || i >= range.end) continue;
    ItemLabel* label = measurement.add_items();
    label->set_stratum(item.stratum());
    label->set_tense(item.tense());
    label->set_answer(item.answer());
  }
  return absl::OkStatus();
}

absl::Status FillSummaries(Measurement& measurement) {
  ASSIGN_OR_RETURN(
      *measurement.mutable_perplexity(),
      ComputePerplexity(WindowNll(measurement), WindowTokens(measurement)));
  RETURN_IF_ERROR(CheckItems(measurement));
  uint64_t correct = 0;
  std::vector<double> margins;
  for (int i = 0; i < measurement.items_size(); ++i) {
    const ItemLabel& label = measurement.items(i);
    if (!IsHeadline(label.stratum())) continue;
    correct += IsRight(measurement, i);
    margins.push_back(AnswerMargin(ItemScores(measurement, i), label.answer()));
  }
  *measurement.mutable_verb_tense_accuracy() =
      MakeAccuracy(correct, margins.size());
  measurement.set_mean_margin_nats(MeanOf(margins).value);
  measurement.clear_cells();
  for (const Stratum stratum : {SEEN, HELD_OUT_FORM, UNSEEN_STEM}) {
    for (const Tense tense :
         {TENSE_UNSPECIFIED, PAST, PRESENT, FUTURE, PROGRESSIVE}) {
      AddCell(stratum, tense, measurement);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Estimate> ComparePerplexity(const Measurement& measurement,
                                           const Measurement& reference) {
  RETURN_IF_ERROR(CheckComparable(measurement, reference));
  return PerplexityGapPercent(WindowNll(measurement), WindowNll(reference),
                              WindowTokens(measurement));
}

absl::StatusOr<PairedComparison> Compare(const Measurement& measurement,
                                         const Measurement& reference) {
  ASSIGN_OR_RETURN(const Estimate gap,
                   ComparePerplexity(measurement, reference));
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

absl::StatusOr<std::string> CompareToFile(const std::string& path,
                                          Measurement& measurement) {
  ASSIGN_OR_RETURN(const Artifact<Measurement> reference,
                   ReadMeasurement(path));
  const auto paired = Compare(measurement, reference.message);
  if (!paired.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--reference=", path, ": ", paired.status().message()));
  }
  *measurement.mutable_paired() = *paired;
  measurement.mutable_paired()->set_reference_sha256(reference.sha256);
  return reference.sha256;
}

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  bool plain = !name.empty() && name.size() <= kMaxNameLength;
  for (const char c : name) {
    plain = plain && (absl::ascii_isalnum(c) ||
                      std::string("._+-").find(c) != std::string::npos);
  }
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", name, "': must be 1 to ", kMaxNameLength,
                   " letters, digits or ._+-"));
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
