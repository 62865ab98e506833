#include "tools/corpus/partition.h"

namespace quant_curve {
namespace {

// FNV-1a, 64 bits (draft-eastlake-fnv).
uint64_t Fnv1a(absl::Span<const uint32_t> ids) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint32_t id : ids) {
    for (int shift = 0; shift < 32; shift += 8) {
      hash ^= (id >> shift) & 0xff;
      hash *= 0x100000001b3;
    }
  }
  return hash;
}

}  // namespace

Part PartOf(absl::Span<const uint32_t> sentence) {
  switch (Fnv1a(sentence) >> 60) {
    case 0:
      return Part::kCalibration;
    case 1:
      return Part::kEvaluation;
    case 2:
      return Part::kItems;
    default:
      return Part::kTrain;
  }
}

Random StreamRandom(uint64_t seed, Stream stream) {
  return Random(seed, static_cast<uint64_t>(stream));
}

}  // namespace quant_curve
