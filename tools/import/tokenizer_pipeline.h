// The stages around the model in a tokenizer.json: normalizer, pre-tokenizer,
// post-processor and decoder, reduced to what a BpeTokenizer can say.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_
#define QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/json/json.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

struct TokenizerPipeline {
  BpeKind kind = SENTENCEPIECE_MERGES;     // or BYTE_LEVEL
  PrefixSpace prefix_space = PREFIX_NONE;  // PREFIX_NORMALIZED for a Prepend
  bool split_at_spaces = false;
  bool replaces_spaces = false;  // in the normalizer
  bool takes_normalized = true;  // added tokens: their spelling has one meaning
  TextNormalization normalization = TEXT_NORMALIZATION_UNSPECIFIED;
  std::vector<std::string> split_patterns;
  absl::optional<uint32_t> bos_id;  // that a TemplateProcessing puts in front
};

// Reads the whole document's fields. InvalidArgument, naming the field and what
// is supported, for everything but
//   byte level:    normalizer NFC or NFKC, or none; pre_tokenizer ByteLevel
//                  without prefix space, after any number of Split (Isolated,
//                  or Removed with invert) and Digits; its use_regex is a
//                  pattern more;
//   SentencePiece: normalizer Prepend "▁" and/or Replace " " by "▁", or none,
//                  NFC or NFKC before them; no pre_tokenizer, Metaspace, or a
//                  Split at " " where the normalizer leaves none;
// with a post_processor of ByteLevel and/or TemplateProcessing that puts at
// most one token before the text, or none, and decoders that undo the above.
absl::StatusOr<TokenizerPipeline> ReadTokenizerPipeline(
    const JsonView& document);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_PIPELINE_H_
