#include "tools/export/compressed_tensors.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/families/family.h"
#include "lib/model/config.h"
#include "lib/quantization/grid.h"
#include "lib/quantization/linear.h"
#include "tools/export/folded_multiplier.h"
#include "tools/export/safetensors_plan.h"
#include "tools/export/stored_model.h"

namespace quant_curve {
namespace {

absl::Status Refuse(const Scheme& scheme, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("compressed-tensors can't hold scheme '", scheme.name(),
                   "': ", why, "; use --format=gguf or --format=safetensors"));
}

absl::Status CheckScheme(const Scheme& scheme) {
  if (scheme.weight_format() != WEIGHT_INTEGER) {
    return Refuse(scheme, "its weights are floats");
  }
  if (scheme.bits() != 4 && scheme.bits() != 8) {
    return Refuse(scheme,
                  absl::StrCat("bits=", scheme.bits(), ": vLLM reads 4 and 8"));
  }
  if (scheme.levels() != LEVELS_UNSPECIFIED &&
      scheme.levels() != LEVELS_SIGNED_SCALE) {
    return Refuse(scheme, absl::StrCat("levels=", Levels_Name(scheme.levels()),
                                       ": its codes are evenly spaced around "
                                       "an integer zero point"));
  }
  if (scheme.activation_format() == ACTIVATION_FLOAT32) {
    return absl::OkStatus();
  }
  if (scheme.activation_format() != ACTIVATION_INT8) {
    return Refuse(scheme, "activation_format must be float32 or int8");
  }
  if (scheme.activation_clip_percentile() != 0) {
    return Refuse(scheme, "it clips activations by calibration");
  }
  if (scheme.bits() != 8 || !scheme.symmetric() ||
      scheme.granularity() == PER_GROUP) {
    return Refuse(scheme,
                  "with int8 activations, weights must be symmetric int8 with "
                  "one scale per row or tensor");
  }
  return absl::OkStatus();
}

absl::Status CheckModel(const QuantizedModel& model) {
  const Scheme& scheme = model.scheme();
  RETURN_IF_ERROR(CheckScheme(scheme));
  if (FoldsMultiplier(model.config())) {
    return Refuse(scheme, "the model multiplies its embedding");
  }
  ASSIGN_OR_RETURN(const Family* family, FamilyOf(model.config()));
  for (const QuantizedLinear& linear : model.linears()) {
    if (family->stored(linear.name()).conv1d) {
      return absl::InvalidArgumentError(
          absl::StrCat("compressed-tensors has no ", family->architecture,
                       ": its layers are Conv1D, not Linear; use "
                       "--format=gguf or --format=safetensors"));
    }
    if (scheme.granularity() != PER_GROUP ||
        linear.in_features() % scheme.group_size() == 0) {
      continue;
    }
    return Refuse(scheme, absl::StrCat("the ", linear.in_features(),
                                       " inputs of '", linear.name(),
                                       "' are not a multiple of group_size=",
                                       scheme.group_size()));
  }
  return absl::OkStatus();
}

bool IsInt8Activation(const Scheme& scheme) {
  return scheme.activation_format() == ACTIVATION_INT8;
}

// Groups in activation order keep a group index per column.
bool HasGroupIndex(const Scheme& scheme) {
  return scheme.activation_order() && scheme.granularity() == PER_GROUP;
}

// A Linear in the format's terms: columns in the model's order.
struct Columns {
  UnpackedLinear linear;
  // Of the model's column, where it is in linear.codes.
  std::vector<uint64_t> stored;
  // Of each scale, 0 to 2^bits-1: what is added to a code to make it unsigned.
  std::vector<int> offsets;
};

absl::StatusOr<Columns> ReadColumns(const StoredModel& model,
                                    const std::string& name) {
  const QuantizedLinear& stored = model.Linear(name);
  const Scheme& scheme = model.scheme();
  Columns columns;
  ASSIGN_OR_RETURN(columns.linear, Unpack(stored, scheme, model.payload()));
  const UnpackedLinear& linear = columns.linear;
  columns.stored.resize(linear.in_features);
  for (uint64_t j = 0; j < linear.in_features; ++j) {
    columns.stored[linear.permutation.empty() ? j : linear.permutation[j]] = j;
  }
  columns.offsets.assign(linear.scales.size(), 1 << (scheme.bits() - 1));
  if (scheme.symmetric()) return columns;
  ASSIGN_OR_RETURN(const TensorView view,
                   model.payload().View(stored.zero_points()));
  ASSIGN_OR_RETURN(const std::vector<int8_t> zero_points, ReadInt8(view));
  for (size_t i = 0; i < columns.offsets.size(); ++i) {
    // One stored scale is repeated for every row.
    columns.offsets[i] =
        static_cast<uint8_t>(zero_points[linear.per_tensor ? 0 : i]);
  }
  return columns;
}

absl::Status WritePacked(const StoredModel& model, const std::string& name,
                         ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const Columns columns, ReadColumns(model, name));
  const UnpackedLinear& linear = columns.linear;
  std::vector<uint8_t> row(linear.in_features);
  for (uint64_t r = 0; r < linear.out_features; ++r) {
    const int16_t* codes = &linear.codes[r * linear.in_features];
    const int* offsets = &columns.offsets[r * linear.groups_per_row];
    for (uint64_t i = 0; i < linear.in_features; ++i) {
      const uint64_t j = columns.stored[i];
      row[i] = static_cast<uint8_t>(codes[j] + offsets[j / linear.group_size]);
    }
    RETURN_IF_ERROR(
        sink.Append(BytesOf(PackWords(row, model.scheme().bits()))));
  }
  return absl::OkStatus();
}

absl::Status WriteInt8(const StoredModel& model, const std::string& name,
                       ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const Columns columns, ReadColumns(model, name));
  const UnpackedLinear& linear = columns.linear;
  std::vector<int8_t> row(linear.in_features);
  for (uint64_t r = 0; r < linear.out_features; ++r) {
    for (uint64_t i = 0; i < linear.in_features; ++i) {
      row[i] = static_cast<int8_t>(
          linear.codes[r * linear.in_features + columns.stored[i]]);
    }
    RETURN_IF_ERROR(sink.Append(BytesOf(row)));
  }
  return absl::OkStatus();
}

absl::Status WriteScales(const StoredModel& model, const std::string& name,
                         ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const UnpackedLinear linear,
                   Unpack(model.Linear(name), model.scheme(), model.payload()));
  std::vector<uint16_t> scales;
  for (const float scale : linear.scales) {
    scales.push_back(Float16FromFloat(scale));
  }
  return sink.Append(BytesOf(scales));
}

// Down the rows: word w of a group has rows w f to w f + f - 1.
absl::Status WriteZeroPoints(const StoredModel& model, const std::string& name,
                             ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const Columns columns, ReadColumns(model, name));
  const UnpackedLinear& linear = columns.linear;
  const int bits = model.scheme().bits();
  const uint64_t factor = 32 / bits;
  const uint64_t words = (linear.out_features + factor - 1) / factor;
  std::vector<uint32_t> packed(words * linear.groups_per_row);
  for (uint64_t g = 0; g < linear.groups_per_row; ++g) {
    std::vector<uint8_t> column(linear.out_features);
    for (uint64_t r = 0; r < linear.out_features; ++r) {
      column[r] =
          static_cast<uint8_t>(columns.offsets[r * linear.groups_per_row + g]);
    }
    const std::vector<uint32_t> word = PackWords(column, bits);
    for (uint64_t w = 0; w < words; ++w) {
      packed[w * linear.groups_per_row + g] = word[w];
    }
  }
  return sink.Append(BytesOf(packed));
}

absl::Status WriteGroupIndex(const StoredModel& model, const std::string& name,
                             ByteSink& sink) {
  const QuantizedLinear& linear = model.Linear(name);
  std::vector<int32_t> index(linear.in_features());
  for (uint64_t j = 0; j < linear.in_features(); ++j) {
    index[linear.permutation(j)] =
        static_cast<int32_t>(j / model.scheme().group_size());
  }
  return sink.Append(BytesOf(index));
}

absl::Status WriteStored(const StoredModel& model, const std::string& name,
                         ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const TensorView view,
                   model.payload().View(*model.Find(name)));
  return sink.Append(view.bytes);
}

absl::Status WriteFloats(const StoredModel& model, const std::string& name,
                         ByteSink& sink) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  ASSIGN_OR_RETURN(const std::vector<float> values, model.Values(name));
  return sink.Append(BytesOf(values));
}

class Builder {
 public:
  explicit Builder(const Artifact<QuantizedModel>& model)
      : model_(model), config_(model.message.config()) {}

  absl::Status Write(ByteSink& sink, ProgressSink progress) {
    ASSIGN_OR_RETURN(const Family* family, FamilyOf(config_));
    for (const TensorSpec& spec : TensorSpecs(config_)) {
      const std::string to = family->stored(spec.name).name;
      if (spec.role == TensorRole::kLinearWeight) {
        AddLinear(spec, std::string(absl::StripSuffix(to, "weight")));
      } else {
        AddTensor(spec, to);
      }
    }
    return plan_.Write(sink, progress);
  }

 private:
  using Shape = std::vector<uint64_t>;
  using WriteTensor = absl::Status (*)(const StoredModel&, const std::string&,
                                       ByteSink&);

  void Add(const std::string& to, absl::string_view dtype, const Shape& shape,
           uint64_t element_bytes, const std::string& name, WriteTensor write) {
    uint64_t size = element_bytes;
    for (const uint64_t extent : shape) size *= extent;
    plan_.Add(to, dtype, shape, size, [this, name, write](ByteSink& sink) {
      return write(model_, name, sink);
    });
  }

  // `prefix` ends in a dot.
  void AddLinear(const TensorSpec& spec, const std::string& prefix) {
    const Scheme& scheme = model_.scheme();
    const uint64_t out = spec.shape[0], in = spec.shape[1];
    const uint64_t groups = LayoutOf(scheme, out, in).groups_per_row;
    if (IsInt8Activation(scheme)) {
      Add(prefix + "weight", "I8", {out, in}, 1, spec.name, WriteInt8);
      Add(prefix + "weight_scale", "F16", {out, 1}, 2, spec.name, WriteScales);
      return;
    }
    const uint64_t factor = 32 / scheme.bits();
    Add(prefix + "weight_packed", "I32", {out, (in + factor - 1) / factor}, 4,
        spec.name, WritePacked);
    Add(prefix + "weight_scale", "F16", {out, groups}, 2, spec.name,
        WriteScales);
    plan_.Add(prefix + "weight_shape", "I64", {2}, 16,
              [out, in](ByteSink& sink) {
                return sink.Append(BytesOf(std::vector<uint64_t>{out, in}));
              });
    if (!scheme.symmetric()) {
      Add(prefix + "weight_zero_point", "I32",
          {(out + factor - 1) / factor, groups}, 4, spec.name, WriteZeroPoints);
    }
    if (HasGroupIndex(scheme)) {
      Add(prefix + "weight_g_idx", "I32", {in}, 4, spec.name, WriteGroupIndex);
    }
  }

  // Float16 goes out as it is, all else as the floats that it means.
  void AddTensor(const TensorSpec& spec, const std::string& to) {
    const Tensor* tensor = model_.Find(spec.name);
    if (tensor != nullptr && tensor->dtype() == FLOAT16) {
      Add(to, "F16", spec.shape, 2, spec.name, WriteStored);
    } else {
      Add(to, "F32", spec.shape, 4, spec.name, WriteFloats);
    }
  }

  StoredModel model_;
  const ModelConfig& config_;
  SafetensorsPlan plan_;
};

Json QuantizationArgs(int bits, bool symmetric, const char* strategy) {
  return {{"num_bits", bits},       {"type", "int"},
          {"symmetric", symmetric}, {"strategy", strategy},
          {"group_size", nullptr},  {"dynamic", false},
          {"actorder", nullptr},    {"block_structure", nullptr},
          {"observer", nullptr},    {"observer_kwargs", Json::object()}};
}

}  // namespace

std::vector<uint32_t> PackWords(absl::Span<const uint8_t> values, int bits) {
  const size_t factor = 32 / bits;
  std::vector<uint32_t> words((values.size() + factor - 1) / factor);
  for (size_t i = 0; i < values.size(); ++i) {
    words[i / factor] |= uint32_t{values[i]} << (bits * (i % factor));
  }
  return words;
}

absl::StatusOr<Json> CompressedTensorsConfig(const QuantizedModel& model) {
  RETURN_IF_ERROR(CheckModel(model));
  const Scheme& scheme = model.scheme();
  const bool groups = scheme.granularity() == PER_GROUP;
  Json weights = QuantizationArgs(scheme.bits(), scheme.symmetric(),
                                  groups ? "group" : "channel");
  if (groups) weights["group_size"] = scheme.group_size();
  if (HasGroupIndex(scheme)) weights["actorder"] = "group";
  Json inputs = nullptr;
  if (IsInt8Activation(scheme)) {
    inputs = QuantizationArgs(8, true, "token");
    inputs["dynamic"] = true;
  }
  return Json{
      {"quant_method", "compressed-tensors"},
      {"format", IsInt8Activation(scheme) ? "int-quantized" : "pack-quantized"},
      {"quantization_status", "compressed"},
      {"global_compression_ratio", nullptr},
      {"kv_cache_scheme", nullptr},
      {"ignore", {"lm_head"}},
      {"config_groups",
       {{"group_0",
         {{"targets", {"Linear"}},
          {"weights", weights},
          {"input_activations", inputs},
          {"output_activations", nullptr}}}}}};
}

absl::Status WriteCompressedTensors(const Artifact<QuantizedModel>& model,
                                    ByteSink& sink, ProgressSink progress) {
  RETURN_IF_ERROR(CheckModel(model.message));
  return Builder(model).Write(sink, progress);
}

}  // namespace quant_curve
