// Into the layout of packed_matrix.h.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "lib/artifact/float16.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {
namespace {

PackedFormat FormatFor(const int16_t* codes, int64_t count, bool int8_inputs) {
  int16_t low = 0, high = 0;
  for (int64_t i = 0; i < count; ++i) {
    low = std::min(low, codes[i]);
    high = std::max(high, codes[i]);
  }
  if (!int8_inputs && low >= -8 && high <= 7) return PackedFormat::kInt4;
  if (low >= -128 && high <= 127) {
    return int8_inputs ? PackedFormat::kInt8x4 : PackedFormat::kInt8;
  }
  return PackedFormat::kInt16;
}

}  // namespace

void PackedMatrix::StoreCodes(int64_t o, int64_t first, int64_t count,
                              const int16_t* codes) {
  const int64_t lane = o % kPanelOutputs;
  const int64_t per_step = InputsPerStep(format_);
  uint8_t* step = data() + StepOffset(o, first);
  int64_t place = 0;
  for (int64_t i = 0; i < count; ++i) {
    switch (format_) {
      case PackedFormat::kInt4: {
        const int64_t nibble = 4 * place + lane / 16;
        step[4 * (lane % 16) + nibble / 2] |=
            static_cast<uint8_t>((codes[i] & 15) << (4 * (nibble % 2)));
        break;
      }
      case PackedFormat::kInt8:
        step[4 * (lane % 16) + lane / 16] = static_cast<uint8_t>(codes[i]);
        break;
      case PackedFormat::kInt8x4:
        step[4 * lane + place] = static_cast<uint8_t>(codes[i]);
        break;
      default:
        std::memcpy(step + 4 * lane + 2 * place, &codes[i], 2);
    }
    if (++place == per_step) {
      place = 0;
      step += StepBytes(format_);
    }
  }
}

PackedMatrix PackedMatrix::Float32(const float* weights, int64_t out,
                                   int64_t in) {
  PackedMatrix matrix;
  matrix.Allocate(PackedFormat::kFloat32, out, in, in);
  for (int64_t first = 0; first < out; first += kPanelOutputs) {
    const int64_t count = std::min(kPanelOutputs, out - first);
    float* panel =
        reinterpret_cast<float*>(matrix.data() + matrix.StepOffset(first, 0));
    for (int64_t o = 0; o < count; ++o) {
      const float* row = weights + (first + o) * in;
      for (int64_t k = 0; k < in; ++k) panel[k * kPanelOutputs + o] = row[k];
    }
  }
  return matrix;
}

PackedMatrix PackedMatrix::Float16(const uint16_t* weights, int64_t out,
                                   int64_t in) {
  PackedMatrix matrix;
  matrix.Allocate(PackedFormat::kFloat16, out, in, in);
  for (int64_t o = 0; o < out; ++o) {
    uint8_t* at =
        matrix.data() + matrix.StepOffset(o, 0) + 2 * (o % kPanelOutputs);
    for (int64_t k = 0; k < in; ++k, at += StepBytes(PackedFormat::kFloat16)) {
      std::memcpy(at, &weights[o * in + k], 2);
    }
  }
  return matrix;
}

PackedMatrix PackedMatrix::BFloat16(const uint16_t* weights, int64_t out,
                                    int64_t in) {
  PackedMatrix matrix;
  matrix.Allocate(PackedFormat::kBFloat16, out, in, in);
  for (int64_t o = 0; o < out; ++o) {
    uint8_t* step =
        matrix.data() + matrix.StepOffset(o, 0) + 4 * (o % kPanelOutputs);
    const uint16_t* row = weights + o * in;
    for (int64_t k = 0; k < in; k += 2) {
      std::memcpy(step, row + k, 2 * std::min<int64_t>(2, in - k));
      step += StepBytes(PackedFormat::kBFloat16);
    }
  }
  return matrix;
}

PackedMatrix PackedMatrix::Coded(const CodedWeights& weights, int64_t out,
                                 int64_t in, bool for_int8_inputs) {
  PackedMatrix matrix;
  matrix.Allocate(FormatFor(weights.codes, out * in, for_int8_inputs), out, in,
                  weights.group_size);
  const int64_t groups = matrix.groups_;
  const auto slot = [&](int64_t o, int64_t group) {
    return (o / kPanelOutputs * groups + group) * kPanelOutputs +
           o % kPanelOutputs;
  };
  uint16_t* const scales = matrix.scales();
  int32_t* const code_sums = matrix.code_sums();
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t first = g * matrix.group_size_;
      const int64_t count = std::min(matrix.group_size_, in - first);
      const int16_t* codes = weights.codes + o * in + first;
      matrix.StoreCodes(o, first, count, codes);
      scales[slot(o, g)] = Float16FromFloat(weights.scales[o * groups + g]);
      if (code_sums != nullptr) {
        code_sums[slot(o, g)] =
            std::accumulate(codes, codes + count, int32_t{0});
      }
    }
  }
  return matrix;
}

}  // namespace quant_curve
