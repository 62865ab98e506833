// Measurements for tests: made-up scores with known summaries.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_FAKE_MEASUREMENT_H_
#define QUANT_CURVE_LIB_MEASUREMENT_FAKE_MEASUREMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/measurement.pb.h"

namespace quant_curve {

struct FakeScheme {
  std::string name;
  uint64_t total_bytes;
  double perplexity;  // met within about 0.1 %
  double accuracy;    // of 1000 items, 600 of them headline ones
  uint32_t bits = 0;  // 0: a float scheme
  uint32_t group_size = 0;
  bool gptq = false;
};

// 50 windows of 64 tokens and 1000 items of 5 candidates on the shape of
// MiniGPT's twelve Linears. Windows differ in difficulty alike for all
// schemes, and a little on their own: gaps are resolved better than
// perplexities, as in real sweeps. A pure function of its argument.
Measurement MakeFakeMeasurement(const FakeScheme& scheme);

// The same as if the corpus were text: 14,000 bytes, 2,700 words, and 1000
// minimal pairs of three categories instead of the cloze items.
Measurement MakeFakeTextMeasurement(const FakeScheme& scheme);

// The eight schemes of the main sweep, or that and the extended one's, with
// MiniGPT's bytes and perplexities such as a prototype had: near-coincident
// dots, and int2 far off.
std::vector<FakeScheme> FakeSweep(bool extended);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_FAKE_MEASUREMENT_H_
