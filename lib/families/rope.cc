#include "lib/families/rope.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace quant_curve {
namespace {

// A value that several places may say, if they agree.
template <typename Value>
struct Agreed {
  absl::optional<Value> value;
  std::string where;

  void Add(const absl::optional<Value>& said, const std::string& place,
           ConfigFields& fields) {
    if (!said.has_value()) return;
    if (!value.has_value()) {
      value = said;
      where = place;
    } else if (*value != *said) {
      fields.Refuse(absl::InvalidArgumentError(
          absl::StrCat(place, " is ", *said, ", but ", where, " is ", *value,
                       ": they must agree")));
    }
  }
};

float Required(ConfigFields& rope, absl::string_view name) {
  const absl::optional<float> value = rope.Positive(name);
  if (!value.has_value()) rope.RequirePresent(name);
  return value.value_or(1);
}

// Sets the scaling that one block of fields describes.
void ReadKind(const std::string& kind, ConfigFields& rope, ModelConfig& model) {
  if (kind == "linear") {
    model.mutable_linear_rope()->set_factor(Required(rope, "factor"));
  } else if (kind == "llama3") {
    Llama3Rope& llama3 = *model.mutable_llama3_rope();
    llama3.set_factor(Required(rope, "factor"));
    llama3.set_low_frequency_factor(Required(rope, "low_freq_factor"));
    llama3.set_high_frequency_factor(Required(rope, "high_freq_factor"));
    llama3.set_original_context(rope.Size("original_max_position_embeddings"));
  } else if (kind == "dynamic") {
    // Longer sequences than the context change the base; none are run here.
    rope.Ignore({"factor", "original_max_position_embeddings"});
  } else {
    rope.RequireNumber("factor", 1);
  }
}

}  // namespace

void ReadRope(ConfigFields& fields, float default_theta, ModelConfig& model) {
  Agreed<float> theta;
  theta.Add(fields.Positive("rope_theta"), "rope_theta", fields);
  Agreed<std::string> scaling;  // the kind with its numbers
  for (const char* block : {"rope_parameters", "rope_scaling"}) {
    absl::optional<ConfigFields> rope = fields.Object(block);
    if (!rope.has_value()) continue;
    theta.Add(rope->Positive("rope_theta"), absl::StrCat(block, ".rope_theta"),
              *rope);
    // "type" is the name of "rope_type" before transformers 4.45.
    Agreed<std::string> kind;
    for (const char* key : {"rope_type", "type"}) {
      kind.Add(rope->OneOf(key, {"default", "linear", "llama3", "dynamic"}),
               absl::StrCat(block, ".", key), *rope);
    }
    rope->RequireNumber("partial_rotary_factor", 1);
    ModelConfig read;
    ReadKind(kind.value.value_or("default"), *rope, read);
    scaling.Add(absl::StrCat("{ ", read.ShortDebugString(), " }"), block,
                *rope);
    model.MergeFrom(read);
    fields.Take(*rope);
  }
  model.set_rope_theta(theta.value.value_or(default_theta));
}

Json RopeScalingJson(const ModelConfig& config) {
  if (config.has_linear_rope()) {
    return {{"rope_type", "linear"}, {"factor", config.linear_rope().factor()}};
  }
  if (!config.has_llama3_rope()) return nullptr;
  const Llama3Rope& rope = config.llama3_rope();
  return {{"rope_type", "llama3"},
          {"factor", rope.factor()},
          {"low_freq_factor", rope.low_frequency_factor()},
          {"high_freq_factor", rope.high_frequency_factor()},
          {"original_max_position_embeddings", rope.original_context()}};
}

}  // namespace quant_curve
