// A tokenizer of llama2.c: ReadLlama2cTokenizer. The input is the number of
// tokens beyond the 259 that every file has, in one byte, and the file.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/llama2c_tokenizer.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

constexpr uint32_t kByteTokens = 259;

std::string Piece(float score, const std::string& text) {
  return absl::StrCat(
      BytesOf(std::vector<float>{score}),
      BytesOf(std::vector<int32_t>{static_cast<int32_t>(text.size())}), text);
}

void TestTokenizer(const BpeTokenizer& tokenizer) {
  Require(ValidateBpeTokenizer(tokenizer).ok(), "what was read is valid");
  const absl::StatusOr<BpeCodec> codec = BpeCodec::Create(tokenizer);
  Require(codec.ok(), "a valid tokenizer makes a codec");
  const absl::string_view text = "hi  h\xc3\xa9\n<s>";
  const absl::StatusOr<std::vector<uint32_t>> ids = codec->Encode(text);
  Require(ids.ok(), "byte tokens spell every text");
  const absl::StatusOr<std::string> decoded = codec->Decode(*ids);
  Require(decoded.ok() && *decoded == text, "Decode(Encode(text)) is text");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::string file = BytesOf(std::vector<int32_t>{6});
  for (const char* text : {"<unk>", "\n<s>\n", "\n</s>\n"}) {
    file += Piece(0, text);
  }
  for (int byte = 0; byte < 256; ++byte) {
    file += Piece(0, absl::StrFormat("<0x%02X>", byte));
  }
  std::string more = file;
  for (const char* text : {" ", "h", "i", "hi", " hi"}) more += Piece(-1, text);
  return {std::string(1, '\0') + file, "\5" + more};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const absl::string_view input = InputView(data, size);
  const uint32_t more =
      input.empty() ? 0 : static_cast<unsigned char>(input[0]);
  const std::string path = InputPath(
      "tokenizer.bin", input.substr(std::min<size_t>(1, input.size())));
  const auto tokenizer = ReadLlama2cTokenizer(path, kByteTokens + more);
  if (Accepts(tokenizer)) TestTokenizer(*tokenizer);
  return 0;
}
