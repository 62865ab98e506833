// Two macros that pass errors on; everything else about errors is absl::Status.
#ifndef QUANT_CURVE_LIB_ARTIFACT_STATUS_MACROS_H_
#define QUANT_CURVE_LIB_ARTIFACT_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the function when `expression` (a Status) is not OK.
#define RETURN_IF_ERROR(expression)           \
  do {                                        \
    ::absl::Status qc_status_ = (expression); \
    if (!qc_status_.ok()) return qc_status_;  \
  } while (false)

#define QC_STATUS_CONCAT_INNER_(a, b) a##b
#define QC_STATUS_CONCAT_(a, b) QC_STATUS_CONCAT_INNER_(a, b)

// Declares or assigns `target` from a StatusOr, or returns its error.
#define ASSIGN_OR_RETURN(target, expression)                              \
  ASSIGN_OR_RETURN_IMPL_(QC_STATUS_CONCAT_(qc_result_, __LINE__), target, \
                         expression)
#define ASSIGN_OR_RETURN_IMPL_(result, target, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return std::move(result).status();     \
  target = std::move(result).value()

#endif  // QUANT_CURVE_LIB_ARTIFACT_STATUS_MACROS_H_
