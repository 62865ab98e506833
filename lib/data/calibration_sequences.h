// The text of a calibration as a model reads it.
#ifndef QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_
#define QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

struct SequenceChoice {
  uint64_t count = 0;
  uint64_t length = 0;  // tokens, the begin token among them
  bool begin_with_document = false;
};

// How many of `count` sequences of `length` tokens are within `max_tokens` in
// all: at least one. 0 means no limit.
uint64_t SequencesWithin(uint64_t max_tokens, uint64_t count, uint64_t length);

// A model's inputs: the first `count` sequences of `length` tokens of the
// calibration split, each with one begin token (the verb corpus's separator) at
// its start. All sequences have one length, documents are packed.
//
// - By default documents come one after another with a begin token between
//   them, and this stream is cut every `length` tokens. A piece that does not
//   begin with the begin token gets one, in place of its last token. For a
//   model without a begin token the documents follow one another, and the
//   pieces stay as they are. (In the verb corpus every piece gets a separator,
//   as in evaluation: one that it begins with ends the sentence before.)
// - With begin_with_document the sequences are those of CutFromDocumentStarts.
//
// `corpus` is valid (ValidateCorpus). Refuses what CutWindows refuses, and,
// naming `path`, a split that is too short.
absl::StatusOr<std::vector<std::vector<uint32_t>>> CalibrationSequences(
    const Corpus& corpus, absl::string_view path, const SequenceChoice& choice,
    uint64_t vocab_size);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_CALIBRATION_SEQUENCES_H_
