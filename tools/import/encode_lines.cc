// Prints what texts are encoded to, to be compared with other tokenizers
// (tools/peers/tokenizers.sh):
//
//   encode_lines TOKENIZER_JSON TEXTS
//
// TEXTS holds a JSON string on each line. For each it prints the ids between
// spaces, or "! " and why it is refused; with "~ " in front of the ids, text
// that does not decode to itself.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/tokenizer_json.h"

namespace quant_curve {
namespace {

absl::StatusOr<std::string> EncodeLine(const BpeCodec& codec,
                                       absl::string_view line) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(std::string(line), "line"));
  ASSIGN_OR_RETURN(const std::string text, JsonView(json, "line").String());
  const auto ids = codec.Encode(text);
  if (!ids.ok()) return absl::StrCat("! ", ids.status().message());
  ASSIGN_OR_RETURN(const std::string decoded, codec.Decode(*ids));
  return absl::StrCat(decoded == text ? "" : "~ ", absl::StrJoin(*ids, " "));
}

absl::Status Run(const std::string& tokenizer_path, const std::string& path) {
  ASSIGN_OR_RETURN(BpeTokenizer tokenizer, ReadTokenizerJson(tokenizer_path));
  ASSIGN_OR_RETURN(const BpeCodec codec,
                   BpeCodec::Create(std::move(tokenizer)));
  ASSIGN_OR_RETURN(const std::string texts, ReadFile(path, int64_t{1} << 30));
  for (const absl::string_view line :
       absl::StrSplit(texts, '\n', absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(const std::string ids, EncodeLine(codec, line));
    std::cout << ids << "\n";
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: encode_lines TOKENIZER_JSON TEXTS\n";
    return 2;
  }
  const absl::Status status = quant_curve::Run(argv[1], argv[2]);
  if (status.ok()) return 0;
  std::cerr << "encode_lines: " << status.message() << "\n";
  return 1;
}
