#include "tools/audit/fake_readme.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"

namespace quant_curve {
namespace {

std::string WithThousands(uint64_t value) {
  return value < 1000 ? absl::StrCat(value)
                      : absl::StrFormat("%s,%03d", WithThousands(value / 1000),
                                        value % 1000);
}

std::string ResultsLine(const SchemeResult& scheme, bool is_reference) {
  const std::string gap =
      is_reference
          ? "0 %"
          : absl::StrFormat("%+.3f ± %.3f %%", scheme.perplexity_gap_percent(),
                            scheme.perplexity_gap_stderr_percent());
  const std::string accuracy_gap =
      scheme.prediction_flips() == 0
          ? "0"
          : absl::StrFormat("%+.2f ± %.2f", scheme.accuracy_gap_points(),
                            scheme.accuracy_gap_stderr_points());
  return absl::StrFormat(
      "| `%s` | %.2f | %s | %.4f ± %.4f | %s | %.1f %% [%.1f, %.1f] | %s | "
      "%.0f (%.0f, %.0f) | on it |\n",
      scheme.name(), scheme.bits_per_weight(),
      WithThousands(scheme.bytes().total()), scheme.perplexity(),
      scheme.perplexity_stderr(), gap, 100 * scheme.verb_tense_accuracy(),
      100 * scheme.verb_tense_accuracy_low(),
      100 * scheme.verb_tense_accuracy_high(), accuracy_gap,
      scheme.prediction_flips(), scheme.flips_to_right(),
      scheme.flips_to_wrong());
}

// Every fake step has as many FLOP: intensities go as one over the bytes.
std::string SpeedLine(const Timing& timing, const DecodeTiming& decode,
                      const DecodeTiming& base) {
  const RooflineDot dot =
      MakeRooflineDot(timing, decode).value_or(RooflineDot());
  const Spread spread = TokensPerSecond(decode);
  const Spread speedup = SpeedupOver(base, decode);
  const Spread memory = MemoryBytesPerSecond(decode);
  return absl::StrFormat(
      "| `%s` | %s | %.2f | %s [%s, %s] | %.4f | %.2f [%.2f, %.2f] | %.2f | "
      "%.1f | %s %.1f [%.1f, %.1f] | %.0f %% of %s |\n",
      decode.scheme().name(), WithThousands(decode.bytes_per_token() + 0.5),
      decode.flops_per_token() / decode.bytes_per_token(),
      WithThousands(spread.median + 0.5), WithThousands(spread.low + 0.5),
      WithThousands(spread.high + 0.5), 1000 / spread.median, speedup.median,
      speedup.low, speedup.high,
      base.bytes_per_token() / decode.bytes_per_token(),
      decode.bytes_per_token() * spread.median / 1e9,
      MemoryLevel_Name(decode.memory_level()), memory.median / 1e9,
      memory.low / 1e9, memory.high / 1e9, 100 * dot.share,
      RoofName(dot, decode.scheme()));
}

std::string SpeedTable(const Timing& timing, uint32_t threads) {
  std::string text =
      "| scheme | bytes a token | FLOP/byte | tokens/s [10th, 90th "
      "percentile] | ms/token | speed-up [10th, 90th] | bound on it | GB/s | "
      "memory, GB/s [10th, 90th] | ceiling |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
      "\n";
  const DecodeTiming& base = *FindDecode(timing, "minigpt", "fp32", threads);
  for (const DecodeTiming* decode : DecodesOf(timing, "minigpt", threads)) {
    text += SpeedLine(timing, *decode, base);
  }
  return text;
}

}  // namespace

std::string FakeReadme(const Results& results, const Timing& timing) {
  std::string text =
      "# Fake\n\n| scheme | bits/weight | bytes | perplexity | gap to fp32 | "
      "verb-tense accuracy | accuracy gap, points | flips (to right, to "
      "wrong) | frontier |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | "
      "---: | ---: |\n";
  for (const SchemeResult& scheme : results.schemes()) {
    text += ResultsLine(scheme, scheme.name() == results.reference_scheme());
  }
  const int repeats = FindDecode(timing, "minigpt", "fp32", 2)->seconds_size();
  return absl::StrCat(
      text, "\n**minigpt**, 103,680 parameters, 1 thread. Fits.\n\n",
      SpeedTable(timing, 1), "\n### minigpt, 103,680 parameters, 2 threads, ",
      repeats, repeats == 1 ? " repeat" : " repeats", "\n\n",
      SpeedTable(timing, 2));
}

}  // namespace quant_curve
