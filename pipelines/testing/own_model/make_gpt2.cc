// Writes a GPT-2 with random weights and token ids to calibrate and to measure
// on: as large as the real one, where that is not to be had.
//
//   make_gpt2 --output=FOLDER --calibration_sequences=128
//
// leaves model/{config.json,model.safetensors}, calibration.txt and
// evaluation.txt in an existing FOLDER with a folder `model`.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"
#include "pipelines/testing/own_model/gpt2_folder.h"

ABSL_FLAG(std::string, output, "", "existing folder with a folder `model`");
ABSL_FLAG(uint64_t, seed, 1, "of weights and tokens");
ABSL_FLAG(int, vocab_size, 50257, "tokens; all defaults are GPT-2 small's");
ABSL_FLAG(int, d_model, 768, "width");
ABSL_FLAG(int, num_layers, 12, "blocks");
ABSL_FLAG(int, num_heads, 12, "heads");
ABSL_FLAG(int, context_length, 1024, "positions");
ABSL_FLAG(int, calibration_sequences, 128, "contexts in calibration.txt");
ABSL_FLAG(int, evaluation_windows, 16, "contexts in evaluation.txt");

namespace quant_curve {
namespace {

// GPT-2's initialization: N(0, 0.02^2), projections into the residual stream
// smaller by the root of their number; norms 1, biases 0.
void Initialize(const std::string& name, int num_layers, Random& random,
                std::vector<float>& values) {
  const bool is_norm = absl::StrContains(name, "ln_");
  if (is_norm || absl::EndsWith(name, ".bias")) {
    const bool is_one = is_norm && absl::EndsWith(name, ".weight");
    values.assign(values.size(), is_one ? 1.0f : 0.0f);
    return;
  }
  double deviation = 0.02;
  if (absl::EndsWith(name, "c_proj.weight")) {
    deviation /= std::sqrt(2.0 * num_layers);
  }
  for (float& value : values) {
    value = static_cast<float>(deviation * Normal(random));
  }
}

std::string RandomIds(int64_t count, int vocab_size, Random& random) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, random.Below(vocab_size), i % 16 == 15 ? "\n" : " ");
  }
  return text;
}

absl::Status Run() {
  const std::string folder = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("output", folder));
  for (const absl::Flag<int>* flag :
       {&FLAGS_vocab_size, &FLAGS_d_model, &FLAGS_num_layers, &FLAGS_num_heads,
        &FLAGS_context_length, &FLAGS_calibration_sequences,
        &FLAGS_evaluation_windows}) {
    if (absl::GetFlag(*flag) >= 1) continue;
    return UsageError("shapes and counts must be >= 1");
  }
  const Gpt2Shape shape = {
      absl::GetFlag(FLAGS_vocab_size), absl::GetFlag(FLAGS_d_model),
      absl::GetFlag(FLAGS_num_layers), absl::GetFlag(FLAGS_num_heads),
      absl::GetFlag(FLAGS_context_length)};
  const uint64_t seed = absl::GetFlag(FLAGS_seed);
  Random weights(seed);
  RETURN_IF_ERROR(
      WriteGpt2Folder(folder + "/model", shape,
                      [&](const std::string& name, std::vector<float>& values) {
                        Initialize(name, shape.num_layers, weights, values);
                      }));
  Random tokens(seed, 1);
  for (const auto& [file, contexts] :
       {std::make_pair("calibration.txt",
                       absl::GetFlag(FLAGS_calibration_sequences)),
        std::make_pair("evaluation.txt",
                       absl::GetFlag(FLAGS_evaluation_windows))}) {
    const int64_t count = int64_t{contexts} * shape.context_length;
    RETURN_IF_ERROR(
        WriteFileAtomically(absl::StrCat(folder, "/", file),
                            RandomIds(count, shape.vocab_size, tokens)));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "make_gpt2", argc, argv,
      "Writes a GPT-2 with random weights, and texts of token ids.\n"
      "Example: make_gpt2 --output=FOLDER",
      quant_curve::Run);
}
