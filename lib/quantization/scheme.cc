#include "lib/quantization/scheme.h"

#include <cctype>
#include <cmath>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr char kNamedSchemes[] = R"(
schemes {
  name: "fp32"
  weight_format: WEIGHT_FLOAT32
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "fp16"
  weight_format: WEIGHT_FLOAT16
  activation_format: ACTIVATION_FLOAT16
}
schemes {
  name: "int8_per_tensor"
  weight_format: WEIGHT_INTEGER bits: 8 symmetric: true
  granularity: PER_TENSOR method: RTN
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "int8_per_channel"
  weight_format: WEIGHT_INTEGER bits: 8 symmetric: true
  granularity: PER_CHANNEL method: RTN
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "int4_per_group_64"
  weight_format: WEIGHT_INTEGER bits: 4 symmetric: true
  granularity: PER_GROUP group_size: 64 method: RTN
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "int4_per_group_128"
  weight_format: WEIGHT_INTEGER bits: 4 symmetric: true
  granularity: PER_GROUP group_size: 128 method: RTN
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "int4_per_group_64_gptq"
  weight_format: WEIGHT_INTEGER bits: 4 symmetric: true
  granularity: PER_GROUP group_size: 64 method: GPTQ
  activation_format: ACTIVATION_FLOAT32
}
schemes {
  name: "int8_weight_activation"
  weight_format: WEIGHT_INTEGER bits: 8 symmetric: true
  granularity: PER_CHANNEL method: RTN
  activation_format: ACTIVATION_INT8
}
)";

constexpr uint32_t kMaxColumns = uint32_t{1} << 20;
constexpr size_t kMaxNameBytes = 64;
constexpr uint32_t kMaxCoordinateDescentRounds = 16;

// The first error of a parse, on one line.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ =
        absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::Status ParseText(const std::string& text, absl::string_view where,
                       google::protobuf::Message& message) {
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(where, ": not a valid scheme text proto: ", error.text()));
}

// Collects the first violated rule of one scheme.
class Checker {
 public:
  explicit Checker(const Scheme& scheme) : name_(scheme.name()) {}

  template <typename Value>
  void Require(bool holds, absl::string_view field, const Value& value,
               absl::string_view bound) {
    if (holds || !status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat(
        "scheme '", name_, "': ", field, "=", value, ": must be ", bound));
  }

  const absl::Status& status() const { return status_; }

 private:
  const std::string name_;
  absl::Status status_;
};

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
         c == '.';
}

void CheckName(const Scheme& scheme, Checker& check) {
  bool plain = !scheme.name().empty() && scheme.name()[0] != '.' &&
               scheme.name().size() <= kMaxNameBytes;
  for (const char c : scheme.name()) plain = plain && IsNameCharacter(c);
  check.Require(plain, "name", scheme.name(),
                "1 to 64 of A-Z a-z 0-9 _ - . (no leading dot)");
}

void CheckNoGrid(const Scheme& scheme, Checker& check) {
  constexpr absl::string_view kBound = "unset for float weights";
  check.Require(scheme.bits() == 0, "bits", scheme.bits(), kBound);
  check.Require(!scheme.symmetric(), "symmetric", scheme.symmetric(), kBound);
  check.Require(scheme.granularity() == GRANULARITY_UNSPECIFIED, "granularity",
                scheme.granularity(), kBound);
  check.Require(scheme.group_size() == 0, "group_size", scheme.group_size(),
                kBound);
  check.Require(scheme.method() == METHOD_UNSPECIFIED, "method",
                scheme.method(), kBound);
  check.Require(scheme.levels() == LEVELS_UNSPECIFIED, "levels",
                scheme.levels(), kBound);
  check.Require(scheme.embedding_format() == EMBEDDING_FORMAT_UNSPECIFIED,
                "embedding_format", scheme.embedding_format(), kBound);
}

void CheckGrid(const Scheme& scheme, Checker& check) {
  check.Require(scheme.bits() >= 2 && scheme.bits() <= 8, "bits", scheme.bits(),
                "in [2, 8]");
  check.Require(
      scheme.granularity() >= PER_TENSOR && scheme.granularity() <= PER_GROUP,
      "granularity", scheme.granularity(),
      "PER_TENSOR, PER_CHANNEL or PER_GROUP");
  if (scheme.granularity() == PER_GROUP) {
    check.Require(
        scheme.group_size() >= 1 && scheme.group_size() <= kMaxColumns,
        "group_size", scheme.group_size(), "in [1, 1048576]");
  } else {
    check.Require(scheme.group_size() == 0, "group_size", scheme.group_size(),
                  "unset unless granularity is PER_GROUP");
  }
  check.Require(scheme.levels() == LEVELS_UNSPECIFIED ||
                    (Levels_IsValid(scheme.levels()) &&
                     scheme.symmetric() == (scheme.levels() != LEVELS_MINIMUM)),
                "levels", scheme.levels(),
                "unset, LEVELS_SIGNED_SCALE, LEVELS_IQ4_NL or "
                "LEVELS_NONLINEAR_3BIT with symmetric: true, or LEVELS_MINIMUM "
                "without");
  check.Require(scheme.levels() != LEVELS_MINIMUM ||
                    scheme.activation_format() != ACTIVATION_INT8,
                "activation_format", scheme.activation_format(),
                "a float format with LEVELS_MINIMUM");
  check.Require(scheme.levels() != LEVELS_IQ4_NL || scheme.bits() == 4, "bits",
                scheme.bits(), "4 with LEVELS_IQ4_NL");
  check.Require(scheme.levels() != LEVELS_NONLINEAR_3BIT || scheme.bits() == 3,
                "bits", scheme.bits(), "3 with LEVELS_NONLINEAR_3BIT");
  check.Require(scheme.method() == RTN || scheme.method() == GPTQ, "method",
                scheme.method(), "RTN or GPTQ");
  check.Require(scheme.embedding_format() == EMBEDDING_FORMAT_UNSPECIFIED ||
                    scheme.embedding_format() == EMBEDDING_INT8,
                "embedding_format", scheme.embedding_format(),
                "unset or EMBEDDING_INT8");
}

void CheckGptqOptions(const Scheme& scheme, Checker& check) {
  const GptqOptions& options = scheme.gptq();
  check.Require(options.ByteSizeLong() > 0, "gptq", "{}",
                "unset, or have an option");
  check.Require(scheme.granularity() == PER_GROUP, "granularity",
                scheme.granularity(), "PER_GROUP with options in `gptq`");
  check.Require(!options.scale_search() || scheme.symmetric() ||
                    scheme.levels() == LEVELS_MINIMUM,
                "gptq.scale_search", options.scale_search(),
                "unset for grids with zero points");
  check.Require(!options.least_squares_target() || scheme.sequential(),
                "gptq.least_squares_target", options.least_squares_target(),
                "unset unless sequential is true");
  check.Require(
      options.coordinate_descent_rounds() <= kMaxCoordinateDescentRounds,
      "gptq.coordinate_descent_rounds", options.coordinate_descent_rounds(),
      "at most 16");
}

void CheckGptq(const Scheme& scheme, Checker& check) {
  if (scheme.method() == GPTQ) {
    check.Require(scheme.damping() >= 0 && scheme.damping() <= 1, "damping",
                  scheme.damping(), "in [0, 1] (0 means 0.01)");
    check.Require(scheme.block_size() <= kMaxColumns, "block_size",
                  scheme.block_size(), "at most 1048576 (0 means 128)");
    if (scheme.has_gptq()) CheckGptqOptions(scheme, check);
    return;
  }
  constexpr absl::string_view kBound = "unset unless method is GPTQ";
  check.Require(scheme.damping() == 0, "damping", scheme.damping(), kBound);
  check.Require(scheme.block_size() == 0, "block_size", scheme.block_size(),
                kBound);
  check.Require(!scheme.activation_order(), "activation_order",
                scheme.activation_order(), kBound);
  check.Require(!scheme.sequential(), "sequential", scheme.sequential(),
                kBound);
  check.Require(!scheme.has_gptq(), "gptq", scheme.has_gptq(), kBound);
}

void CheckActivations(const Scheme& scheme, Checker& check) {
  check.Require(scheme.activation_format() >= ACTIVATION_FLOAT32 &&
                    scheme.activation_format() <= ACTIVATION_INT8,
                "activation_format", scheme.activation_format(),
                "ACTIVATION_FLOAT32, ACTIVATION_FLOAT16 or ACTIVATION_INT8");
  const double percentile = scheme.activation_clip_percentile();
  if (scheme.activation_format() == ACTIVATION_INT8) {
    check.Require(percentile >= 0 && percentile <= 100,
                  "activation_clip_percentile", percentile,
                  "in [0, 100] (0 means no clip)");
  } else {
    check.Require(percentile == 0, "activation_clip_percentile", percentile,
                  "unset unless activation_format is ACTIVATION_INT8");
  }
}

absl::Status UnknownScheme(const std::string& flag, const SchemeList& known) {
  std::vector<std::string> names;
  for (const Scheme& scheme : known.schemes()) names.push_back(scheme.name());
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown scheme '", flag, "': known are ", absl::StrJoin(names, ", "),
      "; or give a text proto (name: \"…\" …) or a path to a .textproto"));
}

}  // namespace

absl::StatusOr<SchemeList> NamedSchemes() {
  SchemeList list;
  RETURN_IF_ERROR(ParseText(kNamedSchemes, "named schemes", list));
  return list;
}

absl::Status ValidateScheme(const Scheme& scheme) {
  Checker check(scheme);
  CheckName(scheme, check);
  check.Require(scheme.weight_format() >= WEIGHT_FLOAT32 &&
                    scheme.weight_format() <= WEIGHT_INTEGER,
                "weight_format", scheme.weight_format(),
                "WEIGHT_FLOAT32, WEIGHT_FLOAT16 or WEIGHT_INTEGER");
  if (scheme.weight_format() == WEIGHT_INTEGER) {
    CheckGrid(scheme, check);
  } else {
    CheckNoGrid(scheme, check);
  }
  CheckGptq(scheme, check);
  CheckActivations(scheme, check);
  return check.status();
}

absl::StatusOr<Scheme> ResolveScheme(const std::string& flag) {
  Scheme scheme;
  if (absl::EndsWith(flag, ".textproto")) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(flag));
    RETURN_IF_ERROR(ParseText(text, flag, scheme));
  } else if (absl::StrContains(flag, ':')) {
    RETURN_IF_ERROR(ParseText(flag, "--scheme", scheme));
  } else {
    ASSIGN_OR_RETURN(const SchemeList known, NamedSchemes());
    for (const Scheme& named : known.schemes()) {
      if (named.name() == flag) return named;
    }
    return UnknownScheme(flag, known);
  }
  RETURN_IF_ERROR(ValidateScheme(scheme));
  return scheme;
}

bool NeedsCalibration(const Scheme& scheme) {
  return scheme.method() == GPTQ || scheme.activation_clip_percentile() > 0;
}

}  // namespace quant_curve
