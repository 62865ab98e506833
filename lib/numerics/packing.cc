// Into the layout of packed_matrix.h.
//
// A row of weights is a column of a panel: packing transposes. It takes
// kPieceInputs inputs of a panel's 64 rows at a time, which fit in the
// first-level cache. There it makes the dwords of a cache line for all steps,
// row by row in loops that the compiler turns into vectors, and then stores
// them step by step. In every format a step is one or more cache lines.
#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "lib/artifact/float16.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {
namespace {

constexpr int64_t kLineBytes = 64;
constexpr int64_t kLineDwords = kLineBytes / 4;

// A multiple of every format's inputs a step.
constexpr int64_t kPieceInputs = 128;

// Inputs of a panel's rows; zero where there are none.
template <typename T>
struct Piece {
  T rows[kPanelOutputs][kPieceInputs];
};

// The dwords of one line of up to kPieceInputs steps, [dword of the
// line][step].
using Line = uint32_t[kLineDwords][kPieceInputs];

template <typename Code>
PackedFormat FormatFor(const Code* codes, int64_t count, bool int8_inputs) {
  Code low = 0, high = 0;
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

// row = `count` inputs, and zeros up to `padded`.
template <typename From, typename T>
void LoadInputs(const From* from, int64_t count, int64_t padded, T* row) {
  if (count == kPieceInputs) {
    // The processor does not prefetch so many rows on its own.
    const char* next = reinterpret_cast<const char*>(from + kPieceInputs);
    constexpr int64_t kPieceBytes = kPieceInputs * sizeof(From);
    for (int64_t i = 0; i < kPieceBytes; i += kLineBytes) {
      __builtin_prefetch(next + i);
    }
    std::copy_n(from, kPieceInputs, row);
    return;
  }
  std::copy_n(from, count, row);
  std::fill(row + count, row + padded, T{0});
}

// Line `line` of `steps` steps: dword 16 line + d of a step is output
// 16 line + d.
void MakeLine(PackedFormat /*kFloat32*/, const Piece<float>& piece,
              int64_t line, int64_t steps, Line& dwords) {
  for (int64_t d = 0; d < kLineDwords; ++d) {
    std::memcpy(dwords[d], piece.rows[kLineDwords * line + d], 4 * steps);
  }
}

// float16: dword 16 line + d holds the outputs 32 line + 2 d and one more.
void MakeFloat16Line(const Piece<uint16_t>& piece, int64_t line, int64_t steps,
                     Line& dwords) {
  for (int64_t d = 0; d < kLineDwords; ++d) {
    const uint16_t* even = piece.rows[2 * (kLineDwords * line + d)];
    const uint16_t* odd = even + kPieceInputs;
    for (int64_t s = 0; s < steps; ++s) {
      dwords[d][s] = even[s] | static_cast<uint32_t>(odd[s]) << 16;
    }
  }
}

// bfloat16 and int16: two inputs of an output lie in a row as in a dword.
void MakePairLine(const Piece<uint16_t>& piece, int64_t line, int64_t steps,
                  Line& dwords) {
  for (int64_t d = 0; d < kLineDwords; ++d) {
    std::memcpy(dwords[d], piece.rows[kLineDwords * line + d], 4 * steps);
  }
}

// int8: byte v of dword d is output 16 v + d.
void MakeInt8Line(const Piece<uint16_t>& piece, int64_t steps, Line& dwords) {
  for (int64_t d = 0; d < kLineDwords; ++d) {
    const uint16_t* row = piece.rows[d];
    constexpr int64_t kNext = kLineDwords * kPieceInputs;
    for (int64_t s = 0; s < steps; ++s) {
      dwords[d][s] = (row[s] & 0xffu) | (row[s + kNext] & 0xffu) << 8 |
                     (row[s + 2 * kNext] & 0xffu) << 16 |
                     (row[s + 3 * kNext] & 0xffu) << 24;
    }
  }
}

// int8x4: byte i of dword 16 line + d is input i of output 16 line + d.
void MakeInt8x4Line(const Piece<uint16_t>& piece, int64_t line, int64_t steps,
                    Line& dwords) {
  for (int64_t d = 0; d < kLineDwords; ++d) {
    uint64_t quads[kPieceInputs / 4];
    std::memcpy(quads, piece.rows[kLineDwords * line + d], 8 * steps);
    for (int64_t s = 0; s < steps; ++s) {
      const uint64_t bytes = quads[s] & 0x00ff00ff00ff00ffu;
      const uint64_t pairs = (bytes | bytes >> 8) & 0x0000ffff0000ffffu;
      dwords[d][s] = static_cast<uint32_t>(pairs | pairs >> 16);
    }
  }
}

// int4: nibble 4 i + v of dword d is input i of output 16 v + d.
void MakeInt4Line(const Piece<uint16_t>& piece, int64_t steps, Line& dwords) {
  uint32_t pairs[kPieceInputs / 2];
  for (int64_t d = 0; d < kLineDwords; ++d) {
    std::fill_n(dwords[d], steps, 0);
    for (int v = 0; v < 4; ++v) {
      std::memcpy(pairs, piece.rows[kLineDwords * v + d], 4 * steps);
      for (int64_t s = 0; s < steps; ++s) {
        dwords[d][s] |= (pairs[s] & 0x000f000fu) << (4 * v);
      }
    }
  }
}

void MakeLine(PackedFormat format, const Piece<uint16_t>& piece, int64_t line,
              int64_t steps, Line& dwords) {
  switch (format) {
    case PackedFormat::kFloat16:
      return MakeFloat16Line(piece, line, steps, dwords);
    case PackedFormat::kInt8:
      return MakeInt8Line(piece, steps, dwords);
    case PackedFormat::kInt8x4:
      return MakeInt8x4Line(piece, line, steps, dwords);
    case PackedFormat::kInt4:
    case PackedFormat::kTable4:
      return MakeInt4Line(piece, steps, dwords);
    default:
      return MakePairLine(piece, line, steps, dwords);
  }
}

void StoreLine(const Line& dwords, int64_t steps, int64_t step_bytes,
               uint8_t* at) {
  for (int64_t s = 0; s < steps; ++s, at += step_bytes) {
    uint32_t line[kLineDwords];
    for (int64_t d = 0; d < kLineDwords; ++d) line[d] = dwords[d][s];
    std::memcpy(at, line, kLineBytes);
  }
}

}  // namespace

template <typename T, typename From>
void PackedMatrix::StorePanel(const From* weights, int64_t panel) {
  const int64_t rows = std::min(kPanelOutputs, out_ - panel * kPanelOutputs);
  const int64_t per_step = InputsPerStep(format_);
  const int64_t step_bytes = StepBytes(format_);
  const From* from = weights + panel * kPanelOutputs * in_;
  uint8_t* at = data() + panel * panel_bytes_;
  Piece<T> piece = {};
  Line dwords;
  for (int64_t g = 0; g < groups_; ++g) {
    const int64_t end = std::min((g + 1) * group_size_, in_);
    for (int64_t k = g * group_size_; k < end; k += kPieceInputs) {
      const int64_t inputs = std::min(kPieceInputs, end - k);
      const int64_t steps = (inputs + per_step - 1) / per_step;
      for (int64_t o = 0; o < rows; ++o) {
        LoadInputs(from + o * in_ + k, inputs, steps * per_step, piece.rows[o]);
      }
      for (int64_t line = 0; line < step_bytes / kLineBytes; ++line) {
        MakeLine(format_, piece, line, steps, dwords);
        StoreLine(dwords, steps, step_bytes, at + line * kLineBytes);
      }
      at += steps * step_bytes;
    }
  }
}

template <typename T, typename From>
void PackedMatrix::Store(const From* weights) {
  for (int64_t panel = 0; panel < panels(); ++panel) {
    StorePanel<T>(weights, panel);
  }
}

template <typename T>
PackedMatrix PackedMatrix::OfFloats(PackedFormat format, const T* weights,
                                    int64_t out, int64_t in) {
  PackedMatrix matrix;
  matrix.Allocate(format, out, in, in);
  matrix.Store<T>(weights);
  return matrix;
}

PackedMatrix PackedMatrix::Float32(const float* weights, int64_t out,
                                   int64_t in) {
  return OfFloats(PackedFormat::kFloat32, weights, out, in);
}

PackedMatrix PackedMatrix::Float16(const uint16_t* weights, int64_t out,
                                   int64_t in) {
  return OfFloats(PackedFormat::kFloat16, weights, out, in);
}

PackedMatrix PackedMatrix::BFloat16(const uint16_t* weights, int64_t out,
                                    int64_t in) {
  return OfFloats(PackedFormat::kBFloat16, weights, out, in);
}

template <typename Code>
void PackedMatrix::SetScales(const CodedWeights<Code>& weights) {
  uint16_t* const to = scales();
  int32_t* const sums = code_sums();
  uint16_t* const lows = minimums();
  for (int64_t o = 0; o < out_; ++o) {
    for (int64_t g = 0; g < groups_; ++g) {
      const int64_t slot =
          (o / kPanelOutputs * groups_ + g) * kPanelOutputs + o % kPanelOutputs;
      to[slot] = Float16FromFloat(weights.scales[o * groups_ + g]);
      if (lows != nullptr) {
        lows[slot] = Float16FromFloat(weights.minimums[o * groups_ + g]);
      }
      if (sums == nullptr) continue;
      const int64_t first = g * group_size_;
      const int64_t count = std::min(group_size_, in_ - first);
      const Code* codes = weights.codes + o * in_ + first;
      sums[slot] = std::accumulate(codes, codes + count, int32_t{0});
    }
  }
}

template <typename Code>
PackedMatrix PackedMatrix::OfLevels(const CodedWeights<Code>& weights,
                                    int64_t out, int64_t in) {
  std::array<uint8_t, 256> number_of = {};  // of each level, by its low byte
  for (int64_t i = 0; i < kTableLevels; ++i) {
    number_of[static_cast<uint8_t>(weights.table[i])] = static_cast<uint8_t>(i);
  }
  std::vector<int16_t> numbers(out * in);
  for (int64_t i = 0; i < out * in; ++i) {
    numbers[i] = number_of[static_cast<uint8_t>(weights.codes[i])];
  }
  PackedMatrix matrix;
  matrix.Allocate(PackedFormat::kTable4, out, in, weights.group_size);
  std::copy_n(weights.table, kTableLevels, matrix.table_.begin());
  matrix.Store<uint16_t>(numbers.data());
  matrix.SetScales(weights);
  return matrix;
}

template <typename Code>
PackedMatrix PackedMatrix::OfCodes(const CodedWeights<Code>& weights,
                                   int64_t out, int64_t in,
                                   bool for_int8_inputs) {
  if (weights.table != nullptr && !for_int8_inputs) {
    return OfLevels(weights, out, in);
  }
  PackedMatrix matrix;
  matrix.Allocate(FormatFor(weights.codes, out * in, for_int8_inputs), out, in,
                  weights.group_size,
                  weights.minimums != nullptr && !for_int8_inputs);
  // Two's complement: the lower bits of a code are those of a narrower one.
  matrix.Store<uint16_t>(weights.codes);
  matrix.SetScales(weights);
  return matrix;
}

PackedMatrix PackedMatrix::Coded(const CodedWeights<int16_t>& weights,
                                 int64_t out, int64_t in,
                                 bool for_int8_inputs) {
  return OfCodes(weights, out, in, for_int8_inputs);
}

PackedMatrix PackedMatrix::Coded(const CodedWeights<int8_t>& weights,
                                 int64_t out, int64_t in,
                                 bool for_int8_inputs) {
  return OfCodes(weights, out, in, for_int8_inputs);
}

}  // namespace quant_curve
