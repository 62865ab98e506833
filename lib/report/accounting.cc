#include "lib/report/accounting.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/report/predictions.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

constexpr char kInt8Scheme[] = "int8_per_channel";
constexpr char kInt8ActivationScheme[] = "int8_weight_activation";
constexpr int64_t kScaleBytes = 4;    // the source's float32
constexpr int64_t kSourceLayers = 7;  // as the source counts them

struct Entry {
  std::string part;
  int64_t source;
  int64_t stored;
};

std::string Signed(int64_t value) {
  return value == 0 ? "0"
                    : absl::StrCat(value < 0 ? "-" : "+",
                                   Thousands(value < 0 ? -value : value));
}

std::vector<std::string> RowOf(const Entry& entry) {
  return {entry.part, Thousands(entry.source), Thousands(entry.stored),
          Signed(entry.stored - entry.source)};
}

// int8-w part by part. `reference` stores four bytes a parameter, so that its
// account counts them.
std::vector<Entry> EntriesOf(const Measurement& reference,
                             const Measurement& int8) {
  const ByteAccount& stored = int8.bytes();
  int64_t rows = 0;
  for (const LinearQuality& linear : int8.linears()) {
    rows += linear.out_features();
  }
  const int64_t embedding = int8.num_lm_head_weights();
  // The first Linear, q_proj, reads the model's width: an embedding's row.
  const int64_t width = int8.linears(0).in_features();
  return {
      {absl::StrFormat("weights of %d Linears", int8.linears_size()),
       static_cast<int64_t>(int8.num_linear_weights()),
       static_cast<int64_t>(stored.weights())},
      {absl::StrFormat("their scales, %s rows: float32, float16",
                       Thousands(rows)),
       rows * kScaleBytes, static_cast<int64_t>(stored.scales())},
      {"embedding: int8, float16", embedding,
       static_cast<int64_t>(stored.embedding())},
      {"its scales: float32, none", embedding / width * kScaleBytes, 0},
      {"biases: int8, float32",
       static_cast<int64_t>(reference.bytes().biases() / 4),
       static_cast<int64_t>(stored.biases())},
      {"LayerNorm: int8, float32",
       static_cast<int64_t>(reference.bytes().layer_norm() / 4),
       static_cast<int64_t>(stored.layer_norm())},
  };
}

}  // namespace

std::string AccountingSection(const Sweep& sweep, const Results& results) {
  const int int8_index = FindScheme(sweep, kInt8Scheme);
  if (!IsPredictedModel(results) || int8_index < 0) return "";
  const Measurement& reference = sweep.measurements[sweep.reference];
  const Measurement& int8 = sweep.measurements[int8_index];
  if (reference.scheme().weight_format() != WEIGHT_FLOAT32 ||
      int8.linears_size() == 0 || int8.linears(0).in_features() == 0) {
    return "";
  }
  std::vector<std::vector<std::string>> rows;
  Entry total = {"**int8-w**", 0, 0};
  for (const Entry& entry : EntriesOf(reference, int8)) {
    rows.push_back(RowOf(entry));
    total.source += entry.source;
    total.stored += entry.stored;
  }
  rows.push_back(RowOf(total));
  const int activation_index = FindScheme(sweep, kInt8ActivationScheme);
  if (activation_index >= 0) {
    const int64_t scales = kSourceLayers * kScaleBytes;
    rows.push_back(
        RowOf({absl::StrFormat("activation scales, %d layers: float32, none",
                               kSourceLayers),
               scales, 0}));
    rows.push_back(
        RowOf({"**int8-wa**", total.source + scales,
               static_cast<int64_t>(
                   sweep.measurements[activation_index].bytes().total())}));
  }
  return absl::StrFormat(
      "## Two accountings of the int8 bytes\n\n%s\n"
      "The source counts every parameter as one byte and comes to %s. Here the "
      "embedding stays float16, biases and LayerNorm float32, and scales are "
      "float16: %s. The source's %d layers are %d Linears here (and the LM "
      "head, tied with the embedding); the scale of an activation is computed "
      "from the current token and not stored. fp32 and fp16 have four and two "
      "bytes per parameter in both accountings.\n",
      MarkdownTable({"part", "source", "stored here", "difference"}, rows),
      KibText(total.source), KibText(total.stored), kSourceLayers,
      int8.linears_size());
}

}  // namespace quant_curve
