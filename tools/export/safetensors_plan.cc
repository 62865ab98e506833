#include "tools/export/safetensors_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

class CountingSink : public ByteSink {
 public:
  explicit CountingSink(ByteSink& sink) : sink_(sink) {}

  absl::Status Append(absl::string_view bytes) override {
    count_ += bytes.size();
    return sink_.Append(bytes);
  }

  uint64_t count() const { return count_; }

 private:
  ByteSink& sink_;
  uint64_t count_ = 0;
};

}  // namespace

void SafetensorsPlan::Add(const std::string& name, absl::string_view dtype,
                          const std::vector<uint64_t>& shape,
                          uint64_t size_bytes, Writer write) {
  header_[name] = {{"dtype", std::string(dtype)},
                   {"shape", shape},
                   {"data_offsets", {end_, end_ + size_bytes}}};
  end_ += size_bytes;
  tensors_.push_back({name, size_bytes, std::move(write)});
}

absl::Status SafetensorsPlan::Write(ByteSink& sink, ProgressSink progress) {
  header_["__metadata__"] = {{"format", "pt"}};
  std::string header = header_.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t size = header.size();
  RETURN_IF_ERROR(
      sink.Append({reinterpret_cast<const char*>(&size), sizeof(size)}));
  RETURN_IF_ERROR(sink.Append(header));
  int64_t done = 0;
  for (const PlannedTensor& tensor : tensors_) {
    CountingSink counted(sink);
    RETURN_IF_ERROR(tensor.write(counted));
    if (counted.count() != tensor.size_bytes) {
      return absl::InternalError(absl::StrCat(
          "safetensors tensor '", tensor.name, "': ", counted.count(),
          " bytes, its data_offsets span ", tensor.size_bytes));
    }
    progress(++done, static_cast<int64_t>(tensors_.size()));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
