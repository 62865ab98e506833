// Manifests: what a stage says of the file that it wrote (docs/provenance.md).
//
// A manifest is an in-toto Statement v1 with a SLSA Provenance v1 predicate, in
// canonical JSON: protocol buffers' JSON mapping, keys sorted, two spaces per
// level, UTF-8, one line feed at the end. It holds no time, host, user or path:
// equal runs give equal bytes, so a manifest's digest covers the whole history
// that its dependencies reach back to (a Merkle tree).
#ifndef QUANT_CURVE_LIB_PROVENANCE_MANIFEST_H_
#define QUANT_CURVE_LIB_PROVENANCE_MANIFEST_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/provenance.pb.h"

namespace quant_curve {

inline constexpr absl::string_view kManifestSuffix = ".manifest.json";
// No manifest is larger: a few hundred dependencies take some 100 KiB.
inline constexpr int64_t kMaxManifestBytes = int64_t{4} << 20;

// Kinds of subjects and dependencies that are not artifacts.
inline constexpr absl::string_view kManifestKind = "MANIFEST";
inline constexpr absl::string_view kToolKind = "TOOL";
inline constexpr absl::string_view kProgramKind = "PROGRAM";
inline constexpr absl::string_view kFileKind = "FILE";  // from outside
inline constexpr absl::string_view kSchemaKind = "SCHEMA";

// The manifest of "a/model.qca" is "a/model.qca.manifest.json".
std::string ManifestPath(absl::string_view path);

// The last part of a path: what manifests call a file.
std::string BaseName(absl::string_view path);

// {name, {"sha256": hex of 32 raw bytes}, kind}; a subject or a dependency.
ResourceDescriptor Describe(absl::string_view path,
                            absl::string_view sha256_raw,
                            absl::string_view kind);

// The hexadecimal SHA-256, "" when there is none.
std::string Sha256Of(const ResourceDescriptor& resource);

// The name of the file in other artifacts, hexadecimal: the digest of its
// contents where it has one, otherwise of its bytes.
std::string ContentsSha256Of(const ResourceDescriptor& subject);

// A statement of `stage` with types, builder and numeric profile filled in and
// no subject.
Statement NewStatement(absl::string_view stage);

// "quantize" of "urn:quant-curve:stage:quantize:v1"; "" for any other text.
std::string StageOf(const Statement& statement);

absl::StatusOr<std::string> ManifestToJson(const Statement& statement);

// Parses and checks the form: canonical bytes, known types, a stage, at least
// one subject, every name a base name, every digest 64 hexadecimal digits.
// Errors name `name` and the field.
absl::StatusOr<Statement> ManifestFromJson(absl::string_view json,
                                           absl::string_view name);

// A double as manifests write it, "0x1.8p+1": exact, whatever the locale.
std::string HexFloat(double value);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_PROVENANCE_MANIFEST_H_
