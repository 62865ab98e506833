#include "lib/cli/progress.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// Captures what a Progress prints at times that the test sets.
class ProgressTest : public ::testing::Test {
 protected:
  void SetUp() override { stream_ = open_memstream(&text_, &size_); }
  void TearDown() override {
    std::fclose(stream_);
    std::free(text_);
  }

  std::unique_ptr<Progress> Make(int64_t total, bool is_terminal = false) {
    return std::make_unique<Progress>(
        "work", total,
        ProgressOutput{stream_, is_terminal, [this] { return now_seconds_; }});
  }

  std::string Printed() {
    std::fflush(stream_);
    return std::string(text_, size_);
  }

  double now_seconds_ = 1000;

 private:
  std::FILE* stream_ = nullptr;
  char* text_ = nullptr;
  size_t size_ = 0;
};

TEST_F(ProgressTest, ShortWorkPrintsNoLine) {
  const auto progress = Make(4);
  for (int done = 1; done <= 4; ++done) {
    now_seconds_ += 2;
    progress->Update(done);
  }
  EXPECT_EQ(Printed(), "");
}

// A step every 4 seconds: lines at 12, 24, 36 and, at the end, 40 seconds.
TEST_F(ProgressTest, LongerWorkPrintsALineEveryTenSecondsAndTheLast) {
  const auto progress = Make(10);
  for (int done = 1; done <= 10; ++done) {
    now_seconds_ += 4;
    progress->Update(done, done == 6 ? "loss 2.5" : "");
  }
  EXPECT_EQ(Printed(),
            "work: 3 of 10 (30 %), 12 s, 28 s left\n"
            "work: 6 of 10 (60 %), 24 s, 16 s left, loss 2.5\n"
            "work: 9 of 10 (90 %), 36 s, 4 s left\n"
            "work: 10 of 10 (100 %), 40 s\n");
}

// The line at 590 seconds is followed by those at 650 and 710.
TEST_F(ProgressTest, AfterTenMinutesThereIsALineEveryMinute) {
  const auto progress = Make(1000);
  for (int done = 1; done < 60; ++done) {
    now_seconds_ += 10;
    progress->Update(done);
  }
  const size_t before = Printed().size();
  for (int done = 60; done <= 72; ++done) {
    now_seconds_ += 10;
    progress->Update(done);
  }
  EXPECT_EQ(Printed().substr(before),
            "work: 65 of 1000 (6 %), 10 min 50 s, 2 h 35 min left\n"
            "work: 71 of 1000 (7 %), 11 min 50 s, 2 h 34 min left\n");
}

TEST_F(ProgressTest, TheTotalMayBecomeKnownLater) {
  const auto progress = Make(1);
  now_seconds_ += 20;
  progress->Update(1, int64_t{4});
  now_seconds_ += 20;
  progress->Update(9, int64_t{4});  // more than all is all
  EXPECT_EQ(Printed(),
            "work: 1 of 4 (25 %), 20 s, 1 min 0 s left\n"
            "work: 4 of 4 (100 %), 40 s\n");
}

TEST_F(ProgressTest, WithoutADoneStepNoTimeLeftIsPrinted) {
  const auto progress = Make(4);
  now_seconds_ += 20;
  progress->Update(0);
  EXPECT_EQ(Printed(), "work: 0 of 4 (0 %), 20 s\n");
}

TEST_F(ProgressTest, ATerminalHasOneLineThatIsRedrawn) {
  auto progress = Make(2, /*is_terminal=*/true);
  progress->Update(0);
  now_seconds_ += 0.05;
  progress->Update(1);  // too early to redraw
  now_seconds_ += 0.01;
  progress->Update(2);
  progress.reset();
  EXPECT_EQ(Printed(),
            "\rwork [..............................] 0 of 2 (0 %), 0 s\x1b[K"
            "\rwork [##############################] 2 of 2 (100 %), 0 s\x1b[K"
            "\n");
}

TEST_F(ProgressTest, ManyThreadsMayReport) {
  const auto progress = Make(400, /*is_terminal=*/true);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&progress] {
      for (int done = 1; done <= 100; ++done) progress->Update(done);
    });
  }
  for (std::thread& thread : threads) thread.join();
  progress->Update(400);
  EXPECT_NE(Printed().find("400 of 400"), std::string::npos);
}

TEST(DurationTextTest, UnitsFollowTheLength) {
  EXPECT_EQ(DurationText(0.4), "0 s");
  EXPECT_EQ(DurationText(59.4), "59 s");
  EXPECT_EQ(DurationText(59.6), "1 min 0 s");
  EXPECT_EQ(DurationText(3599), "59 min 59 s");
  EXPECT_EQ(DurationText(3600), "1 h 0 min");
  EXPECT_EQ(DurationText(11520), "3 h 12 min");
}

}  // namespace
}  // namespace quant_curve
