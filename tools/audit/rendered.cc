#include "tools/audit/rendered.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/make_figure.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/timing.h"
#include "lib/measurement/verdict.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "lib/quantization/scheme.h"

namespace quant_curve {
namespace {

using google::protobuf::util::MessageDifferencer;

absl::Status WithName(const absl::Status& status, absl::string_view name) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(name, ": ", status.message()));
}

// The inputs of a stage as messages.
struct Inputs {
  std::optional<Sweep> sweep;
  std::optional<Timing> timing;

  const Sweep* sweep_or_null() const { return sweep ? &*sweep : nullptr; }
  const Timing* timing_or_null() const { return timing ? &*timing : nullptr; }
};

// NotFound unless the input's bytes are present; `stage` made it.
absl::Status CheckAtHand(const Stage* stage, const ResourceDescriptor& input) {
  if (stage != nullptr && stage->file != nullptr) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      input.name(), " (SHA-256 ", Sha256Of(input), ") ",
      stage == nullptr ? "has no valid manifest" : "was not found"));
}

template <typename Message>
absl::StatusOr<const Message*> MessageOf(const Stage* stage,
                                         const ResourceDescriptor& input) {
  RETURN_IF_ERROR(CheckAtHand(stage, input));
  absl::StatusOr<const Message*> message = stage->file->Get<Message>();
  RETURN_IF_ERROR(WithName(message.status(), input.name()));
  return message;
}

// What decides what is rendered: flags, and digests of inputs.
std::string KeyOf(const Stage& stage) {
  const auto& flags = stage.build().external_parameters().flags();
  const std::map<std::string, std::string> sorted(flags.begin(), flags.end());
  std::string key;
  const auto add = [&key](absl::string_view text) {
    absl::StrAppend(&key, text.size(), " ", text, " ");
  };
  for (const auto& [name, value] : sorted) {
    add(name);
    add(value);
  }
  for (const FileAndManifest& input : stage.manifest->dependencies().files) {
    add(input.file->annotations().flag());
    add(Sha256Of(*input.file));
  }
  return key;
}

// Whether all inputs are present does not follow from their digests.
absl::Status CheckInputsAtHand(const Chain& chain, const Stage& stage) {
  for (const char* flag : {"measurements", "timing"}) {
    const auto stages = StagesOf(chain, stage, flag);
    const auto inputs = InputsOf(stage, flag);
    for (size_t i = 0; i < inputs.size(); ++i) {
      RETURN_IF_ERROR(CheckAtHand(stages[i], *inputs[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status ComparePaired(const Measurement& measurement,
                           const EvidenceFile& reference) {
  ASSIGN_OR_RETURN(const Measurement* before, reference.Get<Measurement>());
  ASSIGN_OR_RETURN(PairedComparison again, Compare(measurement, *before));
  again.set_reference_sha256(measurement.paired().reference_sha256());
  if (MessageDifferencer::Equals(again, measurement.paired())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "paired: the differences do not follow from the scores of the artifact "
      "and of its reference");
}

absl::StatusOr<uint32_t> ThreadsOf(const Stage& stage) {
  const std::string text = FlagOf(stage, "threads");
  uint32_t threads = 1;
  if (text.empty() || absl::SimpleAtoi(text, &threads)) return threads;
  return absl::InvalidArgumentError(
      absl::StrCat("flag threads is '", text, "', must be a number"));
}

// Leaves `value` as it is where the flag was not given.
absl::Status ReadNumber(const Stage& stage, const std::string& flag,
                        double& value) {
  const std::string text = FlagOf(stage, flag);
  if (text.empty() || absl::SimpleAtod(text, &value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("flag ", flag, " is '", text, "', must be a number"));
}

absl::StatusOr<VerdictOptions> VerdictOptionsOf(const Stage& stage) {
  VerdictOptions options;
  const std::string metric = FlagOf(stage, "quality_metric");
  if (!metric.empty()) options.quality_metric = metric;
  RETURN_IF_ERROR(ReadNumber(stage, "quality_margin", options.quality_margin));
  RETURN_IF_ERROR(ReadNumber(stage, "byte_budget", options.byte_budget));
  return options;
}

absl::StatusOr<std::map<std::string, std::string>> ParametersOfScheme(
    const std::string& flag) {
  QuantizedModel model;
  ASSIGN_OR_RETURN(*model.mutable_scheme(), ResolveScheme(flag));
  return ArtifactParameters(QUANTIZED_MODEL, model);
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> Rendered::SchemeOf(
    const std::string& flag) {
  auto found = memo_.schemes.find(flag);
  if (found == memo_.schemes.end()) {
    found = memo_.schemes.emplace(flag, ParametersOfScheme(flag)).first;
  }
  return found->second;
}

absl::Status Rendered::CheckOf(const EvidenceFile& file,
                               const Measurement& measurement) {
  const auto [entry, is_new] =
      memo_.measurements.emplace(file.sha256(), absl::OkStatus());
  if (is_new) entry->second = CheckMeasurement(measurement);
  return entry->second;
}

absl::Status Rendered::CheckPaired(const EvidenceFile& file,
                                   const Measurement& measurement,
                                   const EvidenceFile& reference) {
  const auto [entry, is_new] = memo_.measurements.emplace(
      absl::StrCat(file.sha256(), " ", reference.sha256()), absl::OkStatus());
  if (is_new) entry->second = ComparePaired(measurement, reference);
  return entry->second;
}

namespace {

absl::StatusOr<Sweep> SweepOf(const Chain& chain, const Stage& stage,
                              Rendered& rendered) {
  const auto inputs = InputsOf(stage, "measurements");
  const auto stages = StagesOf(chain, stage, "measurements");
  std::vector<Measurement> measurements;
  std::vector<std::string> names;
  for (size_t i = 0; i < inputs.size(); ++i) {
    ASSIGN_OR_RETURN(const Measurement* measurement,
                     MessageOf<Measurement>(stages[i], *inputs[i]));
    names.push_back(inputs[i]->name());
    if (measurement->has_shard()) {
      return absl::InvalidArgumentError(
          absl::StrCat(names.back(), ": is a shard, not a whole measurement"));
    }
    RETURN_IF_ERROR(WithName(rendered.CheckOf(*stages[i]->file, *measurement),
                             names.back()));
    measurements.push_back(*measurement);
  }
  return MakeSweep(std::move(measurements), names, FlagOf(stage, "reference"));
}

absl::StatusOr<Inputs> InputMessages(const Chain& chain, const Stage& stage,
                                     Rendered& rendered) {
  Inputs inputs;
  if (!InputsOf(stage, "measurements").empty()) {
    ASSIGN_OR_RETURN(inputs.sweep, SweepOf(chain, stage, rendered));
  }
  const auto timings = InputsOf(stage, "timing");
  if (timings.empty()) return inputs;
  if (timings.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("made of ", timings.size(), " timings, expected 1"));
  }
  ASSIGN_OR_RETURN(
      const Timing* timing,
      MessageOf<Timing>(StagesOf(chain, stage, "timing")[0], *timings[0]));
  RETURN_IF_ERROR(WithName(CheckTiming(*timing), timings[0]->name()));
  inputs.timing = *timing;
  return inputs;
}

absl::StatusOr<ReportFiles> RenderReport(const Chain& chain, const Stage& stage,
                                         Rendered& rendered) {
  ASSIGN_OR_RETURN(const Inputs inputs, InputMessages(chain, stage, rendered));
  ReportOptions options;
  options.reference = FlagOf(stage, "reference");
  options.model = FlagOf(stage, "model");
  ASSIGN_OR_RETURN(options.threads, ThreadsOf(stage));
  options.experiment = FlagOf(stage, "experiment");
  options.title = FlagOf(stage, "title");
  options.command = FlagOf(stage, "command");
  ASSIGN_OR_RETURN(options.verdict, VerdictOptionsOf(stage));
  options.lab = FlagOf(stage, "lab") == "true";
  return MakeReport(inputs.sweep_or_null(), inputs.timing_or_null(), options);
}

absl::StatusOr<RenderedFigure> RenderFigure(const Chain& chain,
                                            const Stage& stage,
                                            Rendered& rendered) {
  ASSIGN_OR_RETURN(const FigureKind kind, FindFigure(FlagOf(stage, "figure")));
  ASSIGN_OR_RETURN(const Inputs inputs, InputMessages(chain, stage, rendered));
  FigureOptions options;
  options.reference = FlagOf(stage, "reference");
  options.y_scale = FlagOf(stage, "y_scale");
  options.model = FlagOf(stage, "model");
  ASSIGN_OR_RETURN(options.threads, ThreadsOf(stage));
  options.schemes =
      absl::StrSplit(FlagOf(stage, "schemes"), ',', absl::SkipEmpty());
  options.experiment = FlagOf(stage, "experiment");
  ASSIGN_OR_RETURN(options.verdict, VerdictOptionsOf(stage));
  ASSIGN_OR_RETURN(const Figure figure,
                   MakeFigure(kind, options, inputs.sweep_or_null(),
                              inputs.timing_or_null()));
  const auto digest = [&figure](ImageFormat format) {
    return HexDigest(Sha256(GnuplotScript(figure, format)));
  };
  return RenderedFigure{digest(ImageFormat::kPng), digest(ImageFormat::kSvg),
                        PlottedPoints(figure)};
}

}  // namespace

absl::StatusOr<const ReportFiles*> Rendered::ReportOf(const Stage& stage) {
  RETURN_IF_ERROR(CheckInputsAtHand(chain_, stage));
  const std::string key = KeyOf(stage);
  auto found = memo_.reports.find(key);
  if (found == memo_.reports.end()) {
    found =
        memo_.reports.emplace(key, RenderReport(chain_, stage, *this)).first;
  }
  RETURN_IF_ERROR(found->second.status());
  return &*found->second;
}

absl::StatusOr<const RenderedFigure*> Rendered::FigureOf(const Stage& stage) {
  RETURN_IF_ERROR(CheckInputsAtHand(chain_, stage));
  const std::string key = KeyOf(stage);
  auto found = memo_.figures.find(key);
  if (found == memo_.figures.end()) {
    found =
        memo_.figures.emplace(key, RenderFigure(chain_, stage, *this)).first;
  }
  RETURN_IF_ERROR(found->second.status());
  return &*found->second;
}

}  // namespace quant_curve
