#include "lib/measurement/merge_measurements.h"

#include <algorithm>

#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

using Files = std::vector<ShardFile<Measurement>>;

// A copy of the elements in `range`.
template <typename Field>
void Keep(const ShardRange& range, const Field& from, Field* to) {
  *to = Field(from.begin() + range.first, from.begin() + range.end);
}

class MergeMeasurementsTest : public ::testing::Test {
 protected:
  // What shard `index` of `count` of `whole_` would be.
  ShardFile<Measurement> Part(uint32_t index, uint32_t count) {
    Measurement part = whole_;
    const Shard shard = MakeShard(index, count).value();
    *part.mutable_shard() = shard;
    part.clear_perplexity();
    part.clear_verb_tense_accuracy();
    part.clear_cells();
    part.clear_mean_margin_nats();
    const ShardRange windows = RangeOf(shard, whole_.window_tokens_size());
    const ShardRange items = RangeOf(shard, whole_.items_size());
    const int candidates = whole_.num_candidates();
    Keep(windows, whole_.window_nll_nats(), part.mutable_window_nll_nats());
    Keep(windows, whole_.window_tokens(), part.mutable_window_tokens());
    Keep(items, whole_.items(), part.mutable_items());
    Keep({items.first * candidates, items.end * candidates},
         whole_.candidate_log_probability_nats(),
         part.mutable_candidate_log_probability_nats());
    return {"part" + std::to_string(index), part};
  }

  Files Parts(uint32_t count) {
    Files files;
    for (uint32_t i = 0; i < count; ++i) files.push_back(Part(i, count));
    return files;
  }

  const Measurement whole_ = MakeFakeMeasurement({"int4", 65536, 5.0, 0.9, 4});
};

TEST_F(MergeMeasurementsTest, PartsInAnyOrderMakeTheWhole) {
  for (const uint32_t count : {1, 2, 3, 7, 60}) {
    Files files = Parts(count);
    std::reverse(files.begin(), files.end());
    ASSERT_OK_AND_ASSIGN(const Measurement merged,
                         MergeMeasurements(std::move(files)));
    EXPECT_EQ(merged.SerializeAsString(), whole_.SerializeAsString()) << count;
  }
}

TEST_F(MergeMeasurementsTest, PartsOfOtherModelsSchemesAndCorporaAreRefused) {
  Files files = Parts(2);
  files[1].message.set_quantized_model_sha256("x");
  EXPECT_THAT(MergeMeasurements(files),
              FailsSaying("part0 and part1: shards of different runs: they "
                          "differ in quantized_model_sha256"));
  files = Parts(2);
  files[1].message.set_corpus_sha256("x");
  EXPECT_THAT(MergeMeasurements(files), FailsSaying("corpus_sha256"));
  files = Parts(2);
  files[1].message.mutable_scheme()->set_bits(3);
  EXPECT_THAT(MergeMeasurements(files), FailsSaying("differ in scheme"));
}

TEST_F(MergeMeasurementsTest, PartsThatAreNoEvenSharesAreRefused) {
  Files files = Parts(2);
  files[0].message.mutable_window_tokens()->RemoveLast();
  files[0].message.mutable_window_tokens()->RemoveLast();
  EXPECT_THAT(MergeMeasurements(files),
              FailsSaying("part0: 23 windows, the share of shard 0 of 2 "
                          "(counted from 0) of 48 is 24"));
  files = Parts(2);
  files[1].message.clear_items();
  EXPECT_THAT(MergeMeasurements(files), FailsSaying("part0: 500 items"));
}

TEST_F(MergeMeasurementsTest, ScoresThatDoNotMatchTheirLabelsAreRefused) {
  Files files = Parts(2);
  files[1].message.mutable_candidate_log_probability_nats()->RemoveLast();
  EXPECT_THAT(MergeMeasurements(files), FailsSaying("4999 candidate scores"));
  files = Parts(2);
  files[1].message.mutable_window_nll_nats()->RemoveLast();
  EXPECT_THAT(MergeMeasurements(files), FailsSaying("49 window sums and 50"));
}

}  // namespace
}  // namespace quant_curve
