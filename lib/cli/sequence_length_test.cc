#include "lib/cli/sequence_length.h"

#include <string>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

ModelConfig WithContext(uint32_t context_length) {
  ModelConfig config;
  config.set_context_length(context_length);
  return config;
}

TEST(SequenceLengthTest, AContextOf2048OrLessIsUsedSilently) {
  for (const uint32_t context : {64u, 2048u}) {
    CaptureStderr();
    EXPECT_EQ(SequenceLengthFromFlag("n", 0, WithContext(context), "m").value(),
              context);
    EXPECT_EQ(GetCapturedStderr(), "");
  }
}

TEST(SequenceLengthTest, ALongerContextIsAnnouncedInOneLine) {
  CaptureStderr();
  EXPECT_EQ(
      SequenceLengthFromFlag("n", 0, WithContext(131072), "m.qca").value(),
      2048);
  EXPECT_EQ(GetCapturedStderr(),
            "--n: 2048 tokens by default; the context of m.qca is 131072 "
            "tokens, --n=131072 uses all of it\n");
}

TEST(SequenceLengthTest, ALengthThatWasAskedForIsUsedSilently) {
  CaptureStderr();
  EXPECT_EQ(SequenceLengthFromFlag("n", 4096, WithContext(131072), "m").value(),
            4096);
  EXPECT_EQ(GetCapturedStderr(), "");
  EXPECT_THAT(SequenceLengthFromFlag("n", 65, WithContext(64), "m"),
              FailsSaying("--n=65: longer than the context of m, 64 tokens"));
}

}  // namespace
}  // namespace quant_curve
