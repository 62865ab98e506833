#include "tools/quantize/warnings.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(WarningsTest, ACauseIsOneMessageWithItsTensorsAndNotes) {
  Warnings warnings;
  warnings.Add(Cause::kLostInRows, "wte.weight", "1 of 8 rows");
  warnings.Add(Cause::kDeadColumns, "a", "2 of 48 inputs");
  warnings.Add(Cause::kDeadColumns, "b", "");
  const std::vector<std::string> messages = warnings.Messages();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_THAT(messages[0], AllOf(HasSubstr("WARNING: some inputs are 0"),
                                 HasSubstr("in 2 tensors: a (2 of 48 inputs), "
                                           "b; nothing to do")));
  EXPECT_THAT(messages[1], HasSubstr("in 1 tensor: wte.weight (1 of 8 rows);"));
}

TEST(WarningsTest, AfterTenTensorsTheRestIsCounted) {
  Warnings warnings;
  for (int i = 0; i < 13; ++i) {
    warnings.Add(Cause::kDeadInputs, absl::StrCat("linear_", i), "");
  }
  const std::vector<std::string> messages = warnings.Messages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0], AllOf(HasSubstr("in 13 tensors: linear_0,"),
                                 HasSubstr("linear_9 and 3 more;"),
                                 Not(HasSubstr("linear_10"))));
}

TEST(WarningsTest, NothingToSayIsNoMessage) {
  EXPECT_THAT(Warnings().Messages(), IsEmpty());
}

}  // namespace
}  // namespace quant_curve
