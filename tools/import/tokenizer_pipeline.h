// What surrounds the model in a tokenizer.json: normalizer, pre-tokenizer,
// post-processor and decoder, reduced to what a BpeTokenizer can say.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_
#define QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/json/json.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// What SentencePiece writes for a space.
inline constexpr absl::string_view kSpaceSign = "▁";

struct TokenizerPipeline {
  BpeKind kind;              // BYTE_LEVEL or SENTENCEPIECE_MERGES
  PrefixSpace prefix_space;  // PREFIX_NORMALIZED for a Prepend
  bool split_at_spaces;
  bool replaces_spaces;   // in the normalizer
  bool takes_normalized;  // added tokens: their spelling has one meaning
  absl::optional<uint32_t> bos_id;  // that a TemplateProcessing puts in front
};

// Reads the whole document's fields. InvalidArgument, naming the field and what
// is supported, for everything but
//   byte level:    no normalizer; pre_tokenizer ByteLevel without prefix space;
//   SentencePiece: normalizer Prepend "▁" and/or Replace " " by "▁", or none;
//                  no pre_tokenizer or Metaspace;
// with a post_processor of ByteLevel and/or TemplateProcessing that puts at
// most one token before the text, or none, and decoders that undo the above.
absl::StatusOr<TokenizerPipeline> ReadTokenizerPipeline(
    const JsonView& document);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_
