// Version 2 of the frame: ReadTensorFrame, and Payload::View of each tensor.
// The input is the file of a checkpoint, or an index in the folder of a file
// "part"; where its first byte is odd, the
// digest at its end is set right, so that what is behind that check is reached.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {
namespace {

constexpr size_t kTrailerBytes = 16 + kDigestBytes;

// The file with the digest of its header, footer and trailer, where the trailer
// says a footer inside of the file.
std::string WithDigest(std::string file) {
  if (file.size() < kHeaderBytes + kTrailerBytes) return file;
  const size_t trailer = file.size() - kTrailerBytes;
  const uint64_t footer = LittleEndianAt(file, trailer, 8);
  if (footer > trailer) return file;
  file.resize(file.size() - kDigestBytes);
  return file + Sha256(absl::StrCat(file.substr(0, kHeaderBytes),
                                    file.substr(footer)));
}

std::string FileOf(absl::string_view input) {
  if (input.empty()) return "";
  std::string file(input.substr(1));
  return input[0] % 2 == 0 ? file : WithDigest(std::move(file));
}

// Writes the checkpoint, whose records are all sound, into `file`.
FileDigests Written(const Checkpoint& checkpoint, const Payload& payload,
                    std::string& file) {
  StringSink sink;
  const auto digests = WriteTensorFrame(CHECKPOINT, checkpoint, payload, sink);
  Require(digests.ok(), "what was read can be written");
  file = sink.contents;
  return *digests;
}

void RequireRoundTrip(const Checkpoint& checkpoint, const Payload& payload) {
  std::string file;
  const FileDigests digests = Written(checkpoint, payload, file);
  Require(digests.contents_sha256 == ContentsSha256(CHECKPOINT, checkpoint),
          "writing keeps the digest of the contents");
  Require(digests.sha256 == Sha256(file), "the digest is the file's");
  Checkpoint again;
  Require(ReadTensorFrame(file, CHECKPOINT, "written", again).ok(),
          "what was written is read again");
  std::string same;
  Written(again, Payload(file), same);
  Require(same == file, "writing what was read gives the same bytes");
}

// Of one tensor.
Checkpoint PartMessage() {
  Checkpoint part;
  *part.add_tensors() = MakeFloat32("a", {2}, {1.0f, -2.0f});
  return part;
}

std::string PartFile() {
  return ArtifactBytes(CHECKPOINT, PartMessage(), "part").value();
}

// Of the part, and of a tensor of its own.
std::string IndexFile() {
  Checkpoint index = PartMessage();
  StringSink sink;
  TensorFrameWriter part(CHECKPOINT, sink);
  Require(part.Add(*index.mutable_tensors(0)).ok(), "a part is written");
  TensorFrameWriter writer(CHECKPOINT, sink);
  Require(writer.Refer("part", *index.mutable_tensors(0)).ok(),
          "an index names a part");
  *index.add_tensors() = MakeInt8("b", {3}, {1, 2, 3});
  sink.contents.clear();
  Require(writer.Finish(index).ok(), "an index is written");
  return sink.contents;
}

// The file as an index in a folder with one part.
Payload IndexPayload(const std::string& file) {
  InputPath("part", PartFile());
  const std::string path = InputPath("index", file);
  return Payload(MappedFile::Open(path).value());
}

void TestTensorFrame(absl::string_view input) {
  const std::string file = FileOf(input);
  Checkpoint checkpoint;
  if (!Accepts(ReadTensorFrame(file, CHECKPOINT, "input", checkpoint))) return;
  const Payload payload =
      PartNamesIn(checkpoint).empty() ? Payload(file) : IndexPayload(file);
  bool sound = true;
  for (const Tensor* tensor : TensorsIn(checkpoint)) {
    const absl::StatusOr<TensorView> view = payload.View(*tensor);
    if (view.ok()) {
      Require(view->bytes.size() == PayloadBytes(*tensor),
              "a view has the record's length");
      Require(Sha256(view->bytes) == tensor->sha256(),
              "a view has the record's digest");
    }
    sound = Accepts(view) && sound;
    payload.Drop(*tensor);
  }
  if (sound) RequireRoundTrip(checkpoint, payload);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  Checkpoint checkpoint;
  const std::string empty = Frame(CHECKPOINT, "");
  *checkpoint.add_tensors() = MakeFloat32("a", {2}, {1.0f, -2.0f});
  *checkpoint.add_tensors() = MakeFloat16("empty", {0, 3}, {});
  *checkpoint.add_tensors() = MakeBFloat16("b", {1, 2}, {0x3f80, 0});
  Tensor& codes = *checkpoint.add_tensors();
  codes.set_dtype(PACKED_CODES);
  codes.set_data("codes");
  const std::string file =
      ArtifactBytes(CHECKPOINT, checkpoint, "seed").value();
  return {absl::StrCat("0", empty), absl::StrCat("0", file),
          absl::StrCat("1", file), absl::StrCat("0", IndexFile()),
          absl::StrCat("1", IndexFile())};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestTensorFrame(quant_curve::InputView(data, size));
  return 0;
}
