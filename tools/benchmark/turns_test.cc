#include "tools/benchmark/turns.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// A turn takes one second of this clock.
class TurnsTest : public ::testing::Test {
 protected:
  absl::Status Take(int64_t count, const TurnLimits& limits) {
    return TakeTurns(
        count, limits, [this] { return seconds_; },
        [this](int64_t percent) { percents_.push_back(percent); },
        [this](int64_t contestant, Round round) {
          seconds_ += 1;
          if (round == Round::kWarmUp) {
            turns_.push_back(absl::StrCat("warm ", contestant));
          } else {
            turns_.push_back(absl::StrCat(contestant));
          }
          return contestant == failing_ ? absl::InternalError("broken")
                                        : absl::OkStatus();
        });
  }

  double seconds_ = 100;
  int64_t failing_ = -1;
  std::vector<std::string> turns_;
  std::vector<int64_t> percents_;
};

TEST_F(TurnsTest, ContestantsAlternateAfterAWarmUpRound) {
  EXPECT_THAT(Take(3, {1, 2, 1000}), IsOk());
  EXPECT_THAT(turns_, ElementsAre("warm 0", "warm 1", "warm 2", "0", "1", "2",
                                  "0", "1", "2"));
}

TEST_F(TurnsTest, StopsAfterTheWholeRoundInWhichTheTimeEnds) {
  // Warm-up ends at 2 s, the rounds at 4 s and 6 s.
  EXPECT_THAT(Take(2, {1, 100, 5}), IsOk());
  EXPECT_THAT(turns_, ElementsAre("warm 0", "warm 1", "0", "1", "0", "1"));
}

TEST_F(TurnsTest, LeastNumberOfRoundsRunsWhateverTheTime) {
  EXPECT_THAT(Take(1, {3, 100, 0}), IsOk());
  EXPECT_THAT(turns_, ElementsAre("warm 0", "0", "0", "0"));
}

TEST_F(TurnsTest, ProgressEndsAtAHundredPercent) {
  EXPECT_THAT(Take(1, {3, 4, 0}), IsOk());
  EXPECT_THAT(percents_, ElementsAre(33, 66, 100));
  percents_.clear();
  EXPECT_THAT(Take(1, {1, 4, 1000}), IsOk());
  EXPECT_THAT(percents_, ElementsAre(25, 50, 75, 100));
}

TEST_F(TurnsTest, FirstErrorEndsIt) {
  failing_ = 1;
  EXPECT_THAT(Take(3, {1, 2, 1000}), FailsSaying("broken"));
  EXPECT_THAT(turns_, ElementsAre("warm 0", "warm 1"));
}

}  // namespace
}  // namespace quant_curve
