// GoogleTest matchers for Status and StatusOr (Abseil 20220623 has none).
#ifndef QUANT_CURVE_LIB_ARTIFACT_STATUS_MATCHERS_H_
#define QUANT_CURVE_LIB_ARTIFACT_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// Fails with `code` and a message that matches `message`.
MATCHER_P2(StatusIs, code, message, "") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         ::testing::Matches(message)(std::string(StatusOf(arg).message()));
}

// Fails, whatever the code, with a message that holds `text`.
MATCHER_P(FailsSaying, text, "") {
  *result_listener << StatusOf(arg).ToString();
  return !StatusOf(arg).ok() && ::testing::Matches(::testing::HasSubstr(text))(
                                    std::string(StatusOf(arg).message()));
}

}  // namespace quant_curve

// Declares or assigns `target`, or fails the test with the error.
#define ASSERT_OK_AND_ASSIGN(target, expression)                               \
  ASSERT_OK_AND_ASSIGN_IMPL_(QC_MATCHER_CONCAT_(qc_result_, __LINE__), target, \
                             expression)
#define QC_MATCHER_CONCAT_INNER_(a, b) a##b
#define QC_MATCHER_CONCAT_(a, b) QC_MATCHER_CONCAT_INNER_(a, b)
#define ASSERT_OK_AND_ASSIGN_IMPL_(result, target, expression) \
  auto result = (expression);                                  \
  ASSERT_THAT(result, ::quant_curve::IsOk());                  \
  target = std::move(result).value()

#endif  // QUANT_CURVE_LIB_ARTIFACT_STATUS_MATCHERS_H_
