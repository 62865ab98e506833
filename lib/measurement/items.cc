#include "lib/measurement/items.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/name.h"
#include "lib/measurement/statistics.h"

namespace quant_curve {
namespace {

// Verbs have a tense, minimal pairs may have a category.
bool IsLabel(const ItemLabel& label, uint32_t num_candidates) {
  if (!Stratum_IsValid(label.stratum()) ||
      label.stratum() == STRATUM_UNSPECIFIED || !Tense_IsValid(label.tense()) ||
      label.answer() >= num_candidates) {
    return false;
  }
  if (label.stratum() != MINIMAL_PAIR) {
    return label.tense() != TENSE_UNSPECIFIED && label.category().empty();
  }
  return label.tense() == TENSE_UNSPECIFIED &&
         (label.category().empty() ||
          CheckName("category", label.category()).ok());
}

bool IsRight(const Measurement& measurement, int item) {
  return ChosenCandidate(ItemScores(measurement, item)) ==
         static_cast<int>(measurement.items(item).answer());
}

// Adds the cell of the items with this stratum and, unless unspecified, this
// tense and this category; none when there is no such item.
void AddCell(Stratum stratum, Tense tense, const std::string& category,
             Measurement& measurement) {
  uint64_t items = 0;
  uint64_t correct = 0;
  for (int i = 0; i < measurement.items_size(); ++i) {
    const ItemLabel& label = measurement.items(i);
    if (label.stratum() != stratum) continue;
    if (tense != TENSE_UNSPECIFIED && label.tense() != tense) continue;
    if (!category.empty() && label.category() != category) continue;
    ++items;
    correct += IsRight(measurement, i);
  }
  if (items == 0) return;
  AccuracyCell* cell = measurement.add_cells();
  cell->set_stratum(stratum);
  cell->set_tense(tense);
  cell->set_category(category);
  *cell->mutable_accuracy() = MakeAccuracy(correct, items);
}

void FillCells(Measurement& measurement) {
  measurement.clear_cells();
  for (const Stratum stratum : {SEEN, HELD_OUT_FORM, UNSEEN_STEM}) {
    for (const Tense tense :
         {TENSE_UNSPECIFIED, PAST, PRESENT, FUTURE, PROGRESSIVE}) {
      AddCell(stratum, tense, "", measurement);
    }
  }
  AddCell(MINIMAL_PAIR, TENSE_UNSPECIFIED, "", measurement);
  absl::flat_hash_set<std::string> seen = {""};
  for (const ItemLabel& label : measurement.items()) {
    if (!seen.insert(label.category()).second) continue;
    AddCell(MINIMAL_PAIR, TENSE_UNSPECIFIED, label.category(), measurement);
  }
}

// Over the headline items: verbs, then minimal pairs.
void FillAccuracies(Measurement& measurement) {
  measurement.clear_verb_tense_accuracy();
  measurement.clear_minimal_pair_accuracy();
  uint64_t items[2] = {};
  uint64_t correct[2] = {};
  for (int i = 0; i < measurement.items_size(); ++i) {
    const Stratum stratum = measurement.items(i).stratum();
    if (!IsHeadline(stratum)) continue;
    ++items[stratum == MINIMAL_PAIR];
    correct[stratum == MINIMAL_PAIR] += IsRight(measurement, i);
  }
  if (items[0] > 0) {
    *measurement.mutable_verb_tense_accuracy() =
        MakeAccuracy(correct[0], items[0]);
  }
  if (items[1] > 0) {
    *measurement.mutable_minimal_pair_accuracy() =
        MakeAccuracy(correct[1], items[1]);
  }
}

}  // namespace

absl::Span<const float> ItemScores(const Measurement& measurement, int item) {
  const size_t candidates = measurement.num_candidates();
  return {
      measurement.candidate_log_probability_nats().data() + candidates * item,
      candidates};
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
    label->set_category(item.category());
  }
  return absl::OkStatus();
}

absl::Status FillItemSummaries(Measurement& measurement) {
  RETURN_IF_ERROR(CheckItems(measurement));
  std::vector<double> margins;
  for (int i = 0; i < measurement.items_size(); ++i) {
    const ItemLabel& label = measurement.items(i);
    if (!IsHeadline(label.stratum())) continue;
    margins.push_back(AnswerMargin(ItemScores(measurement, i), label.answer()));
  }
  measurement.set_mean_margin_nats(MeanOf(margins).value);
  FillAccuracies(measurement);
  FillCells(measurement);
  return absl::OkStatus();
}

}  // namespace quant_curve
