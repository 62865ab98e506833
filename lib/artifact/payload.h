// The records of an open file, found by the tensors that name them. Of an index
// also those of other files in its folder, its parts, each of which is opened
// when a record of it is viewed for the first time.
#ifndef QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_
#define QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/tensor.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

// Copies share the file. For any number of threads.
//
//   ASSIGN_OR_RETURN(const TensorView view, payload.View(tensor));
//   ASSIGN_OR_RETURN(const std::vector<float> values, ReadFloats(view));
//   payload.Drop(tensor);
class Payload {
 public:
  // Of messages whose tensors hold their bytes themselves.
  Payload() = default;
  // Of a mapped file; an index's parts are in its folder.
  explicit Payload(std::shared_ptr<const MappedFile> file);
  // Of a file in memory, which can't have parts.
  explicit Payload(std::string file);

  // The tensor's elements: its own bytes, or its record. A record's digest is
  // checked when it is viewed for the first time. Errors name the tensor, the
  // file where it is mapped ("<path>: tensor '..."), and of a part also the
  // part. A part is a regular file that begins with the header of its index.
  absl::StatusOr<TensorView> View(const Tensor& tensor) const;

  // Gives the memory of the tensor's record back until it is viewed again.
  void Drop(const Tensor& tensor) const;

  // Makes a tensor that names a record one that holds the bytes itself. Fails
  // as View does.
  absl::Status Load(Tensor& tensor) const;

  // Aborted when the file changed since it was mapped
  // (MappedFile::CheckUnchanged): a digest that was computed before need not be
  // that of the bytes that were read later.
  absl::Status CheckUnchanged() const;

 private:
  struct File;
  struct Parts;
  absl::Status Refuse(const Tensor& tensor, absl::string_view why) const;

  // The file that holds the tensor's record.
  absl::StatusOr<File*> FileOf(const Tensor& tensor) const;

  std::shared_ptr<File> file_;    // null: none
  std::shared_ptr<Parts> parts_;  // null: there can't be any
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_PAYLOAD_H_
