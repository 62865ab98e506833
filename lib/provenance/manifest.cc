#include "lib/provenance/manifest.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "absl/base/config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/util/json_util.h"
#include "hwy/highway.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr absl::string_view kPredicateType = "https://slsa.dev/provenance/v1";
constexpr absl::string_view kBuilderId = "urn:quant-curve:builder:v1";
constexpr absl::string_view kBuildTypePrefix = "urn:quant-curve:stage:";
constexpr absl::string_view kBuildTypeSuffix = ":v1";
constexpr size_t kHexDigits = 64;

// Instruction set that the compiler may assume (.bazelrc). What the kernels
// choose beyond it at run time changes no bit.
std::string IsaBaseline() {
#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
  return "x86-64-v3";
#elif defined(__x86_64__)
  return "x86-64";
#elif defined(__aarch64__)
  return "armv8-a";
#else
  return "unknown";
#endif
}

void SetVersions(Builder& builder) {
  auto& version = *builder.mutable_version();
  version["abseil"] = absl::StrCat(ABSL_LTS_RELEASE_VERSION);
  version["compiler"] = __VERSION__;
  version["glibc"] = absl::StrCat(__GLIBC__, ".", __GLIBC_MINOR__);
  version["highway"] = absl::StrCat(HWY_MAJOR, ".", HWY_MINOR, ".", HWY_PATCH);
  const int protobuf = GOOGLE_PROTOBUF_VERSION;
  version["protobuf"] = absl::StrCat(
      protobuf / 1000000, ".", protobuf / 1000 % 1000, ".", protobuf % 1000);
}

bool IsHexDigest(absl::string_view text) {
  if (text.size() != kHexDigits) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c) && !(c >= 'a' && c <= 'f')) return false;
  }
  return true;
}

// Protocol buffers print fields in the order of their numbers and maps in any
// order; Json keeps objects sorted by their keys' bytes.
std::string Canonical(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::Status CheckResource(const ResourceDescriptor& resource,
                           absl::string_view name, absl::string_view field) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", field, why));
  };
  if (resource.name().empty() || resource.name() == "." ||
      resource.name() == ".." || absl::StrContains(resource.name(), '/')) {
    return refuse(absl::StrCat(".name '", resource.name(),
                               "' must be a file's name, without a folder"));
  }
  if (resource.digest().size() != 1 || !IsHexDigest(Sha256Of(resource))) {
    return refuse(
        ".digest must be {\"sha256\": 64 lower-case hexadecimal digits}");
  }
  const Annotations& annotations = resource.annotations();
  if (annotations.kind().empty()) {
    return refuse(".annotations.kind is missing");
  }
  for (const auto& [key, digest] :
       {std::make_pair("contentsSha256", annotations.contents_sha256()),
        std::make_pair("scriptSha256", annotations.script_sha256())}) {
    if (digest.empty() || IsHexDigest(digest)) continue;
    return refuse(absl::StrCat(".annotations.", key,
                               " must be 64 lower-case hexadecimal digits"));
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const Statement& statement, absl::string_view name) {
  const auto refuse = [name](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
  };
  const auto expect = [&](absl::string_view field, absl::string_view is,
                          absl::string_view expected) {
    if (is == expected) return absl::OkStatus();
    return refuse(
        absl::StrCat(field, " is '", is, "', must be '", expected, "'"));
  };
  RETURN_IF_ERROR(expect("_type", statement.type(), kStatementType));
  RETURN_IF_ERROR(
      expect("predicateType", statement.predicate_type(), kPredicateType));
  RETURN_IF_ERROR(expect("predicate.runDetails.builder.id",
                         statement.predicate().run_details().builder().id(),
                         kBuilderId));
  const BuildDefinition& build = statement.predicate().build_definition();
  if (StageOf(statement).empty()) {
    return refuse(absl::StrCat(
        "predicate.buildDefinition.buildType is '", build.build_type(),
        "', must be '", kBuildTypePrefix, "STAGE", kBuildTypeSuffix, "'"));
  }
  if (statement.subject().empty()) return refuse("subject is empty");
  for (int i = 0; i < statement.subject_size(); ++i) {
    RETURN_IF_ERROR(CheckResource(statement.subject(i), name,
                                  absl::StrCat("subject[", i, "]")));
  }
  for (int i = 0; i < build.resolved_dependencies_size(); ++i) {
    RETURN_IF_ERROR(CheckResource(
        build.resolved_dependencies(i), name,
        absl::StrCat("predicate.buildDefinition.resolvedDependencies[", i,
                     "]")));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ManifestPath(absl::string_view path) {
  return absl::StrCat(path, kManifestSuffix);
}

std::string BaseName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == absl::string_view::npos ? path
                                                      : path.substr(slash + 1));
}

ResourceDescriptor Describe(absl::string_view path,
                            absl::string_view sha256_raw,
                            absl::string_view kind) {
  ResourceDescriptor resource;
  resource.set_name(BaseName(path));
  (*resource.mutable_digest())["sha256"] = HexDigest(sha256_raw);
  resource.mutable_annotations()->set_kind(std::string(kind));
  return resource;
}

std::string Sha256Of(const ResourceDescriptor& resource) {
  const auto found = resource.digest().find("sha256");
  return found == resource.digest().end() ? "" : found->second;
}

std::string ContentsSha256Of(const ResourceDescriptor& subject) {
  const std::string& contents = subject.annotations().contents_sha256();
  return contents.empty() ? Sha256Of(subject) : contents;
}

Statement NewStatement(absl::string_view stage) {
  Statement statement;
  statement.set_type(std::string(kStatementType));
  statement.set_predicate_type(std::string(kPredicateType));
  Builder& builder =
      *statement.mutable_predicate()->mutable_run_details()->mutable_builder();
  builder.set_id(std::string(kBuilderId));
  SetVersions(builder);
  BuildDefinition& build =
      *statement.mutable_predicate()->mutable_build_definition();
  build.set_build_type(absl::StrCat(kBuildTypePrefix, stage, kBuildTypeSuffix));
  auto& profile = *build.mutable_internal_parameters();
  profile["isa_baseline"] = IsaBaseline();
  profile["fused_multiply_add"] = "where the source says so";
  profile["contraction"] = "off";
  return statement;
}

std::string StageOf(const Statement& statement) {
  absl::string_view type =
      statement.predicate().build_definition().build_type();
  if (!absl::ConsumePrefix(&type, kBuildTypePrefix) ||
      !absl::ConsumeSuffix(&type, kBuildTypeSuffix)) {
    return "";
  }
  for (const char c : type) {
    if (!absl::ascii_islower(c) && c != '_') return "";
  }
  return std::string(type);
}

absl::StatusOr<std::string> ManifestToJson(const Statement& statement) {
  std::string text;
  const auto status =
      google::protobuf::util::MessageToJsonString(statement, &text);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("cannot print a manifest: ", status.ToString()));
  }
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, "a manifest"));
  return Canonical(json);
}

absl::StatusOr<Statement> ManifestFromJson(absl::string_view json,
                                           absl::string_view name) {
  const auto refuse = [name](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
  };
  JsonLimits limits;
  limits.max_bytes = kMaxManifestBytes;
  ASSIGN_OR_RETURN(const Json parsed, ParseJson(json, name, limits));
  if (Canonical(parsed) != json) {
    return refuse(
        "not canonical JSON (sorted keys, two spaces per level, UTF-8, a line "
        "feed at the end)");
  }
  Statement statement;
  const auto status = google::protobuf::util::JsonStringToMessage(
      {json.data(), json.size()}, &statement);
  if (!status.ok()) {
    return refuse(
        absl::StrCat("not a manifest: ", std::string(status.message())));
  }
  RETURN_IF_ERROR(CheckForm(statement, name));
  // Numbers as strings, fields at their defaults: one message, one text.
  ASSIGN_OR_RETURN(const std::string again, ManifestToJson(statement));
  if (again != json) return refuse("not canonical: a default is spelled out");
  return statement;
}

std::string HexFloat(double value) { return absl::StrFormat("%a", value); }

}  // namespace quant_curve
