// The records of one or several open files, found by the tensors that name
// them.
#ifndef QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_
#define QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/tensor.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

// Copies share the files. For any number of threads.
//
//   ASSIGN_OR_RETURN(const TensorView view, payload.View(tensor));
//   ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(view));
//   payload.Drop(tensor);
class Payload {
 public:
  // Of messages whose tensors hold their bytes themselves.
  Payload() = default;
  explicit Payload(std::shared_ptr<const MappedFile> file);
  // Of a file in memory.
  explicit Payload(std::string file);

  // The tensor's elements: its own bytes, or its record. A record's digest is
  // checked when it is viewed for the first time. Errors name the tensor.
  absl::StatusOr<TensorView> View(const Tensor& tensor) const;

  // Gives the memory of the tensor's record back until it is viewed again.
  void Drop(const Tensor& tensor) const;

  // Adds the files of `other`. Its tensors' offsets are to be raised by the
  // result.
  uint64_t Append(const Payload& other);

 private:
  struct File;
  struct Place {
    uint64_t start;  // offset of the file's first byte
    std::shared_ptr<File> file;
  };
  const Place* Find(const Tensor& tensor) const;

  std::vector<Place> places_;  // in rising order of `start`
  uint64_t size_ = 0;          // of all files
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_
