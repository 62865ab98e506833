#include "tools/quantize/warnings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"

namespace quant_curve {
namespace {

constexpr size_t kNamesShown = 10;

struct Wording {
  absl::string_view what;
  absl::string_view remedy;
};

Wording WordingOf(Cause cause) {
  switch (cause) {
    case Cause::kDeadInputs:
      return {
          "all inputs are 0 in the whole calibration, so that the weights "
          "are rounded to nearest and have no proxy loss",
          "nothing to do if these blocks are pruned, else calibrate on "
          "text that uses them"};
    case Cause::kDeadColumns:
      return {
          "some inputs are 0 in the whole calibration, so that GPTQ rounds "
          "their weights to nearest",
          "nothing to do if they are pruned, else calibrate on text that "
          "uses them"};
    case Cause::kDiagonalHessian:
      return {
          "the calibration's inputs are not correlated, so that GPTQ does "
          "what rounding to nearest does",
          "calibrate with more sequences"};
    case Cause::kGptqAboveRtn:
      return {
          "GPTQ's proxy loss is above that of rounding to nearest on the "
          "same grid",
          "calibrate with more sequences, or use method RTN"};
    case Cause::kLostInScales:
      return {"scales below float16's normal range (6.1e-05) lose bits",
              "fewer bits or larger groups make scales larger; a scheme with "
              "WEIGHT_FLOAT32 has none"};
    case Cause::kLostInRows:
      return {"rows below float16's normal range (6.1e-05) lose bits",
              "a scheme with WEIGHT_FLOAT32 keeps them"};
    case Cause::kNoActivationClip:
      return {
          "all inputs are 0 in the whole calibration, so that activations "
          "are not clipped",
          "nothing to do if these blocks are pruned, else calibrate on "
          "text that uses them"};
  }
  return {};
}

}  // namespace

void Warnings::Add(Cause cause, absl::string_view tensor,
                   absl::string_view note) {
  tensors_[cause].push_back(note.empty()
                                ? std::string(tensor)
                                : absl::StrCat(tensor, " (", note, ")"));
}

std::vector<std::string> Warnings::Messages() const {
  std::vector<std::string> messages;
  for (const auto& [cause, tensors] : tensors_) {
    const Wording wording = WordingOf(cause);
    const size_t shown = std::min(tensors.size(), kNamesShown);
    std::string names =
        absl::StrJoin(absl::MakeConstSpan(tensors).first(shown), ", ");
    if (tensors.size() > shown) {
      absl::StrAppend(&names, " and ", tensors.size() - shown, " more");
    }
    messages.push_back(
        absl::StrCat("WARNING: ", wording.what, ", in ", tensors.size(),
                     tensors.size() == 1 ? " tensor" : " tensors", ": ", names,
                     "; ", wording.remedy));
  }
  return messages;
}

}  // namespace quant_curve
