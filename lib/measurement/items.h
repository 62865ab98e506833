// The task's items in a measurement: their scores, and what they sum up to.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_ITEMS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_ITEMS_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/sharding/shard.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// The strata that the task's accuracy counts: of verbs those where the tested
// form was never seen, and minimal pairs.
inline bool IsHeadline(Stratum stratum) {
  return stratum == HELD_OUT_FORM || stratum == UNSEEN_STEM ||
         stratum == MINIMAL_PAIR;
}

// Sets the number of candidates and copies stratum, tense, category and answer
// of the items in `range`. Refuses items (of all) that differ in their number
// of candidates: the chance level would have no one value.
absl::Status SetItemLabels(const Corpus& corpus, const ShardRange& range,
                           Measurement& measurement);

// The scores of one item's candidates; CheckItems has passed.
absl::Span<const float> ItemScores(const Measurement& measurement, int item);

// Refuses scores that are not num_candidates an item or not finite, and labels
// out of range.
absl::Status CheckItems(const Measurement& measurement);

// CheckItems; then fills verb_tense_accuracy, minimal_pair_accuracy, cells and
// mean_margin_nats. Cells: each stratum that has items (tense unspecified),
// followed by its tenses; minimal pairs, followed by their categories in the
// order of their first items. An accuracy over no items is left out.
absl::Status FillItemSummaries(Measurement& measurement);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_ITEMS_H_
