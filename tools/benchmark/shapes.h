// The size ladder: shapes of models with random weights.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_SHAPES_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_SHAPES_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// A sequence of the benchmark: half of it prefilled, then the rest decoded and
// timed. A model of a shorter context gets sequences of that length.
inline constexpr uint32_t kSequenceTokens = 64;

// The config called `name`, its context kSequenceTokens long:
//   name        layers  d_model  heads  d_ff  vocabulary  parameters
//   minigpt          2       64      4   256          64     103,680
//   1m               4      128      4   512       1,024     922,368
//   10m              5      384      6  1536       3,072  10,045,056
//   gpt2_small      12      768     12  3072      50,257  123,616,512
// gpt2_small is GPT-2 small without its learned positions and attention biases.
// Any other name is an error that lists these.
absl::StatusOr<ModelConfig> ShapeByName(const std::string& name);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_SHAPES_H_
