#include "lib/data/calibration_sequences.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/model_corpus.h"
#include "lib/data/windows.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

// The pieces of the packed stream.
absl::StatusOr<Sequences> PackedSequences(const Corpus& corpus, uint64_t length,
                                          uint64_t vocab_size) {
  const absl::optional<uint32_t> start = EndsOf(corpus).start;
  ASSIGN_OR_RETURN(
      Sequences sequences,
      CutWindows("calibration", PackDocuments(corpus.calibration(), start),
                 length, vocab_size));
  if (!start.has_value()) return sequences;
  const bool has_begin_tokens = !corpus.calibration().documents().empty();
  for (std::vector<uint32_t>& sequence : sequences) {
    // A second begin token would be read nowhere else, and the first rows of
    // the Hessians would be those of its massive activations.
    if (has_begin_tokens && start == sequence[0]) continue;
    sequence = MakeScoredWindow(sequence, *start).input;
  }
  return sequences;
}

}  // namespace

uint64_t SequencesWithin(uint64_t max_tokens, uint64_t count, uint64_t length) {
  if (max_tokens == 0 || length == 0) return count;
  return std::min(count, std::max<uint64_t>(max_tokens / length, 1));
}

absl::StatusOr<Sequences> CalibrationSequences(const Corpus& corpus,
                                               absl::string_view path,
                                               const SequenceChoice& choice,
                                               uint64_t vocab_size) {
  const bool from_starts = choice.begin_with_document;
  ASSIGN_OR_RETURN(
      Sequences sequences,
      from_starts ? CutFromDocumentStarts("calibration", corpus.calibration(),
                                          EndsOf(corpus).start, choice.length,
                                          vocab_size)
                  : PackedSequences(corpus, choice.length, vocab_size));
  if (sequences.size() < choice.count) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the calibration split has ", sequences.size(),
                     " sequences of ", choice.length, " tokens",
                     from_starts ? " that begin with a document" : "", ", not ",
                     choice.count, "; use fewer or shorter sequences"));
  }
  sequences.resize(choice.count);
  return sequences;
}

}  // namespace quant_curve
