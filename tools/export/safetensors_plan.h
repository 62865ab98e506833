// A safetensors file (https://github.com/huggingface/safetensors): its header
// is complete before the first tensor is read.
#ifndef QUANT_CURVE_TOOLS_EXPORT_SAFETENSORS_PLAN_H_
#define QUANT_CURVE_TOOLS_EXPORT_SAFETENSORS_PLAN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/progress_sink.h"
#include "lib/json/json.h"

namespace quant_curve {

//   SafetensorsPlan plan;
//   plan.Add("model.norm.weight", "F32", {width}, 4 * width,
//            [&](ByteSink& sink) { return sink.Append(bytes); });
//   RETURN_IF_ERROR(plan.Write(sink, progress));
class SafetensorsPlan {
 public:
  // Appends a tensor's little-endian elements to the sink.
  using Writer = std::function<absl::Status(ByteSink&)>;

  // `dtype` as the format calls it, such as "F16"; `size_bytes` must be what it
  // and the shape take. `write` is called once, by Write.
  void Add(const std::string& name, absl::string_view dtype,
           const std::vector<uint64_t>& shape, uint64_t size_bytes,
           Writer write);

  // Header and tensors, in the order of the calls of Add. INTERNAL when a
  // tensor's writer appends another number of bytes than Add was told.
  absl::Status Write(ByteSink& sink, ProgressSink progress);

 private:
  struct PlannedTensor {
    std::string name;
    uint64_t size_bytes;
    Writer write;
  };

  Json header_ = Json::object();
  uint64_t end_ = 0;
  std::vector<PlannedTensor> tensors_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_SAFETENSORS_PLAN_H_
