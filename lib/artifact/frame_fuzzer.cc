// The frame of an artifact file: KindInHeader and Unframe. The input is the
// file; where its first byte is odd, the digest at its end is set right, so
// that what is behind that check is reached.

#include <string>
#include <vector>

#include "lib/artifact/artifact.h"
#include "lib/artifact/sha256.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {
namespace {

constexpr size_t kDigestBytes = 32;

std::string FileOf(absl::string_view input) {
  const bool set_digest = !input.empty() && input[0] % 2 != 0;
  std::string file(input.substr(input.empty() ? 0 : 1));
  if (set_digest && file.size() >= kDigestBytes) {
    file.resize(file.size() - kDigestBytes);
    file += Sha256(file);
  }
  return file;
}

void TestFrame(absl::string_view input) {
  const std::string file = FileOf(input);
  const absl::StatusOr<ArtifactKind> kind = KindInHeader(file, "input");
  if (!Accepts(kind)) return;
  const absl::StatusOr<absl::string_view> payload =
      Unframe(file, *kind, "input");
  if (!Accepts(payload)) return;
  // Records are tested behind tensor_frame_fuzzer.
  if (HasTensors(*kind)) return;
  Require(Frame(*kind, *payload) == file, "framing gives the same bytes");
  const std::string path = InputPath("input.qca", file);
  BpeTokenizer message;
  Payload records;
  const auto digest = ReadArtifactInto(path, *kind, message, records);
  if (digest.ok()) Require(*digest == Sha256(file), "the digest is the file's");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {absl::StrCat("0", Frame(CORPUS, "")),
          absl::StrCat("1", Frame(TOKENIZER, "\x08\x01")),
          absl::StrCat("1", Frame(MEASUREMENT, "payload"))};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestFrame(quant_curve::InputView(data, size));
  return 0;
}
