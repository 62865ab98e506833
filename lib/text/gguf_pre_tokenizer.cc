#include "lib/text/gguf_pre_tokenizer.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "lib/json/json.h"
#include "lib/text/text_splitter.h"

namespace quant_curve {
namespace {

// What llama.cpp does under a name with pieces that are tokens.
enum class Merges { kCount, kIgnored, kEither };

struct PreTokenizer {
  absl::string_view name;
  std::vector<absl::string_view> patterns;  // as tokenizer.json writes them
  Merges merges = Merges::kCount;
};

constexpr absl::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr absl::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr absl::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr absl::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";
// Their patterns hold line feeds themselves, not "\n".
constexpr absl::string_view kDeepSeek3 =
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
    "[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|"
    "\\s*[\r\n]+|\\s+(?!\\S)|\\s+";

const std::vector<PreTokenizer>& PreTokenizers() {
  static const auto* const all = new std::vector<PreTokenizer>{
      {"gpt-2", {kGpt2Pattern}},
      {"llama-bpe", {kLlama3}, Merges::kIgnored},
      {"dbrx", {kLlama3}},
      {"qwen2", {kQwen2}},
      {"smollm", {"\\p{N}", kGpt2Pattern}},
      {"gpt-4o", {kGpt4o}, Merges::kEither},
      {"tekken", {kTekken}, Merges::kIgnored},
      {"deepseek-v3", {"\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", kDeepSeek3}},
      {"deepseek-coder",
       {"[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+",
        "\\p{N}"}}};
  return *all;
}

// Names that mean the same patterns in llama.cpp as one of the above.
constexpr struct {
  absl::string_view name, same_as;
} kOtherNames[] = {{"llama3", "llama-bpe"},
                   {"llama-v3", "llama-bpe"},
                   {"deepseek-r1-qwen", "qwen2"}};

}  // namespace

absl::StatusOr<GgufPreTokenization> FindGgufPreTokenizer(
    absl::string_view name) {
  absl::string_view known = name;
  for (const auto& other : kOtherNames) {
    if (name == other.name) known = other.same_as;
  }
  std::vector<absl::string_view> names;
  for (const PreTokenizer& one : PreTokenizers()) {
    names.push_back(one.name);
    if (known != one.name) continue;
    GgufPreTokenization found;
    for (const absl::string_view pattern : one.patterns) {
      found.split_patterns.emplace_back(pattern);
    }
    found.ignore_merges = one.merges == Merges::kIgnored;
    found.adds_begin = found.ignore_merges;
    return found;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "is ", Excerpt(name), ", supported are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::string> GgufPreTokenizer(const BpeTokenizer& tokenizer) {
  const auto& patterns = tokenizer.split_patterns();
  std::vector<absl::string_view> names;
  for (const PreTokenizer& one : PreTokenizers()) {
    const bool ignored = one.merges == Merges::kIgnored;
    if (std::equal(patterns.begin(), patterns.end(), one.patterns.begin(),
                   one.patterns.end()) &&
        (one.merges == Merges::kEither ||
         ignored == tokenizer.ignore_merges())) {
      return std::string(one.name);
    }
    names.push_back(one.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("tokenizer: llama.cpp has no name for its pre-tokenizer, ",
                   patterns.empty() ? "which has no pattern"
                                    : Excerpt(absl::StrJoin(patterns, " , ")),
                   tokenizer.ignore_merges() ? " with ignore_merges" : "",
                   ": known are those of ", absl::StrJoin(names, ", "),
                   "; write --format=safetensors"));
}

}  // namespace quant_curve
