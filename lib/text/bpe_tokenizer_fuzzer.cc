// A tokenizer behind the frame: the artifact, ValidateBpeTokenizer, and a text
// encoded with it. The input is the number of the text's bytes, the text, the
// payload.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

void TestText(const BpeCodec& codec, absl::string_view text) {
  const absl::StatusOr<std::vector<uint32_t>> ids = codec.Encode(text);
  if (!Accepts(ids)) return;
  const absl::StatusOr<std::string> decoded = codec.Decode(*ids);
  Require(decoded.ok(), "ids that Encode made can be decoded");
  const BpeTokenizer& tokenizer = codec.tokenizer();
  const bool has_unknown =
      tokenizer.has_unknown_id() &&
      std::count(ids->begin(), ids->end(), tokenizer.unknown_id()) > 0;
  Require(has_unknown || !IsLossless(tokenizer) || *decoded == text,
          "Decode(Encode(text)) is text");
}

// Some bytes of a vocabulary, so that inputs stay small.
BpeTokenizer Small(BpeTokenizer tokenizer) {
  tokenizer.clear_merge_left();
  tokenizer.clear_merge_right();
  tokenizer.clear_tokens();
  tokenizer.clear_types();
  tokenizer.clear_scores();
  for (const char* token : {"<s>", "a", "b", "ab", " ", "<u>"}) {
    tokenizer.add_tokens(token);
    tokenizer.add_types(token[0] == '<' ? TOKEN_CONTROL : TOKEN_NORMAL);
    if (tokenizer.kind() == SENTENCEPIECE_SCORES) tokenizer.add_scores(-1);
  }
  if (tokenizer.kind() != SENTENCEPIECE_SCORES) {
    tokenizer.add_merge_left(1);
    tokenizer.add_merge_right(2);
  }
  tokenizer.clear_unknown_id();
  tokenizer.set_bos_id(0);
  tokenizer.set_eos_id(0);
  return tokenizer;
}

void TestTokenizer(absl::string_view input) {
  const size_t text_bytes =
      input.empty() ? 0 : static_cast<unsigned char>(input[0]);
  input.remove_prefix(std::min<size_t>(1, input.size()));
  const absl::string_view text = input.substr(0, text_bytes);
  input.remove_prefix(text.size());
  const auto artifact =
      ReadArtifact<BpeTokenizer>(ArtifactInputPath<BpeTokenizer>(input));
  if (!artifact.ok()) return;
  if (!Accepts(ValidateBpeTokenizer(artifact->message))) return;
  RequireRoundTrip<BpeTokenizer>(*artifact, ReadArtifact<BpeTokenizer>);
  const absl::StatusOr<BpeCodec> codec = BpeCodec::Create(artifact->message);
  Require(codec.ok(), "a valid tokenizer makes a codec");
  TestText(*codec, text);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (const BpeTokenizer& tokenizer :
       {ByteLevelTestTokenizer(), Llama3TestTokenizer(),
        SentencePieceTestTokenizer(), ScoreTestTokenizer()}) {
    seeds.push_back(
        absl::StrCat("\x08", "ab<s>a b", PayloadOf(Small(tokenizer))));
  }
  seeds.push_back(
      absl::StrCat("\x05", "hello", PayloadOf(NormalizedTestTokenizer())));
  return seeds;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quant_curve::TestTokenizer(quant_curve::InputView(data, size));
  return 0;
}
