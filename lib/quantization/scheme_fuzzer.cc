// Schemes as text protos: ResolveScheme of a flag and of a file.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "google/protobuf/text_format.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/quantization/scheme.h"

namespace quant_curve {
namespace {

std::string TextOf(const Scheme& scheme) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(scheme, &text);
  return text;
}

void TestText(const std::string& text) {
  const absl::StatusOr<Scheme> scheme =
      ResolveScheme(InputPath("scheme.textproto", text));
  if (!Accepts(scheme)) return;
  Require(ValidateScheme(*scheme).ok(), "a scheme that was read is valid");
  const std::string written = TextOf(*scheme);
  const absl::StatusOr<Scheme> again = ResolveScheme(written);
  Require(again.ok(), "a scheme is read from its own text, as a flag");
  Require(TextOf(*again) == written, "and is the same scheme");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  const SchemeList named = NamedSchemes().value();
  for (const Scheme& scheme : named.schemes()) {
    seeds.push_back(TextOf(scheme));
  }
  return seeds;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(quant_curve::InputView(data, size));
  quant_curve::TestText(text);
  // As a flag it may also be a path; none of this process's files are called
  // so.
  if (absl::StrContains(text, ':') && !absl::EndsWith(text, ".textproto")) {
    quant_curve::ResolveScheme(text).IgnoreError();
  }
  return 0;
}
