// Reads GGUF files in tests. It shares nothing with the writer: format and
// blocks are written down here once more, from the public documents.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_READER_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace quant_curve {

// A metadata value; which field counts depends on the type.
struct ReadValue {
  uint32_t type = 0;
  double number = 0;                 // numbers and booleans
  std::string text;                  // strings
  std::vector<std::string> strings;  // arrays of strings
  std::vector<double> numbers;       // arrays of numbers
};

struct ReadTensor {
  std::vector<uint64_t> extents;  // the innermost first, as in the file
  uint32_t type = 0;
  std::vector<float> values;  // decoded, in the file's order
};

struct ReadGguf {
  std::map<std::string, ReadValue> pairs;
  std::map<std::string, ReadTensor> tensors;
};

// Any fault of the file fails the test that calls.
ReadGguf ReadGgufBytes(const std::string& file);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_READER_H_
