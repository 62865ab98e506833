// Warnings for the user who quantizes: one message for each cause, however
// many tensors it concerns.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_WARNINGS_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_WARNINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quant_curve {

enum class Cause {
  kDeadInputs,        // a Linear's inputs are all 0 in the calibration
  kDeadColumns,       // some of them are
  kDiagonalHessian,   // inputs are not correlated
  kGptqAboveRtn,      // the canary
  kLostInScales,      // LostInScales
  kLostInRows,        // LostInRows
  kNoActivationClip,  // no clip could be taken from inputs of zero
};

class Warnings {
 public:
  // `note` says how much of `tensor` the cause concerns: "2 of 48 inputs".
  void Add(Cause cause, absl::string_view tensor, absl::string_view note);

  // In the order of Cause: "WARNING: ", the cause, how many tensors, the first
  // ten of them with their notes, and what to do.
  std::vector<std::string> Messages() const;

 private:
  std::map<Cause, std::vector<std::string>> tensors_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_WARNINGS_H_
