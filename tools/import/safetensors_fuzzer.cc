// A safetensors file: SafetensorsFile, and the values of its tensors.

#include <cmath>
#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "tools/import/safetensors.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

void TestFile(const SafetensorsFile& file, size_t size) {
  uint64_t end = 0;
  for (const SafetensorsEntry& entry : file.entries()) {
    Require(end == 0 || entry.offset == end, "tensors leave no gap");
    end = entry.offset + entry.size_bytes;
    const absl::StatusOr<Tensor> tensor = file.Read(entry);
    if (!tensor.ok()) continue;
    const absl::StatusOr<std::vector<float>> values = ReadFloats(*tensor);
    Require(values.ok(), "what was read has values");
    Require(values->size() == NumElements(entry.shape).value(),
            "as many values as the shape says");
    for (const float value : *values) {
      Require(std::isfinite(value), "values are finite");
    }
  }
  Require(end == 0 || end == size, "tensors end where the file does");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {
      SafetensorsBytes(
          R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[],"data_offsets":[8,10]}}  )",
          BytesOf(std::vector<float>{1, -2}) + std::string("\x00\x3c", 2)),
      SafetensorsBytes(
          R"({"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},"y":{"dtype":"I64","shape":[0,5],"data_offsets":[2,2]}})",
          std::string("\x80\x3f", 2)),
      SafetensorsBytes("{}", "")};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto file = SafetensorsFile::Open(
      InputPath("model.safetensors", InputView(data, size)));
  if (Accepts(file)) TestFile(*file, size);
  return 0;
}
