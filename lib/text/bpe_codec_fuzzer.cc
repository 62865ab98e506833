// Text to tokens and back: BpeCodec with a tokenizer of each kind.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/test_tokenizers.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

const std::vector<BpeCodec>& Codecs() {
  static const auto* const codecs = [] {
    auto* made = new std::vector<BpeCodec>;
    for (const BpeTokenizer& tokenizer :
         {ByteLevelTestTokenizer(), Llama3TestTokenizer(),
          SentencePieceTestTokenizer(), NormalizedTestTokenizer(),
          ScoreTestTokenizer()}) {
      made->push_back(BpeCodec::Create(tokenizer).value());
    }
    return made;
  }();
  return *codecs;
}

// Each of the tokenizers spells every byte.
void TestText(absl::string_view text) {
  const bool is_utf8 = CheckUtf8(text).ok();
  for (const BpeCodec& codec : Codecs()) {
    const absl::StatusOr<std::vector<uint32_t>> ids = codec.Encode(text);
    Require(ids.ok() == is_utf8, "exactly UTF-8 can be encoded");
    if (!Accepts(ids)) continue;
    const absl::StatusOr<std::string> decoded = codec.Decode(*ids);
    Require(decoded.ok() && *decoded == text, "Decode(Encode(text)) is text");
    Require(ids->size() <= 2 * text.size() + 1,
            "no more tokens than bytes and prefix spaces");
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {"hello the th", "<|endoftext|>hell", "<s> the</s>  <user>the <user>",
          "a\xc2\xa0\xe2\x96\x81\xf0\x9f\x98\x80 don't 1234\r\n\t"};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestText(quant_curve::InputView(data, size));
  return 0;
}
