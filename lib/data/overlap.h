// What an evaluation text shares with the calibration text.
#ifndef QUANT_CURVE_LIB_DATA_OVERLAP_H_
#define QUANT_CURVE_LIB_DATA_OVERLAP_H_

#include <cstdint>

#include "proto/corpus.pb.h"

namespace quant_curve {

// Tokens of a run that counts as shared: texts of one kind have shorter runs in
// common by chance.
inline constexpr int64_t kOverlapTokens = 50;

struct TextOverlap {
  // Evaluation documents with the same tokens as a calibration document; 0 for
  // streams.
  uint64_t documents = 0;
  // Evaluation tokens in a run of kOverlapTokens that occurs in the calibration
  // split. Runs do not cross the ends of documents.
  uint64_t tokens = 0;
};

// Compares by 61-bit polynomial hashes (Karp and Rabin,
// doi:10.1147/rd.312.0249): a false match has a probability below 1e-6 for
// texts of a million tokens. Time is linear in both texts but for sorting;
// memory is 8 bytes per calibration token. Expects what ValidateCorpus accepts.
TextOverlap FindOverlap(const Split& calibration, const Split& evaluation);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_OVERLAP_H_
