#include "tools/benchmark/random_model.h"

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/numerics/random.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/grid.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

constexpr float kVectorSpread = 0.1f;
constexpr int kCodesPerDraw = 8;

// Uniform in [-s, s] has the variance s^2 / 3, and a sum of n products n times
// that of one: this s keeps it.
float MatrixSpread(uint64_t in) {
  return std::sqrt(3.0f / static_cast<float>(in));
}

std::vector<float> UniformFloats(uint64_t count, float center, float spread,
                                 Random& random) {
  std::vector<float> values(count);
  for (float& value : values) {
    value = center + spread * static_cast<float>(2 * random.Uniform() - 1);
  }
  return values;
}

// Eight codes from each draw of 64 bits: a byte b means level b * levels / 256.
std::vector<int16_t> UniformCodes(uint64_t count, const CodeFormat& format,
                                  Random& random) {
  const uint32_t levels = format.highest() - format.lowest() + 1;
  std::vector<int16_t> codes(count);
  uint64_t bits = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (i % kCodesPerDraw == 0) bits = random.Bits();
    const uint32_t level = static_cast<uint32_t>(bits & 0xff) * levels >> 8;
    codes[i] = static_cast<int16_t>(format.lowest() + static_cast<int>(level));
    bits >>= 8;
  }
  return codes;
}

Tensor MakeFloats(const TensorSpec& spec, DType dtype,
                  const std::vector<float>& values) {
  return dtype == FLOAT16 ? MakeFloat16(spec.name, spec.shape, values)
                          : MakeFloat32(spec.name, spec.shape, values);
}

std::vector<float> RandomOther(const TensorSpec& spec, Random& random) {
  if (spec.shape.size() == 2) {
    return UniformFloats(spec.shape[0] * spec.shape[1], 0,
                         MatrixSpread(spec.shape[1]), random);
  }
  const bool norm_scale =
      spec.role == TensorRole::kNorm && absl::EndsWith(spec.name, ".weight");
  return UniformFloats(spec.shape[0], norm_scale ? 1.0f : 0.0f, kVectorSpread,
                       random);
}

absl::StatusOr<QuantizedLinear> RandomLinear(const TensorSpec& spec,
                                             const Scheme& scheme,
                                             Random& random) {
  const uint64_t out = spec.shape[0];
  const uint64_t in = spec.shape[1];
  const DType dtype = StoredDType(scheme, spec.role);
  if (dtype != PACKED_CODES) {
    QuantizedLinear linear;
    linear.set_name(spec.name);
    linear.set_out_features(out);
    linear.set_in_features(in);
    *linear.mutable_weight() = MakeFloats(
        spec, dtype, UniformFloats(out * in, 0, MatrixSpread(in), random));
    return linear;
  }
  const CodeFormat format = FormatOf(scheme);
  const bool has_zero_point = format.table.empty() && !format.has_minimum;
  const int middle =
      has_zero_point ? (format.lowest() + format.highest() + 1) / 2 : 0;
  const float steps =
      static_cast<float>(LevelOf(format.highest(), format) - middle);
  CodedMatrix matrix;
  matrix.codes = UniformCodes(out * in, format, random);
  Grid grid = {RoundToFloat16(MatrixSpread(in) / steps), middle};
  if (format.has_minimum) grid.minimum = RoundToFloat16(-MatrixSpread(in) / 2);
  matrix.grids.assign(LayoutOf(scheme, out, in).num_scales, grid);
  std::vector<uint32_t> permutation(scheme.activation_order() ? in : 0);
  std::iota(permutation.begin(), permutation.end(), 0);
  return PackLinear(spec.name, out, in, matrix, permutation, scheme);
}

}  // namespace

absl::StatusOr<QuantizedModel> RandomModel(const ModelConfig& config,
                                           const Scheme& scheme,
                                           uint64_t seed) {
  QuantizedModel model;
  *model.mutable_scheme() = scheme;
  *model.mutable_config() = config;
  const std::string no_digest(32, '\0');
  model.set_tokenizer_sha256(no_digest);
  model.set_checkpoint_sha256(no_digest);
  model.set_calibration_sha256(no_digest);
  Random random(seed);
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role == TensorRole::kLinearWeight) {
      ASSIGN_OR_RETURN(*model.add_linears(),
                       RandomLinear(spec, scheme, random));
    } else {
      RETURN_IF_ERROR(AddOther(spec, RandomOther(spec, random), model));
    }
  }
  ASSIGN_OR_RETURN(*model.mutable_bytes(), ComputeByteAccount(model));
  return model;
}

}  // namespace quant_curve
