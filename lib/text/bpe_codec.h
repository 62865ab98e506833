// Text to token ids and back, by a BpeTokenizer.
#ifndef QUANT_CURVE_LIB_TEXT_BPE_CODEC_H_
#define QUANT_CURVE_LIB_TEXT_BPE_CODEC_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "lib/text/added_tokens.h"
#include "lib/text/merge_table.h"
#include "lib/text/text_splitter.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Encodes as the tokenizer's origin does (Hugging Face tokenizers, llama2.c),
// but for what would lose text: a literal "▁" (U+2581) is spelled by byte
// tokens, the prefix space stands before text that starts with a space, too
// (as SentencePiece has it; Metaspace leaves it out), the unknown token's own
// spelling is ordinary text, and a byte that a byte-level vocabulary has no
// token for is refused, not left out. Thread-safe.
class BpeCodec {
 public:
  // Refuses what ValidateBpeTokenizer refuses.
  static absl::StatusOr<BpeCodec> Create(BpeTokenizer tokenizer);

  const BpeTokenizer& tokenizer() const { return *tokenizer_; }

  // The ids of `text`, without the begin and end tokens that a document gets.
  // TOKEN_ADDED and TOKEN_CONTROL in the text are found first, in the two
  // rounds that tokenizer.proto describes. Takes n log n time, and
  // beside the ids some 20 bytes of memory for each byte of the longest stretch
  // in which merges may meet: of the longest piece, at most; and what
  // TextSplitter takes. InvalidArgument, with the offset in bytes, for text
  // that is not UTF-8 or longer than 1 GiB, for a character that no token
  // spells in a vocabulary without unknown token, and for what TextSplitter
  // refuses.
  absl::StatusOr<std::vector<uint32_t>> Encode(absl::string_view text) const;

  // The bytes that the ids mean, prefix spaces removed: Decode(Encode(t))
  // is t, for every t that needs no unknown token, is in the normal form and
  // has no white space that lstrip_ids or rstrip_ids take with them. Ids from a
  // model may decode to bytes that are not UTF-8. InvalidArgument for an id
  // outside the vocabulary.
  absl::StatusOr<std::string> Decode(absl::Span<const uint32_t> ids) const;

 private:
  class Encoder;
  // Tables for encoding, in addition to the vocabulary, that are kept from one
  // text to the next.
  struct Workspace;
  class Workspaces;

  BpeCodec(std::unique_ptr<const BpeTokenizer> tokenizer,
           TextSplitter splitter);

  // Whether a stretch gets the space.
  bool HasPrefixSpace(bool starts_text) const;

  std::unique_ptr<const BpeTokenizer> tokenizer_;
  absl::flat_hash_map<absl::string_view, uint32_t> normal_;
  std::array<absl::optional<uint32_t>, 256> byte_ids_;
  // Of SentencePiece's kinds: normal tokens of one ASCII character.
  std::array<absl::optional<uint32_t>, 128> ascii_ids_;
  AddedTokens first_round_;
  AddedTokens second_round_;
  // By id: found before the prefix spaces are put, so that it has none itself,
  // and what follows gets its own.
  std::vector<bool> separates_;
  MergeTable merges_;
  std::shared_ptr<Workspaces> workspaces_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_BPE_CODEC_H_
