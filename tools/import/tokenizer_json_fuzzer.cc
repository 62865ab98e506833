// tokenizer.json: ReadTokenizerJson, and a text in the tokenizer's tokens.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/test_tokenizer_json.h"
#include "tools/import/tokenizer_json.h"

namespace quant_curve {
namespace {

// A vocabulary of few tokens, and no added ones but the first.
std::string Small(Json json, const Json& vocab, const Json& merges) {
  json["model"]["vocab"] = vocab;
  json["model"]["merges"] = merges;
  json["added_tokens"] = Json::array({AddedToken(0, "<s>", true)});
  return json.dump();
}

void TestTokenizer(const BpeTokenizer& tokenizer) {
  Require(ValidateBpeTokenizer(tokenizer).ok(), "what was read is valid");
  const absl::StatusOr<BpeCodec> codec = BpeCodec::Create(tokenizer);
  Require(codec.ok(), "a valid tokenizer makes a codec");
  for (const absl::string_view text : {"ab <s>a", " hell ▁\n"}) {
    const absl::StatusOr<std::vector<uint32_t>> ids = codec->Encode(text);
    if (!ids.ok()) continue;
    bool has_unknown = false;
    for (const uint32_t id : *ids) {
      has_unknown |= tokenizer.has_unknown_id() && id == tokenizer.unknown_id();
    }
    const absl::StatusOr<std::string> decoded = codec->Decode(*ids);
    Require(decoded.ok(), "ids that Encode made can be decoded");
    Require(has_unknown || !IsLossless(tokenizer) || *decoded == text,
            "Decode(Encode(text)) is text");
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const Json vocab = {{"<s>", 0}, {"a", 1}, {"b", 2}, {"ab", 3}};
  Json sentence_piece = SentencePieceJson();
  sentence_piece["model"]["unk_token"] = "<s>";
  sentence_piece["model"]["byte_fallback"] = false;
  sentence_piece["post_processor"]["special_tokens"]["<s>"]["ids"] = {0};
  return {Small(ByteLevelJson(), vocab, {"a b"}),
          Small(Llama3Json(), vocab, {"a b"}),
          Small(sentence_piece, vocab, {"a b"}),
          ByteLevelJson().dump(),
          Llama3Json().dump(),
          SentencePieceJson().dump()};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto tokenizer =
      ReadTokenizerJson(InputPath("tokenizer.json", InputView(data, size)));
  if (Accepts(tokenizer)) TestTokenizer(*tokenizer);
  return 0;
}
