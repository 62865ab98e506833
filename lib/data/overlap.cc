#include "lib/data/overlap.h"

#include <algorithm>
#include <vector>

#include "absl/types/span.h"

namespace quant_curve {
namespace {

using Tokens = absl::Span<const uint32_t>;

// Hashes are polynomials in the base, modulo a Mersenne prime.
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
constexpr uint64_t kBase = 0x1d8e4e27c47d124f % kPrime;

uint64_t Multiply(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  const uint64_t sum = static_cast<uint64_t>(product & kPrime) +
                       static_cast<uint64_t>(product >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

// hash * base + token. Tokens count from 1, so that a run of zeros is not
// empty.
uint64_t Append(uint64_t hash, uint32_t token) {
  return (Multiply(hash, kBase) + token + 1) % kPrime;
}

uint64_t HashOf(Tokens tokens) {
  uint64_t hash = 0;
  for (const uint32_t token : tokens) hash = Append(hash, token);
  return hash;
}

// The hash of each run of kOverlapTokens, by its start.
std::vector<uint64_t> RunHashes(Tokens tokens) {
  std::vector<uint64_t> hashes;
  if (tokens.size() < kOverlapTokens) return hashes;
  uint64_t leading = 1;  // base^kOverlapTokens: the weight of what drops out
  for (int64_t i = 0; i < kOverlapTokens; ++i) {
    leading = Multiply(leading, kBase);
  }
  uint64_t hash = HashOf(tokens.subspan(0, kOverlapTokens));
  hashes.push_back(hash);
  for (size_t end = kOverlapTokens; end < tokens.size(); ++end) {
    const uint64_t dropped =
        Multiply(leading, uint64_t{tokens[end - kOverlapTokens]} + 1);
    hash = (Append(hash, tokens[end]) + kPrime - dropped) % kPrime;
    hashes.push_back(hash);
  }
  return hashes;
}

// The documents, or the whole stream.
std::vector<Tokens> PiecesOf(const Split& split) {
  const Tokens all(split.tokens().data(), split.tokens_size());
  if (split.documents().empty()) return {all};
  std::vector<Tokens> pieces;
  size_t first = 0;
  for (const Document& document : split.documents()) {
    pieces.push_back(all.subspan(first, document.num_tokens()));
    first += document.num_tokens();
  }
  return pieces;
}

bool Contains(const std::vector<uint64_t>& sorted, uint64_t hash) {
  return std::binary_search(sorted.begin(), sorted.end(), hash);
}

// Tokens of `piece` in a run that `sorted` has.
uint64_t SharedTokens(Tokens piece, const std::vector<uint64_t>& sorted) {
  const std::vector<uint64_t> hashes = RunHashes(piece);
  uint64_t shared = 0;
  size_t counted = 0;  // tokens before this one are counted or not shared
  for (size_t start = 0; start < hashes.size(); ++start) {
    if (!Contains(sorted, hashes[start])) continue;
    const size_t end = start + kOverlapTokens;
    shared += end - std::max(start, counted);
    counted = end;
  }
  return shared;
}

}  // namespace

TextOverlap FindOverlap(const Split& calibration, const Split& evaluation) {
  std::vector<uint64_t> runs;
  std::vector<uint64_t> documents;
  for (const Tokens piece : PiecesOf(calibration)) {
    const std::vector<uint64_t> hashes = RunHashes(piece);
    runs.insert(runs.end(), hashes.begin(), hashes.end());
    documents.push_back(HashOf(piece));
  }
  std::sort(runs.begin(), runs.end());
  std::sort(documents.begin(), documents.end());
  const bool has_documents =
      !calibration.documents().empty() && !evaluation.documents().empty();
  TextOverlap overlap;
  for (const Tokens piece : PiecesOf(evaluation)) {
    overlap.tokens += SharedTokens(piece, runs);
    if (has_documents && Contains(documents, HashOf(piece))) {
      ++overlap.documents;
    }
  }
  return overlap;
}

}  // namespace quant_curve
