// Matrices as ggml stores them: the packed weights of an artifact as blocks.
//
// Each row is cut into blocks of 32 columns, one after another:
//   Q4_0, 18 bytes: scale d (float16); byte i holds column i in its low nibble
//                   and column i + 16 in its high one; a nibble n is (n - 8) d
//   Q4_1, 20 bytes: scale d and minimum m (float16), then nibbles as in Q4_0; a
//                   nibble n is n d + m
//   IQ4_NL, 18 bytes: the same with kIq4NlLevels[n] d (grid.h)
//   Q8_0, 34 bytes: scale d (float16); byte i is column i, int8 times d
// (https://github.com/ggml-org/ggml, src/ggml-common.h). A group of a multiple
// of 32 columns is as many blocks with one scale: the weights stay the same to
// the bit. F32 and F16 rows are plain little-endian numbers.
#ifndef QUANT_CURVE_TOOLS_EXPORT_BLOCKS_H_
#define QUANT_CURVE_TOOLS_EXPORT_BLOCKS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/export/gguf.h"
#include "tools/export/stored_model.h"

namespace quant_curve {

inline constexpr uint64_t kBlockColumns = 32;

// How a matrix goes out.
struct BlockPlan {
  GgmlType type;
  uint64_t rows;
  uint64_t columns;
  // Why it is rounded to float16; empty: it is exact.
  std::string why_rounded;
};

// A Linear of a valid model. Symmetric codes of 2 to 4 bits become Q4_0, of 5
// to 8 bits Q8_0, LEVELS_IQ4_NL IQ4_NL, LEVELS_MINIMUM of 2 to 4 bits Q4_1,
// where blocks can hold them: columns and groups are multiples of 32 and
// columns are in order. Other codes are rounded to F16. Floats stay as they
// are.
BlockPlan PlanLinear(const StoredModel& model, const std::string& name);

// Its bytes, row after row. Fails, naming the Linear, when a value is not
// finite or a float16 can't hold it.
absl::StatusOr<std::string> LinearBlocks(const StoredModel& model,
                                         const std::string& name);

// The same of an embedding or positions, [rows, columns]: floats stay as they
// are. Rows of INT8 codes become Q8_0, or F16 as above where columns are not a
// multiple of 32.
BlockPlan PlanTensor(const StoredModel& model, const std::string& name);
absl::StatusOr<std::string> TensorBlocks(const StoredModel& model,
                                         const std::string& name);

// Rows of q_proj or k_proj from this project's rotary layout, pairs (i, i +
// head_dim / 2), to llama.cpp's, pairs (2i, 2i + 1): row i + c head_dim / 2 of
// a head becomes row 2i + c. A bias has rows of one float.
std::string InterleaveRotaryRows(absl::string_view rows, uint64_t row_bytes,
                                 uint64_t head_dim);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_BLOCKS_H_
