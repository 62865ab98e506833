// Text to pieces by regular expressions: the "Split" of Hugging Face's
// tokenizer.json, which GPT-2, Llama 3, Qwen and others have before their
// merges.
#ifndef QUANT_CURVE_LIB_TEXT_TEXT_SPLITTER_H_
#define QUANT_CURVE_LIB_TEXT_TEXT_SPLITTER_H_

#include <unicode/uregex.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// How many patterns there may be.
inline constexpr size_t kMaxPatterns = 16;

// GPT-2's words (Radford et al. 2019, section 2.2, and the encoder published
// with it): what "ByteLevel" means by use_regex.
inline constexpr absl::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

struct CloseRegex {
  void operator()(URegularExpression* regex) const { uregex_close(regex); }
};
using IcuRegex = std::unique_ptr<URegularExpression, CloseRegex>;

// Refuses what IcuPattern refuses, and what ICU takes for no regular
// expression.
absl::Status CheckSplitPattern(absl::string_view pattern);

// Cuts text into pieces by several patterns, one after another. Not
// thread-safe: each thread has a copy.
//
//   ASSIGN_OR_RETURN(TextSplitter splitter,
//   TextSplitter::Create({kGpt2Pattern})); splitter.ForEachPiece("it's",
//   visit);  // "it", "'s"
class TextSplitter {
 public:
  // InvalidArgument, naming the pattern's place in the list, for one that
  // CheckSplitPattern refuses, and for too many.
  static absl::StatusOr<TextSplitter> Create(
      const std::vector<std::string>& patterns);

  TextSplitter(TextSplitter&&) = default;
  TextSplitter& operator=(TextSplitter&&) = default;
  absl::StatusOr<TextSplitter> Clone() const;

  // Calls `visit` with the pieces of `text` (UTF-8, below 1 GiB) in order, none
  // of them empty; together they are the text. Views into `text`. Stops at the
  // first error and returns it. Takes 2 bytes of memory for each byte of the
  // text and 8 for each piece. InvalidArgument for a pattern that needs more
  // than 100 steps of the matcher for each byte, or more than 8 MB of memory to
  // go back: time stays linear in the text whatever the pattern.
  absl::Status ForEachPiece(
      absl::string_view text,
      absl::FunctionRef<absl::Status(absl::string_view)> visit);

 private:
  TextSplitter() = default;

  // Cuts [begin, end) of the text in UTF-16, and appends the ends of the
  // pieces.
  absl::Status Cut(size_t pattern, int32_t begin, int32_t end);

  std::vector<IcuRegex> regexes_;
  std::u16string utf16_;
  std::vector<int32_t> ends_;   // of the pieces by the patterns so far
  std::vector<int32_t> finer_;  // and by the next
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_TEXT_SPLITTER_H_
