#include "pipelines/testing/own_model/safetensors_writer.h"

#include <cstdint>

namespace quant_curve {

void SafetensorsWriter::Add(const std::string& name,
                            const std::vector<int>& shape) {
  int64_t count = 1;
  for (const int size : shape) count *= size;
  std::vector<float> values(count);
  fill_(name, values);
  const size_t begin = data_.size();
  data_ += BytesOf(values);
  header_[name] = {{"dtype", "F32"},
                   {"shape", shape},
                   {"data_offsets", {begin, data_.size()}}};
}

std::string SafetensorsWriter::TakeBytes() {
  const std::string header = header_.dump();
  data_.insert(0, BytesOf(std::vector<uint64_t>{header.size()}) + header);
  return std::move(data_);
}

}  // namespace quant_curve
