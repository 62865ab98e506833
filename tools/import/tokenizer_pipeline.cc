#include "tools/import/tokenizer_pipeline.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/pattern_syntax.h"
#include "lib/text/sentencepiece.h"
#include "lib/text/text_splitter.h"

namespace quant_curve {
namespace {

// One stage of a pipeline.
struct Stage {
  std::string type;
  JsonView fields;
};

// The stages of a field: none for null, the parts of a "Sequence" (which stand
// under `parts_key`), or the one. Refuses types other than the supported.
absl::StatusOr<std::vector<Stage>> ReadStages(
    const JsonView& document, absl::string_view key,
    absl::string_view parts_key,
    absl::Span<const absl::string_view> supported) {
  ASSIGN_OR_RETURN(const JsonView field, document.MemberOrNull(key));
  std::vector<JsonView> parts;
  if (!field.IsNull()) {
    ASSIGN_OR_RETURN(const JsonView type, field.Member("type"));
    if (type.value() == "Sequence") {
      ASSIGN_OR_RETURN(const JsonView list, field.Member(parts_key));
      RETURN_IF_ERROR(list.CheckArray());
      for (size_t i = 0; i < list.size(); ++i) parts.push_back(list.Element(i));
    } else {
      parts.push_back(field);
    }
  }
  std::vector<Stage> stages;
  for (const JsonView& part : parts) {
    ASSIGN_OR_RETURN(const JsonView type, part.Member("type"));
    ASSIGN_OR_RETURN(const std::string name, type.String());
    bool known = false;
    for (const absl::string_view one : supported) known |= name == one;
    if (!known) {
      return type.Refuse(absl::StrCat("is ", Excerpt(name), ", supported are ",
                                      absl::StrJoin(supported, ", ")));
    }
    stages.push_back({name, part});
  }
  return stages;
}

absl::Status RequireText(const JsonView& fields, absl::string_view key,
                         absl::string_view only) {
  ASSIGN_OR_RETURN(const JsonView field, fields.Member(key));
  ASSIGN_OR_RETURN(const std::string text, field.String());
  if (text == only) return absl::OkStatus();
  return field.Refuse(
      absl::StrCat("is ", Excerpt(text), ", supported is '", only, "'"));
}

struct Normalizer {
  bool prepends = false;
  bool replaces_spaces = false;
  TextNormalization form = TEXT_NORMALIZATION_UNSPECIFIED;
};

absl::StatusOr<Normalizer> ReadNormalizer(const JsonView& document) {
  ASSIGN_OR_RETURN(const std::vector<Stage> stages,
                   ReadStages(document, "normalizer", "normalizers",
                              {"NFC", "NFKC", "Prepend", "Replace"}));
  Normalizer normalizer;
  for (const auto& [type, fields] : stages) {
    if (type == "NFC" || type == "NFKC") {
      if (&fields != &stages[0].fields) {
        return fields.Refuse(absl::StrCat(
            "is ", type, ", which is supported as the first normalizer"));
      }
      normalizer.form = type == "NFC" ? NFC : NFKC;
      continue;
    }
    bool& done =
        type == "Prepend" ? normalizer.prepends : normalizer.replaces_spaces;
    if (done) return fields.Refuse(absl::StrCat("is a second ", type));
    done = true;
    if (type == "Prepend") {
      RETURN_IF_ERROR(RequireText(fields, "prepend", kSpaceSign));
      continue;
    }
    ASSIGN_OR_RETURN(const JsonView pattern, fields.Member("pattern"));
    RETURN_IF_ERROR(RequireText(pattern, "String", " "));
    RETURN_IF_ERROR(RequireText(fields, "content", kSpaceSign));
  }
  return normalizer;
}

absl::StatusOr<bool> ReadBool(const JsonView& fields, absl::string_view key,
                              bool otherwise) {
  ASSIGN_OR_RETURN(const JsonView field, fields.MemberOrNull(key));
  return field.BoolOr(otherwise);
}

absl::Status ReadByteLevel(const JsonView& fields,
                           TokenizerPipeline& pipeline) {
  pipeline.kind = BYTE_LEVEL;
  ASSIGN_OR_RETURN(const JsonView prefix,
                   fields.MemberOrNull("add_prefix_space"));
  ASSIGN_OR_RETURN(const bool prefixed, prefix.BoolOr(false));
  if (prefixed) return prefix.Refuse("is true, only false is supported");
  ASSIGN_OR_RETURN(const bool uses_regex, ReadBool(fields, "use_regex", true));
  if (uses_regex) pipeline.split_patterns.emplace_back(kGpt2Pattern);
  return absl::OkStatus();
}

// {"Regex": PATTERN}, or {"String": TEXT} as the pattern of that text.
absl::StatusOr<std::string> ReadPattern(const JsonView& fields) {
  ASSIGN_OR_RETURN(const JsonView pattern, fields.Member("pattern"));
  ASSIGN_OR_RETURN(const JsonView text, pattern.MemberOrNull("String"));
  if (!text.IsNull()) {
    ASSIGN_OR_RETURN(const std::string literal, text.String());
    return LiteralPattern(literal);
  }
  ASSIGN_OR_RETURN(const JsonView regex, pattern.Member("Regex"));
  ASSIGN_OR_RETURN(std::string expression, regex.String());
  const absl::Status valid = CheckSplitPattern(expression);
  if (!valid.ok()) {
    return regex.Refuse(
        absl::StrCat("is ", Excerpt(expression), ": ", valid.message()));
  }
  return expression;
}

absl::Status ReadSplit(const JsonView& fields, TokenizerPipeline& pipeline) {
  ASSIGN_OR_RETURN(std::string pattern, ReadPattern(fields));
  ASSIGN_OR_RETURN(const JsonView behavior, fields.Member("behavior"));
  ASSIGN_OR_RETURN(const std::string name, behavior.String());
  ASSIGN_OR_RETURN(const bool inverted, ReadBool(fields, "invert", false));
  // Inverted, the matches are what stays; published patterns match all text.
  if (name != "Isolated" && !(name == "Removed" && inverted)) {
    return behavior.Refuse(absl::StrCat(
        "is ", Excerpt(name), inverted ? " with" : " without",
        " invert, supported are Isolated, and Removed with invert"));
  }
  pipeline.split_patterns.push_back(std::move(pattern));
  return absl::OkStatus();
}

absl::Status ReadDigits(const JsonView& fields, TokenizerPipeline& pipeline) {
  ASSIGN_OR_RETURN(const bool individual,
                   ReadBool(fields, "individual_digits", false));
  pipeline.split_patterns.push_back(individual ? "\\p{N}" : "\\p{N}+");
  return absl::OkStatus();
}

// Split and Digits, then ByteLevel.
absl::Status ReadByteLevelStages(const std::vector<Stage>& stages,
                                 TokenizerPipeline& pipeline) {
  for (const auto& [type, fields] : stages) {
    if (pipeline.kind == BYTE_LEVEL || type == "Metaspace") {
      return fields.Refuse(absl::StrCat(
          "is ", type,
          ": supported are Split and Digits before one ByteLevel, or Metaspace "
          "without others"));
    }
    RETURN_IF_ERROR(type == "Split"    ? ReadSplit(fields, pipeline)
                    : type == "Digits" ? ReadDigits(fields, pipeline)
                                       : ReadByteLevel(fields, pipeline));
  }
  return absl::OkStatus();
}

// Gemma 3's: the normalizer has left no space that it could split at.
absl::StatusOr<bool> IsSplitAtNothing(const std::vector<Stage>& stages,
                                      const Normalizer& normalizer) {
  if (stages.size() != 1 || stages[0].type != "Split" ||
      !normalizer.replaces_spaces) {
    return false;
  }
  ASSIGN_OR_RETURN(const std::string pattern, ReadPattern(stages[0].fields));
  return pattern == LiteralPattern(" ");
}

// "prepend_scheme", or before tokenizers 0.15 "add_prefix_space".
absl::StatusOr<PrefixSpace> ReadPrependScheme(const JsonView& fields) {
  ASSIGN_OR_RETURN(const JsonView scheme,
                   fields.MemberOrNull("prepend_scheme"));
  if (scheme.IsNull()) {
    ASSIGN_OR_RETURN(const JsonView add,
                     fields.MemberOrNull("add_prefix_space"));
    ASSIGN_OR_RETURN(const bool prefixed, add.BoolOr(true));
    return prefixed ? PREFIX_EACH : PREFIX_NONE;
  }
  ASSIGN_OR_RETURN(const std::string name, scheme.String());
  if (name == "always") return PREFIX_EACH;
  if (name == "first") return PREFIX_FIRST;
  if (name == "never") return PREFIX_NONE;
  return scheme.Refuse(absl::StrCat("is ", Excerpt(name),
                                    ", supported are always, first and never"));
}

absl::Status ReadMetaspace(const JsonView& fields,
                           TokenizerPipeline& pipeline) {
  RETURN_IF_ERROR(RequireText(fields, "replacement", kSpaceSign));
  ASSIGN_OR_RETURN(pipeline.prefix_space, ReadPrependScheme(fields));
  ASSIGN_OR_RETURN(const JsonView split, fields.MemberOrNull("split"));
  ASSIGN_OR_RETURN(pipeline.split_at_spaces, split.BoolOr(true));
  return absl::OkStatus();
}

absl::Status ReadSentencePiece(const Normalizer& normalizer,
                               const std::vector<Stage>& stages,
                               TokenizerPipeline& pipeline) {
  if (!stages.empty() && stages[0].type == "Metaspace") {
    RETURN_IF_ERROR(ReadMetaspace(stages[0].fields, pipeline));
  }
  pipeline.replaces_spaces = normalizer.replaces_spaces;
  if (!normalizer.prepends) return absl::OkStatus();
  // A PREFIX_FIRST of Metaspace finds its space there already.
  pipeline.takes_normalized =
      normalizer.replaces_spaces && pipeline.prefix_space != PREFIX_EACH;
  pipeline.prefix_space = PREFIX_NORMALIZED;
  return absl::OkStatus();
}

absl::Status ReadWords(const JsonView& document, TokenizerPipeline& pipeline) {
  ASSIGN_OR_RETURN(const Normalizer normalizer, ReadNormalizer(document));
  pipeline.normalization = normalizer.form;
  ASSIGN_OR_RETURN(const std::vector<Stage> stages,
                   ReadStages(document, "pre_tokenizer", "pretokenizers",
                              {"Split", "Digits", "ByteLevel", "Metaspace"}));
  ASSIGN_OR_RETURN(const JsonView field,
                   document.MemberOrNull("pre_tokenizer"));
  if (stages.empty() && !normalizer.replaces_spaces) {
    return field.Refuse(
        "is null, which is supported where the normalizer replaces ' ' by "
        "'▁'; else ByteLevel or Metaspace is");
  }
  const bool has_metaspace =
      stages.size() == 1 && stages[0].type == "Metaspace";
  ASSIGN_OR_RETURN(const bool splits_nothing,
                   IsSplitAtNothing(stages, normalizer));
  if (stages.empty() || has_metaspace || splits_nothing) {
    return ReadSentencePiece(normalizer, stages, pipeline);
  }
  RETURN_IF_ERROR(ReadByteLevelStages(stages, pipeline));
  if (pipeline.kind != BYTE_LEVEL) {
    return field.Refuse(
        "has no ByteLevel at its end, nor is it Metaspace: other combinations "
        "are not supported");
  }
  if (normalizer.prepends || normalizer.replaces_spaces) {
    return field.Refuse(
        "is ByteLevel, supported without Prepend and Replace in the "
        "normalizer");
  }
  return absl::OkStatus();
}

// {"SpecialToken": {"id": NAME}}, whose id is in special_tokens.
absl::StatusOr<uint32_t> SpecialTokenId(const JsonView& piece,
                                        const JsonView& template_fields) {
  ASSIGN_OR_RETURN(const JsonView token, piece.Member("SpecialToken"));
  ASSIGN_OR_RETURN(const JsonView id_field, token.Member("id"));
  ASSIGN_OR_RETURN(const std::string name, id_field.String());
  ASSIGN_OR_RETURN(const JsonView all,
                   template_fields.Member("special_tokens"));
  ASSIGN_OR_RETURN(const JsonView definition, all.Member(name));
  ASSIGN_OR_RETURN(const JsonView ids, definition.Member("ids"));
  RETURN_IF_ERROR(ids.CheckArray());
  if (ids.size() != 1) return ids.Refuse("must hold one id");
  ASSIGN_OR_RETURN(const uint64_t id,
                   ids.Element(0).Uint(std::numeric_limits<uint32_t>::max()));
  return static_cast<uint32_t>(id);
}

// "single": the text, after at most one special token.
absl::Status ReadTemplate(const JsonView& fields, TokenizerPipeline& pipeline) {
  ASSIGN_OR_RETURN(const JsonView single, fields.Member("single"));
  RETURN_IF_ERROR(single.CheckArray());
  const size_t size = single.size();
  if (size < 1 || size > 2 ||
      !single.Element(size - 1).Member("Sequence").ok()) {
    return single.Refuse(
        "is supported as the text, or one special token and the text");
  }
  if (size == 1) return absl::OkStatus();
  ASSIGN_OR_RETURN(pipeline.bos_id, SpecialTokenId(single.Element(0), fields));
  return absl::OkStatus();
}

absl::Status CheckDecoder(const JsonView& document, BpeKind kind) {
  if (kind == BYTE_LEVEL) {
    return ReadStages(document, "decoder", "decoders", {"ByteLevel"}).status();
  }
  return ReadStages(document, "decoder", "decoders",
                    {"Replace", "ByteFallback", "Fuse", "Strip", "Metaspace"})
      .status();
}

}  // namespace

absl::StatusOr<TokenizerPipeline> ReadTokenizerPipeline(
    const JsonView& document) {
  TokenizerPipeline pipeline;
  RETURN_IF_ERROR(ReadWords(document, pipeline));
  RETURN_IF_ERROR(CheckDecoder(document, pipeline.kind));
  ASSIGN_OR_RETURN(const std::vector<Stage> stages,
                   ReadStages(document, "post_processor", "processors",
                              {"ByteLevel", "TemplateProcessing"}));
  for (const auto& [type, fields] : stages) {
    if (type == "TemplateProcessing") {
      RETURN_IF_ERROR(ReadTemplate(fields, pipeline));
    }
  }
  return pipeline;
}

}  // namespace quant_curve
