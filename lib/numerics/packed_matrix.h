// Weight matrices as the kernels read them: packed, in panels of 64 outputs.
//
// Layout, byte by byte. Outputs come in panels of 64 (the last one is filled up
// with zeros); a panel holds its groups of inputs one after another, a group
// its steps, a step one or more consecutive inputs k for all 64 outputs o:
//
//   format   inputs/step    bytes/step    where code (o, k) is in the step
//   float32        1            256       bytes 4o … 4o+3
//   float16        1            128       bytes 2o, 2o+1
//   bfloat16       2            256       bytes 4o + 2i, 4o + 2i + 1
//   int16          2            256       bytes 4o + 2i, 4o + 2i + 1
//   int8           1             64       byte  4 (o % 16) + o / 16
//   int8x4         4            256       byte  4o + i
//   int4           2             64       dword o % 16, nibble 4i + o / 16
//   table4         2             64       the same
//
// with i = k's place in its step (little-endian; nibble n of a dword is bits 4n
// to 4n + 3, two's complement; of table4 the unsigned number of one of 16
// levels, which are the codes below). A group's last step may be filled up with
// zero codes; the inputs of a float matrix are one group. Scales are float16,
// [panel][group][64]. int8x4 is for int8 inputs, in whose dot products four
// inputs meet in a dword. Two bfloat16 share a dword so that a shift and a mask
// widen them: no instruction has to move them between lanes.
//
// Arithmetic. y[o] is computed, for every row of x on its own, as
//   float formats:  sum_k x[k] w[o, k]
//   codes:          sum_g scale[o, g] * (sum_{k in g} x[k] code[o, k])
//   with minimums:  after each group + minimum[o, g] * (sum_{k in g} x[k])
// each sum from 0 in rising order, each term by one fused multiply-add in
// float32. Vectors run over outputs: every instruction set, every number of
// rows and every number of threads gives the same bits.
#ifndef QUANT_CURVE_LIB_NUMERICS_PACKED_MATRIX_H_
#define QUANT_CURVE_LIB_NUMERICS_PACKED_MATRIX_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "lib/numerics/parallel.h"

namespace quant_curve {

enum class PackedFormat {
  kFloat32,
  kFloat16,
  kBFloat16,
  kInt16,
  kInt8,
  kInt8x4,
  kInt4,
  kTable4
};

// The levels of kTable4.
inline constexpr int64_t kTableLevels = 16;

inline constexpr int64_t kPanelOutputs = 64;

// Inputs that one step of a format holds, and its bytes.
int64_t InputsPerStep(PackedFormat format);
int64_t StepBytes(PackedFormat format);

// Integer codes (zero points already subtracted), int16_t or int8_t, with one
// scale per group of inputs of a row.
template <typename Code>
struct CodedWeights {
  const Code* codes;    // [out, in]
  const float* scales;  // [out, ceil(in / group_size)], exact in float16
  int64_t group_size;   // >= 1
  // Null, or kTableLevels levels in rising order, which all codes are among; a
  // shorter table repeats its last level.
  const int8_t* table = nullptr;
  // Null, or what is added to code times scale, as scales.
  const float* minimums = nullptr;
};

// Weights do not change once they are packed; copies share them.
class PackedMatrix {
 public:
  PackedMatrix() = default;

  // `weights` are [out, in], row-major.
  static PackedMatrix Float32(const float* weights, int64_t out, int64_t in);
  static PackedMatrix Float16(const uint16_t* weights, int64_t out, int64_t in);
  // The upper halves of floats; every product has the bits that Float32 of the
  // widened weights gives.
  static PackedMatrix BFloat16(const uint16_t* weights, int64_t out,
                               int64_t in);
  // table4 when there is a table; else int4 when all codes are in [-8, 7], int8
  // in [-128, 127], else int16; with `for_int8_inputs`, which excludes
  // minimums, int8x4 or int16.
  static PackedMatrix Coded(const CodedWeights<int16_t>& weights, int64_t out,
                            int64_t in, bool for_int8_inputs);
  static PackedMatrix Coded(const CodedWeights<int8_t>& weights, int64_t out,
                            int64_t in, bool for_int8_inputs);

  int64_t out_features() const { return out_; }
  int64_t in_features() const { return in_; }
  PackedFormat format() const { return format_; }
  bool empty() const { return out_ == 0; }
  // The data that one product reads: codes or floats, and scales.
  int64_t bytes() const;

  // y[rows, out] = x[rows, in] W^T; not for kInt8x4. With `threads` the panels
  // are shared out; worth it for large matrices and few rows.
  void Multiply(const float* x, int64_t rows, float* y,
                ThreadPool* threads = nullptr) const;

  // y[out] = scale * sum_g scale[o, g] * (integer sum_{k in g} x[k] code[o,
  // k]): exact integers, converted to float and taken group after group by
  // fused multiply-add. Only kInt8x4 and kInt16; x[in], |x| <= 127, in <=
  // 65536.
  void MultiplyInt8(const int8_t* x, float scale, float* y,
                    ThreadPool* threads = nullptr) const;

  // Row o of W as floats, [in].
  void ReadRow(int64_t o, float* values) const;

  // Where the kernels find everything.
  struct View {
    PackedFormat format;
    int64_t out, in, group_size, groups;
    const uint8_t* data;
    int64_t panel_bytes;
    const uint16_t* scales;    // null for float formats
    const int32_t* code_sums;  // [panel][group][64], only kInt8x4
    const int8_t* table;       // [kTableLevels], of kTable4; in the matrix
    const uint16_t* minimums;  // as scales; null without
    // [rows, groups], of x, sums of float32 in rising order; only with
    // minimums.
    const float* input_sums;
  };
  View view() const;

 private:
  friend void PlaceTogether(const std::vector<PackedMatrix*>& matrices);

  // Leaves the panels' bytes unset and sets those behind them to zero.
  void Allocate(PackedFormat format, int64_t out, int64_t in,
                int64_t group_size, bool has_minimums = false);
  int64_t panels() const;
  int64_t data_bytes() const;
  int64_t num_scales() const;
  int64_t memory_bytes() const;
  // Start of the step that holds input k for the panel of output o.
  int64_t StepOffset(int64_t o, int64_t k) const;
  template <typename T>
  static PackedMatrix OfFloats(PackedFormat format, const T* weights,
                               int64_t out, int64_t in);
  template <typename Code>
  static PackedMatrix OfCodes(const CodedWeights<Code>& weights, int64_t out,
                              int64_t in, bool for_int8_inputs);
  template <typename Code>
  static PackedMatrix OfLevels(const CodedWeights<Code>& weights, int64_t out,
                               int64_t in);
  // Sets scales, and code sums where the format has them.
  template <typename Code>
  void SetScales(const CodedWeights<Code>& weights);
  // Packs `weights` [out, in], converted to T; writes every byte of the panels.
  template <typename T, typename From>
  void Store(const From* weights);
  template <typename T, typename From>
  void StorePanel(const From* weights, int64_t panel);

  PackedFormat format_ = PackedFormat::kFloat32;
  int64_t out_ = 0;
  int64_t in_ = 0;
  int64_t group_size_ = 0;
  int64_t groups_ = 0;
  int64_t panel_bytes_ = 0;
  std::array<int8_t, kTableLevels> table_ = {};  // of kTable4
  bool has_minimums_ = false;
  // Whole cache lines each: the panels and a line more, scales, code sums or
  // minimums.
  std::shared_ptr<uint8_t[]> memory_;
  uint8_t* data() const { return memory_.get(); }
  uint16_t* scales() const;
  int32_t* code_sums() const;
  uint16_t* minimums() const;
};

// Moves the weights of a model's matrices into one piece of memory, for
// AllocateWeights to lay it on huge pages; one more matrix at a time is held
// meanwhile. A matrix of 8 MiB or more stays where it is: it has huge pages of
// its own, and copying a large model takes as long as packing a good part of
// it.
void PlaceTogether(const std::vector<PackedMatrix*>& matrices);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_PACKED_MATRIX_H_
