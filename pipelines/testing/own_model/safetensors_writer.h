// A safetensors file of float32 tensors, for models that tests make up.
#ifndef QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_SAFETENSORS_WRITER_H_
#define QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_SAFETENSORS_WRITER_H_

#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/json/json.h"

namespace quant_curve {

// The values' own bytes, one after another.
template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class SafetensorsWriter {
 public:
  // Sets the values of the tensor with that name.
  using Fill = std::function<void(const std::string&, std::vector<float>&)>;

  explicit SafetensorsWriter(Fill fill) : fill_(std::move(fill)) {}

  // Data stand in the order of the calls.
  void Add(const std::string& name, const std::vector<int>& shape);

  // The file: its header's size, the header, the data. Leaves nothing behind.
  std::string TakeBytes();

 private:
  Fill fill_;
  Json header_;
  std::string data_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_SAFETENSORS_WRITER_H_
