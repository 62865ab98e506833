// Which split a sentence belongs to, decided only by its own tokens.
//
// Disjoint splits follow by construction, and no split depends on how many
// sentences another has: a generator draws until a sentence is its own.
#ifndef QUANT_CURVE_TOOLS_CORPUS_PARTITION_H_
#define QUANT_CURVE_TOOLS_CORPUS_PARTITION_H_

#include <cstdint>

#include "absl/types/span.h"
#include "lib/numerics/random.h"

namespace quant_curve {

enum class Part { kTrain, kCalibration, kEvaluation, kItems };

// The upper four bits of the FNV-1a hash of the ids (each as four
// little-endian bytes) say the part: one in sixteen for calibration, evaluation
// and items each, the rest for training. A sentence is given without separator.
Part PartOf(absl::Span<const uint32_t> sentence);

// Independent draws: one stream of random numbers each, so that a
// size changes nothing but its own.
enum class Stream {
  kLexicon,
  kTrain,
  kCalibration,
  kEvaluation,
  kSeenItems,
  kHeldOutItems,
  kUnseenItems,
};
Random StreamRandom(uint64_t seed, Stream stream);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_PARTITION_H_
