// Whether two imports brought the same model:
//
//   same_import CHECKPOINT TOKENIZER CHECKPOINT TOKENIZER TEXT
//
// All tensors must have equal names, shapes, dtypes and bytes, and both
// tokenizers must encode each line of TEXT, each prefix of it, and some texts
// with other scripts, spaces and digits alike. Configs are not compared: GGUF
// does not say from which numbers rope factors were made.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/checkpoint.h"
#include "lib/text/bpe_codec.h"

namespace quant_curve {
namespace {

absl::Status CompareTensors(const std::string& a, const std::string& b) {
  ASSIGN_OR_RETURN(const Artifact<Checkpoint> one, ReadCheckpoint(a));
  ASSIGN_OR_RETURN(const Artifact<Checkpoint> two, ReadCheckpoint(b));
  const int size = one.message.tensors_size();
  if (size == 0 || size != two.message.tensors_size()) {
    return absl::InternalError(
        absl::StrCat(size, " and ", two.message.tensors_size(), " tensors"));
  }
  for (int i = 0; i < size; ++i) {
    const Tensor& left = one.message.tensors(i);
    const Tensor& right = two.message.tensors(i);
    ASSIGN_OR_RETURN(const TensorView left_view, one.payload.View(left));
    ASSIGN_OR_RETURN(const TensorView right_view, two.payload.View(right));
    if (left.name() != right.name() || left.dtype() != right.dtype() ||
        ShapeText(left) != ShapeText(right) || left_view.bytes.empty() ||
        left_view.bytes != right_view.bytes) {
      return absl::InternalError(
          absl::StrCat(left.name(), " and ", right.name(), " differ"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<BpeCodec> CodecOf(const std::string& path) {
  ASSIGN_OR_RETURN(const Artifact<BpeTokenizer> tokenizer,
                   ReadArtifact<BpeTokenizer>(path));
  return BpeCodec::Create(tokenizer.message);
}

std::vector<std::string> Texts(const std::string& text) {
  std::vector<std::string> texts = {"",
                                    " ",
                                    "  the  the",
                                    "\n\nthe\r\n\tthe ",
                                    "THE tHe they",
                                    "12345",
                                    "a1 2b 3",
                                    "naïve Привет 中文 한국어 🙂",
                                    "the'll 've !?...",
                                    std::string(1, '\0'),
                                    "thethethe hthe ▁the",
                                    "x" + std::string(99, ' ')};
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    for (size_t size = 1; size <= line.size(); ++size) {
      texts.emplace_back(line.substr(0, size));
    }
  }
  return texts;
}

absl::Status CompareIds(const std::string& a, const std::string& b,
                        const std::string& text_path) {
  ASSIGN_OR_RETURN(const BpeCodec one, CodecOf(a));
  ASSIGN_OR_RETURN(const BpeCodec two, CodecOf(b));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(text_path, 1 << 20));
  for (const std::string& some : Texts(text)) {
    ASSIGN_OR_RETURN(const std::vector<uint32_t> left, one.Encode(some));
    ASSIGN_OR_RETURN(const std::vector<uint32_t> right, two.Encode(some));
    if (left != right) {
      return absl::InternalError(absl::StrCat("ids differ: ", some));
    }
  }
  return absl::OkStatus();
}

absl::Status Compare(char** argv) {
  RETURN_IF_ERROR(CompareTensors(argv[1], argv[3]));
  return CompareIds(argv[2], argv[4], argv[5]);
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const absl::Status status = quant_curve::Compare(argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "same_import: %s\n", status.ToString().c_str());
  return 1;
}
