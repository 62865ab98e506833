#include "lib/data/calibration_sequences.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/model_corpus.h"
#include "lib/data/windows.h"

namespace quant_curve {

absl::StatusOr<std::vector<std::vector<uint32_t>>> CalibrationSequences(
    const Corpus& corpus, absl::string_view path, uint64_t count,
    uint64_t length, uint64_t vocab_size) {
  const uint32_t start = EndsOf(corpus).start;
  ASSIGN_OR_RETURN(
      const std::vector<std::vector<uint32_t>> windows,
      CutWindows("calibration", PackDocuments(corpus.calibration(), start),
                 length, vocab_size));
  if (windows.size() < count) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": the calibration split has ", windows.size(), " sequences of ",
        length, " tokens, not ", count, "; use fewer or shorter sequences"));
  }
  std::vector<std::vector<uint32_t>> sequences;
  for (uint64_t i = 0; i < count; ++i) {
    sequences.push_back(MakeScoredWindow(windows[i], start).input);
  }
  return sequences;
}

}  // namespace quant_curve
