#include "tools/generate/generate.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/decoder.h"

namespace quant_curve {
namespace {

// Which of several logits is the largest means nothing if one is a NaN.
absl::Status CheckFinite(absl::Span<const float> logits, int64_t position) {
  // False for a NaN, too.
  const bool finite =
      std::all_of(logits.begin(), logits.end(), [](float logit) {
        return logit < std::numeric_limits<float>::infinity();
      });
  if (finite) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the logits after ", position,
      " tokens are not finite: the model overflows; use a scheme with "
      "ACTIVATION_FLOAT32, such as fp32 or one with integer weights"));
}

}  // namespace

absl::StatusOr<std::vector<uint32_t>> GenerateGreedily(
    const Model& model, absl::Span<const uint32_t> prompt,
    const GenerationEnds& ends, ThreadPool& threads) {
  const int64_t context = model.config.context_length();
  if (static_cast<int64_t>(prompt.size()) + 1 >= context) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--prompt has ", prompt.size(), " tokens; at most ", context - 2,
        " leave room in the model's context of ", context));
  }
  if (!ends.start_id.has_value() && prompt.empty()) {
    return absl::InvalidArgumentError(
        "--prompt is empty, and the model has no begin token that a text could "
        "follow: give a prompt");
  }
  Decoder decoder(model, threads);
  absl::Span<const float> logits;
  if (ends.start_id.has_value()) logits = decoder.Step(*ends.start_id);
  for (const uint32_t token : prompt) logits = decoder.Step(token);
  RETURN_IF_ERROR(CheckFinite(logits, decoder.position()));
  std::vector<uint32_t> text(prompt.begin(), prompt.end());
  const size_t choices = ends.num_tokens == 0
                             ? logits.size()
                             : std::min<size_t>(ends.num_tokens, logits.size());
  for (int64_t left = ends.count; left > 0;) {
    logits = logits.first(choices);
    const uint32_t next = static_cast<uint32_t>(
        std::max_element(logits.begin(), logits.end()) - logits.begin());
    text.push_back(next);
    if (ends.end_id == next) --left;
    if (decoder.position() == context) break;
    logits = decoder.Step(next);
    RETURN_IF_ERROR(CheckFinite(logits, decoder.position()));
  }
  return text;
}

}  // namespace quant_curve
