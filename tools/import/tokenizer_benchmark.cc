// Google Benchmark of encoding, with a tokenizer.json of a model and a text:
//
//   bazel run //tools/import:tokenizer_benchmark --
//       --tokenizer=/models/x/tokenizer.json --text=/data/english.txt
//
// Counter: bytes of text a second. "Documents" encodes the text in pieces of
// 4 KiB, "File" in one, both with a codec that has encoded it before; "Cold"
// with a new one each time, whose making does not count.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "lib/artifact/file.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/tokenizer_json.h"

ABSL_FLAG(std::string, tokenizer, "", "tokenizer.json");
ABSL_FLAG(std::string, text, "", "UTF-8 text");

namespace quant_curve {
namespace {

constexpr size_t kDocumentBytes = 4096;

struct Inputs {
  BpeTokenizer tokenizer;
  std::string text;
};

const Inputs& Read() {
  static const auto* const inputs = [] {
    const auto tokenizer = ReadTokenizerJson(absl::GetFlag(FLAGS_tokenizer));
    const auto text = ReadFile(absl::GetFlag(FLAGS_text), int64_t{1} << 30);
    for (const absl::Status& status : {tokenizer.status(), text.status()}) {
      if (status.ok()) continue;
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      std::exit(1);
    }
    return new Inputs{*tokenizer, *text};
  }();
  return *inputs;
}

// Cut between characters.
std::vector<absl::string_view> Documents(absl::string_view text) {
  std::vector<absl::string_view> documents;
  while (!text.empty()) {
    size_t size = std::min(kDocumentBytes, text.size());
    while (size < text.size() && (text[size] & 0xc0) == 0x80) ++size;
    documents.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return documents;
}

void Encode(benchmark::State& state, bool in_one, bool cold) {
  const Inputs& inputs = Read();
  const std::vector<absl::string_view> documents =
      in_one ? std::vector<absl::string_view>{inputs.text}
             : Documents(inputs.text);
  auto codec = BpeCodec::Create(inputs.tokenizer);
  uint64_t tokens = 0;
  for (auto _ : state) {
    if (cold) {
      state.PauseTiming();
      codec = BpeCodec::Create(inputs.tokenizer);
      state.ResumeTiming();
    }
    tokens = 0;
    for (const absl::string_view document : documents) {
      const auto ids = codec->Encode(document);
      if (!ids.ok()) return state.SkipWithError("a text is refused");
      tokens += ids->size();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(inputs.text.size()));
  state.counters["tokens"] = static_cast<double>(tokens);
}

BENCHMARK_CAPTURE(Encode, Documents, false, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Encode, File, true, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Encode, Cold, true, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
