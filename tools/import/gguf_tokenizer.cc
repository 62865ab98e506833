#include "tools/import/gguf_tokenizer.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level.h"
#include "lib/text/gguf_pre_tokenizer.h"
#include "lib/text/sentencepiece.h"

namespace quant_curve {
namespace {

// llama.cpp's numbers of token types.
enum GgufTokenType {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

std::string Key(absl::string_view rest) {
  return absl::StrCat("tokenizer.ggml.", rest);
}

template <typename... Parts>
absl::Status Refuse(const GgufFile& file, absl::string_view key,
                    const Parts&... parts) {
  return file.Refuse(absl::StrCat(Key(key), " ", parts...));
}

absl::StatusOr<bool> FlagOr(const GgufFile& file, absl::string_view key,
                            bool otherwise) {
  ASSIGN_OR_RETURN(const GgufValue* value,
                   file.FindScalar(Key(key), GgufKind::kBool));
  return value == nullptr ? otherwise : value->numbers[0] == 1;
}

absl::StatusOr<std::string> TextOr(const GgufFile& file, absl::string_view key,
                                   absl::string_view otherwise) {
  ASSIGN_OR_RETURN(const GgufValue* value,
                   file.FindScalar(Key(key), GgufKind::kString));
  return value == nullptr ? std::string(otherwise) : value->texts[0];
}

absl::StatusOr<const GgufValue*> RequiredArray(const GgufFile& file,
                                               absl::string_view key,
                                               GgufKind kind) {
  ASSIGN_OR_RETURN(const GgufValue* value, file.FindArray(Key(key), kind));
  if (value == nullptr) return Refuse(file, key, "is missing");
  return value;
}

absl::StatusOr<absl::optional<uint32_t>> IdOrNone(const GgufFile& file,
                                                  absl::string_view key) {
  ASSIGN_OR_RETURN(const GgufValue* value,
                   file.FindScalar(Key(key), GgufKind::kInteger));
  if (value == nullptr) return absl::optional<uint32_t>();
  const double id = value->numbers[0];
  if (id >= 0 && id < kMaxTokens) {
    return absl::optional<uint32_t>(static_cast<uint32_t>(id));
  }
  return Refuse(file, key, "is ", id, ": must be in [0, ", kMaxTokens, ")");
}

// Reads tokens, types and what makes others of them, in this order.
class TokenizerReader {
 public:
  explicit TokenizerReader(const GgufFile& file) : file_(file) {}

  absl::StatusOr<BpeTokenizer> Read() {
    RETURN_IF_ERROR(ReadKind());
    RETURN_IF_ERROR(ReadTokens());
    RETURN_IF_ERROR(tokenizer_.kind() == BYTE_LEVEL ? ReadMerges()
                                                    : ReadScores());
    ASSIGN_OR_RETURN(const GgufSpecialTokens special,
                     ReadGgufSpecialTokens(file_));
    if (special.bos_id.has_value()) tokenizer_.set_bos_id(*special.bos_id);
    if (special.eos_id.has_value()) tokenizer_.set_eos_id(*special.eos_id);
    DropPadding();
    const absl::Status valid = ValidateBpeTokenizer(tokenizer_);
    if (!valid.ok()) return file_.Refuse(valid.message());
    return std::move(tokenizer_);
  }

 private:
  absl::Status ReadKind() {
    ASSIGN_OR_RETURN(const std::string model, TextOr(file_, "model", ""));
    if (model == "gpt2") {
      tokenizer_.set_kind(BYTE_LEVEL);
      tokenizer_.set_prefix_space(PREFIX_NONE);
      return ReadPreTokenizer();
    }
    if (model != "llama") {
      return Refuse(file_, "model", "is ", Excerpt(model),
                    ", supported are gpt2 and llama: give a tokenizer.json "
                    "with --tokenizer, or --tokenizer=none");
    }
    tokenizer_.set_kind(SENTENCEPIECE_SCORES);
    ASSIGN_OR_RETURN(const bool prefix,
                     FlagOr(file_, "add_space_prefix", true));
    tokenizer_.set_prefix_space(prefix ? PREFIX_EACH : PREFIX_NONE);
    ASSIGN_OR_RETURN(const bool removes,
                     FlagOr(file_, "remove_extra_whitespaces", false));
    if (removes) {
      return Refuse(file_, "remove_extra_whitespaces",
                    "is true, only false is supported");
    }
    if (file_.metadata().count(Key("precompiled_charsmap")) > 0) {
      return Refuse(file_, "precompiled_charsmap",
                    "is present: texts that are normalized by it are not "
                    "supported");
    }
    return absl::OkStatus();
  }

  absl::Status ReadPreTokenizer() {
    ASSIGN_OR_RETURN(const std::string name, TextOr(file_, "pre", ""));
    const auto found = FindGgufPreTokenizer(name);
    if (!found.ok()) return Refuse(file_, "pre", found.status().message());
    *tokenizer_.mutable_split_patterns() = {found->split_patterns.begin(),
                                            found->split_patterns.end()};
    tokenizer_.set_ignore_merges(found->ignore_merges);
    return absl::OkStatus();
  }

  absl::Status ReadTokens() {
    ASSIGN_OR_RETURN(const GgufValue* tokens,
                     RequiredArray(file_, "tokens", GgufKind::kString));
    ASSIGN_OR_RETURN(const GgufValue* types,
                     RequiredArray(file_, "token_type", GgufKind::kInteger));
    const size_t size = tokens->texts.size();
    if (size > kMaxTokens || types->numbers.size() != size) {
      return Refuse(file_, "token_type", "has ", types->numbers.size(),
                    " elements, but there are ", size, " tokens, at most ",
                    kMaxTokens, " are supported");
    }
    ASSIGN_OR_RETURN(const absl::optional<uint32_t> unknown,
                     IdOrNone(file_, "unknown_token_id"));
    if (unknown.has_value()) tokenizer_.set_unknown_id(*unknown);
    for (size_t id = 0; id < size; ++id) {
      RETURN_IF_ERROR(AddToken(tokens->texts[id], types->numbers[id]));
    }
    return absl::OkStatus();
  }

  absl::Status AddToken(const std::string& spelling, double type) {
    const auto id = static_cast<uint32_t>(tokenizer_.tokens_size());
    const bool byte_level = tokenizer_.kind() == BYTE_LEVEL;
    TokenType ours = TOKEN_UNUSED;
    std::string bytes = spelling;
    if (type == kNormal && byte_level) {
      const absl::optional<std::string> spelled = BytesOfSpelling(spelling);
      if (!spelled.has_value()) {
        return Refuse(file_, absl::StrCat("tokens[", id, "]"), "is ",
                      Excerpt(spelling),
                      ", which holds a character that is not a byte of a "
                      "byte-level vocabulary");
      }
      ours = TOKEN_NORMAL;
      bytes = *spelled;
    } else if (type == kNormal) {
      // Spaces of the text are written as the sign before it is encoded.
      ours = absl::StrContains(spelling, ' ') ? TOKEN_UNUSED : TOKEN_NORMAL;
      bytes = absl::StrReplaceAll(spelling, {{kSpaceSign, " "}});
    } else if (type == kByte) {
      const absl::optional<std::string> byte = ByteOfSpelling(spelling);
      if (byte_level || !byte.has_value()) {
        return Refuse(file_, absl::StrCat("tokens[", id, "]"), "is ",
                      Excerpt(spelling),
                      ", but its type that of a byte, such as <0x0A>");
      }
      ours = TOKEN_BYTE;
      bytes = *byte;
    } else if (type == kControl || type == kUserDefined) {
      ours = type == kControl ? TOKEN_CONTROL : TOKEN_ADDED;
    } else if (type == kUnused) {
      bytes.clear();
    } else if (type != kUnknown) {
      return Refuse(file_, absl::StrCat("token_type[", id, "]"), "is ", type,
                    ": must be in [1, 6]");
    }
    // A text never becomes the unknown token by its spelling.
    if (!byte_level && tokenizer_.has_unknown_id() &&
        tokenizer_.unknown_id() == id) {
      ours = TOKEN_UNUSED;
    }
    if (bytes.empty()) ours = TOKEN_UNUSED;
    tokenizer_.add_tokens(std::move(bytes));
    tokenizer_.add_types(ours);
    return absl::OkStatus();
  }

  absl::Status ReadMerges() {
    ASSIGN_OR_RETURN(const GgufValue* tokens,
                     RequiredArray(file_, "tokens", GgufKind::kString));
    ASSIGN_OR_RETURN(const GgufValue* merges,
                     RequiredArray(file_, "merges", GgufKind::kString));
    absl::flat_hash_map<absl::string_view, int> ids;
    for (size_t id = 0; id < tokens->texts.size(); ++id) {
      ids.emplace(tokens->texts[id], static_cast<int>(id));
    }
    for (size_t i = 0; i < merges->texts.size(); ++i) {
      const absl::string_view merge = merges->texts[i];
      const size_t space = merge.find(' ');
      const absl::string_view left = merge.substr(0, space);
      const absl::string_view right =
          space == merge.npos ? "" : merge.substr(space + 1);
      const std::string both = absl::StrCat(left, right);
      bool normal = true;
      for (const absl::string_view token :
           {left, right, absl::string_view(both)}) {
        const auto found = ids.find(token);
        if (found == ids.end()) {
          return Refuse(file_, absl::StrCat("merges[", i, "]"), "is ",
                        Excerpt(merge),
                        ", which is not a merge of two tokens to a third");
        }
        normal &= tokenizer_.types(found->second) == TOKEN_NORMAL;
      }
      // As with tokenizer.json: text never reaches the others.
      if (!normal) continue;
      tokenizer_.add_merge_left(static_cast<uint32_t>(ids[left]));
      tokenizer_.add_merge_right(static_cast<uint32_t>(ids[right]));
    }
    return absl::OkStatus();
  }

  absl::Status ReadScores() {
    ASSIGN_OR_RETURN(const GgufValue* scores,
                     RequiredArray(file_, "scores", GgufKind::kFloat));
    if (static_cast<int>(scores->numbers.size()) != tokenizer_.tokens_size()) {
      return Refuse(file_, "scores", "has ", scores->numbers.size(),
                    " elements, but there are ", tokenizer_.tokens_size(),
                    " tokens");
    }
    for (const double score : scores->numbers) {
      tokenizer_.add_scores(static_cast<float>(score));
    }
    return absl::OkStatus();
  }

  // Tokens without text at the end that nothing names.
  void DropPadding() {
    const auto is_named = [this](uint32_t id) {
      return (tokenizer_.has_bos_id() && tokenizer_.bos_id() == id) ||
             (tokenizer_.has_eos_id() && tokenizer_.eos_id() == id) ||
             (tokenizer_.has_unknown_id() && tokenizer_.unknown_id() == id);
    };
    int size = tokenizer_.tokens_size();
    while (size > 1 && tokenizer_.types(size - 1) == TOKEN_UNUSED &&
           !is_named(static_cast<uint32_t>(size - 1))) {
      --size;
    }
    const int dropped = tokenizer_.tokens_size() - size;
    tokenizer_.mutable_tokens()->DeleteSubrange(size, dropped);
    tokenizer_.mutable_types()->Truncate(size);
    if (!tokenizer_.scores().empty()) {
      tokenizer_.mutable_scores()->Truncate(size);
    }
  }

  const GgufFile& file_;
  BpeTokenizer tokenizer_;
};

}  // namespace

absl::StatusOr<GgufSpecialTokens> ReadGgufSpecialTokens(const GgufFile& file) {
  ASSIGN_OR_RETURN(const std::string model, TextOr(file, "model", ""));
  ASSIGN_OR_RETURN(const std::string pre, TextOr(file, "pre", ""));
  const auto known = FindGgufPreTokenizer(pre);
  const bool usual = model == "llama" || (known.ok() && known->adds_begin);
  ASSIGN_OR_RETURN(const bool adds, FlagOr(file, "add_bos_token", usual));
  GgufSpecialTokens special;
  if (adds) {
    ASSIGN_OR_RETURN(special.bos_id, IdOrNone(file, "bos_token_id"));
  }
  ASSIGN_OR_RETURN(special.eos_id, IdOrNone(file, "eos_token_id"));
  return special;
}

absl::StatusOr<BpeTokenizer> ReadGgufTokenizer(const GgufFile& file) {
  return TokenizerReader(file).Read();
}

}  // namespace quant_curve
