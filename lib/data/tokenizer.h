// Text to tokens and back, over the closed vocabulary of a Tokenizer proto.
//
// The vocabulary's groups come one after another: function tokens, onsets,
// rimes, suffixes. A word is a function token, or onset + rime, or onset + rime
// + suffix: "walked" = "w" "alk" "+ed". docs/corpus.md gives the reasons.
#ifndef QUANT_CURVE_LIB_DATA_TOKENIZER_H_
#define QUANT_CURVE_LIB_DATA_TOKENIZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// Refuses a vocabulary whose group sizes do not add up to its tokens, with an
// empty or repeated token, with white space in one, with a suffix not written
// "+…" (or another token written so), or whose separator is not a function
// token.
absl::Status ValidateTokenizer(const Tokenizer& tokenizer);

// The ids of `text`: words between white space, the separator on its own or at
// the end of a word ("he walked."). A function token wins over a spelling; of
// the spellings the longest onset wins, then the longest rime. InvalidArgument,
// naming the word, when the vocabulary cannot spell it. `tokenizer` is valid.
absl::StatusOr<std::vector<uint32_t>> Encode(const Tokenizer& tokenizer,
                                             absl::string_view text);

// Readable text: a rime joins the onset before it, a suffix the word before it,
// the separator any word before it; all else is separated by single spaces.
// Encode(Decode(ids)) == ids for what Encode returned. Other sequences (a model
// may write any) show only their stray parts. InvalidArgument for an id
// outside the vocabulary. `tokenizer` is valid.
absl::StatusOr<std::string> Decode(const Tokenizer& tokenizer,
                                   absl::Span<const uint32_t> ids);

// SHA-256, 32 raw bytes, of: for each token its length in bytes and its bytes;
// then num_function_tokens, num_onsets, num_rimes, num_suffixes, separator_id.
// Every number is a little-endian uint32. It does not depend on how protocol
// buffers serialize.
std::string TokenizerSha256(const Tokenizer& tokenizer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_TOKENIZER_H_
