#include "tools/calibrate/calibrate_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "tools/calibrate/hessian.h"
#include "tools/calibrate/histogram.h"

namespace quant_curve {
namespace {

// An input that one or more Linears share.
struct InputSpec {
  std::vector<std::string> linears;
  int64_t in_features;
};

std::vector<InputSpec> InputSpecs(const ModelConfig& config) {
  const int64_t d = config.d_model();
  std::vector<InputSpec> specs;
  for (uint64_t i = 0; i < config.num_layers(); ++i) {
    const auto name = [i](absl::string_view rest) {
      return LayerTensorName(i, absl::StrCat(rest, ".weight"));
    };
    specs.push_back(
        {{name("attn.q_proj"), name("attn.k_proj"), name("attn.v_proj")}, d});
    specs.push_back({{name("attn.o_proj")}, d});
    specs.push_back({{name("mlp.fc1")}, d});
    specs.push_back({{name("mlp.fc2")}, static_cast<int64_t>(config.d_ff())});
  }
  return specs;
}

// The activations that stand behind InputSpecs, in its order.
std::vector<const std::vector<float>*> InputsOf(const Activations& a) {
  std::vector<const std::vector<float>*> inputs;
  for (const BlockActivations& block : a.blocks) {
    inputs.insert(inputs.end(), {&block.ln_1.output, &block.attention,
                                 &block.ln_2.output, &block.gelu});
  }
  return inputs;
}

// What one input has gathered.
struct InputStatistics {
  HessianSum hessian;
  MagnitudeCounter histogram;
};

std::vector<InputStatistics> NoStatistics(const std::vector<InputSpec>& specs) {
  std::vector<InputStatistics> statistics;
  for (const InputSpec& spec : specs) {
    statistics.push_back({HessianSum(spec.in_features), MagnitudeCounter()});
  }
  return statistics;
}

// Statistics of the sequences [first, end).
std::vector<InputStatistics> RunBlock(
    const Model& model, const std::vector<std::vector<uint32_t>>& sequences,
    int64_t first, int64_t end, int64_t histogram_sequences,
    const std::vector<InputSpec>& specs) {
  std::vector<InputStatistics> statistics = NoStatistics(specs);
  Activations activations;
  for (int64_t i = first; i < end; ++i) {
    Forward(model, sequences[i], 1, activations);
    const auto inputs = InputsOf(activations);
    const int64_t rows = static_cast<int64_t>(sequences[i].size());
    for (size_t j = 0; j < inputs.size(); ++j) {
      statistics[j].hessian.AddRows(inputs[j]->data(), rows);
      if (i < histogram_sequences) {
        statistics[j].histogram.Add(inputs[j]->data(), inputs[j]->size());
      }
    }
  }
  return statistics;
}

absl::Status FillInput(const InputSpec& spec, const InputStatistics& statistics,
                       LinearInput& input) {
  for (const std::string& linear : spec.linears) input.add_linears(linear);
  const std::vector<double> hessian = statistics.hessian.Mean();
  for (const double value : hessian) {
    if (!std::isfinite(value)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the input of ", spec.linears[0],
          " is not finite on the calibration sequences: the checkpoint is no "
          "working model"));
    }
  }
  const uint64_t n = spec.in_features;
  *input.mutable_hessian() = MakeFloat64("hessian", {n, n}, hessian);
  input.set_off_diagonal_share(OffDiagonalShare(hessian, spec.in_features));
  *input.mutable_histogram() = statistics.histogram.ToProto();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Calibration> CalibrateModel(
    const Model& model, const std::vector<std::vector<uint32_t>>& sequences,
    const CalibrationOptions& options, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress) {
  const std::vector<InputSpec> specs = InputSpecs(model.config);
  const int64_t count = static_cast<int64_t>(sequences.size());
  const int64_t per_block = options.sequences_per_block;
  const int64_t blocks = (count + per_block - 1) / per_block;
  std::vector<InputStatistics> total = NoStatistics(specs);
  // As many blocks at a time as there are threads: memory stays bounded.
  for (int64_t wave = 0; wave < blocks; wave += threads.num_threads()) {
    const int64_t in_wave =
        std::min<int64_t>(threads.num_threads(), blocks - wave);
    std::vector<std::vector<InputStatistics>> parts(in_wave);
    threads.ParallelFor(in_wave, [&](int64_t i) {
      const int64_t first = (wave + i) * per_block;
      parts[i] =
          RunBlock(model, sequences, first, std::min(first + per_block, count),
                   options.histogram_sequences, specs);
    });
    for (const std::vector<InputStatistics>& part : parts) {
      for (size_t j = 0; j < total.size(); ++j) {
        total[j].hessian.AddSum(part[j].hessian);
        total[j].histogram.Merge(part[j].histogram);
      }
    }
    progress(std::min((wave + in_wave) * per_block, count));
  }
  Calibration calibration;
  calibration.set_num_sequences(count);
  calibration.set_sequence_length(sequences[0].size());
  calibration.set_histogram_sequences(
      std::min(options.histogram_sequences, count));
  calibration.set_sequences_per_block(per_block);
  for (size_t j = 0; j < specs.size(); ++j) {
    RETURN_IF_ERROR(FillInput(specs[j], total[j], *calibration.add_inputs()));
  }
  return calibration;
}

}  // namespace quant_curve
