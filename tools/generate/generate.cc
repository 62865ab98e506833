#include "tools/generate/generate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/model/decoder.h"

namespace quant_curve {

absl::StatusOr<std::vector<uint32_t>> GenerateGreedily(
    const Model& model, absl::Span<const uint32_t> prompt,
    const GenerationEnds& ends, ThreadPool& threads) {
  const int64_t context = model.config.context_length();
  if (static_cast<int64_t>(prompt.size()) + 1 >= context) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--prompt has ", prompt.size(), " tokens; at most ", context - 2,
        " leave room in the model's context of ", context));
  }
  Decoder decoder(model, threads);
  absl::Span<const float> logits = decoder.Step(ends.start_id);
  for (const uint32_t token : prompt) logits = decoder.Step(token);
  std::vector<uint32_t> text(prompt.begin(), prompt.end());
  for (int64_t left = ends.count; left > 0;) {
    const uint32_t next = static_cast<uint32_t>(
        std::max_element(logits.begin(), logits.end()) - logits.begin());
    text.push_back(next);
    if (ends.end_id == next) --left;
    if (decoder.position() == context) break;
    logits = decoder.Step(next);
  }
  return text;
}

}  // namespace quant_curve
