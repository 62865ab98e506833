#include "lib/numerics/packed_matrix.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/numerics/packed_kernels.h"
#include "lib/numerics/weight_memory.h"

namespace quant_curve {
namespace {

int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The int4 kernel's loads reach three bytes beyond a step.
constexpr int64_t kSpareBytes = 64;

// Calls body(first panel, last panel) for all panels, in one stretch a thread:
// the memory of a stretch is read from end to end.
template <typename Body>
void ForPanels(int64_t panels, ThreadPool* threads, const Body& body) {
  const int64_t pieces = threads == nullptr ? 1 : threads->num_threads();
  if (pieces == 1) return body(0, panels);
  threads->ParallelFor(pieces, [&](int64_t i) {
    body(i * panels / pieces, (i + 1) * panels / pieces);
  });
}

bool IsFloat(PackedFormat format) {
  return format == PackedFormat::kFloat32 || format == PackedFormat::kFloat16 ||
         format == PackedFormat::kBFloat16;
}

// The weight of output `lane` of the panel, at `place` of the step, of a float
// format.
float ReadFloat(PackedFormat format, const uint8_t* step, int64_t lane,
                int64_t place) {
  if (format == PackedFormat::kFloat32) {
    float value;
    std::memcpy(&value, step + 4 * lane, 4);
    return value;
  }
  uint16_t half;
  if (format == PackedFormat::kFloat16) {
    std::memcpy(&half, step + 2 * lane, 2);
    return FloatFromFloat16(half);
  }
  std::memcpy(&half, step + 4 * lane + 2 * place, 2);
  return FloatFromBFloat16(half);
}

// The code of output `lane` of the panel, at `place` of the step; of kTable4
// the level's number.
int16_t ReadCode(PackedFormat format, const uint8_t* step, int64_t lane,
                 int64_t place) {
  switch (format) {
    case PackedFormat::kInt4: {
      const int64_t nibble = 4 * place + lane / 16;
      const uint8_t byte = step[4 * (lane % 16) + nibble / 2];
      const int code = byte >> (4 * (nibble % 2)) & 15;
      return static_cast<int16_t>(code >= 8 ? code - 16 : code);
    }
    case PackedFormat::kTable4: {
      const int64_t nibble = 4 * place + lane / 16;
      return step[4 * (lane % 16) + nibble / 2] >> (4 * (nibble % 2)) & 15;
    }
    case PackedFormat::kInt8:
      return static_cast<int8_t>(step[4 * (lane % 16) + lane / 16]);
    case PackedFormat::kInt8x4:
      return static_cast<int8_t>(step[4 * lane + place]);
    default: {
      const int64_t at = 4 * lane + 2 * place;
      return static_cast<int16_t>(step[at] | step[at + 1] << 8);
    }
  }
}

}  // namespace

int64_t InputsPerStep(PackedFormat format) {
  switch (format) {
    case PackedFormat::kFloat32:
    case PackedFormat::kFloat16:
    case PackedFormat::kInt8:
      return 1;
    case PackedFormat::kBFloat16:
    case PackedFormat::kInt16:
    case PackedFormat::kInt4:
    case PackedFormat::kTable4:
      return 2;
    case PackedFormat::kInt8x4:
      return 4;
  }
  return 0;
}

int64_t StepBytes(PackedFormat format) {
  switch (format) {
    case PackedFormat::kFloat16:
      return 128;
    case PackedFormat::kInt8:
    case PackedFormat::kInt4:
    case PackedFormat::kTable4:
      return 64;
    default:
      return 256;
  }
}

void PackedMatrix::Allocate(PackedFormat format, int64_t out, int64_t in,
                            int64_t group_size, bool has_minimums) {
  format_ = format;
  has_minimums_ = has_minimums;
  out_ = out;
  in_ = in;
  group_size_ = std::min(group_size, in);
  groups_ = CeilDivide(in, group_size_);
  const int64_t per_step = InputsPerStep(format);
  const int64_t last_group = in - (groups_ - 1) * group_size_;
  const int64_t steps = (groups_ - 1) * CeilDivide(group_size_, per_step) +
                        CeilDivide(last_group, per_step);
  panel_bytes_ = steps * StepBytes(format);
  memory_ = AllocateWeights(memory_bytes());
  std::fill(data() + data_bytes(), data() + memory_bytes(), uint8_t{0});
}

int64_t PackedMatrix::panels() const { return CeilDivide(out_, kPanelOutputs); }

int64_t PackedMatrix::data_bytes() const { return panels() * panel_bytes_; }

int64_t PackedMatrix::num_scales() const {
  return IsFloat(format_) ? 0 : panels() * groups_ * kPanelOutputs;
}

int64_t PackedMatrix::memory_bytes() const {
  if (empty()) return 0;
  const int64_t scale_bytes =
      sizeof(uint16_t) +
      (format_ == PackedFormat::kInt8x4 ? sizeof(int32_t) : 0) +
      (has_minimums_ ? sizeof(uint16_t) : 0);
  return data_bytes() + kSpareBytes + num_scales() * scale_bytes;
}

uint16_t* PackedMatrix::scales() const {
  if (num_scales() == 0) return nullptr;
  return reinterpret_cast<uint16_t*>(data() + data_bytes() + kSpareBytes);
}

int32_t* PackedMatrix::code_sums() const {
  if (format_ != PackedFormat::kInt8x4) return nullptr;
  return reinterpret_cast<int32_t*>(scales() + num_scales());
}

uint16_t* PackedMatrix::minimums() const {
  return has_minimums_ ? scales() + num_scales() : nullptr;
}

int64_t PackedMatrix::StepOffset(int64_t o, int64_t k) const {
  const int64_t per_step = InputsPerStep(format_);
  const int64_t step = k / group_size_ * CeilDivide(group_size_, per_step) +
                       k % group_size_ / per_step;
  return o / kPanelOutputs * panel_bytes_ + step * StepBytes(format_);
}

int64_t PackedMatrix::bytes() const {
  const int64_t numbers = (has_minimums_ ? 2 : 1) * num_scales();
  return data_bytes() + numbers * static_cast<int64_t>(sizeof(uint16_t));
}

PackedMatrix::View PackedMatrix::view() const {
  return {format_,     out_,          in_,          group_size_,
          groups_,     data(),        panel_bytes_, scales(),
          code_sums(), table_.data(), minimums(),   nullptr};
}

void PackedMatrix::Multiply(const float* x, int64_t rows, float* y,
                            ThreadPool* threads) const {
  View v = view();
  std::vector<float> input_sums;
  if (has_minimums_) {
    input_sums.resize(rows * groups_);
    for (int64_t i = 0; i < rows * groups_; ++i) {
      const int64_t first = i % groups_ * group_size_;
      const float* const inputs = x + i / groups_ * in_;
      for (int64_t k = first; k < std::min(first + group_size_, in_); ++k) {
        input_sums[i] += inputs[k];
      }
    }
    v.input_sums = input_sums.data();
  }
  ForPanels(panels(), threads, [&](int64_t first, int64_t last) {
    MultiplyPanels(v, first, last, x, rows, y);
  });
}

void PackedMatrix::MultiplyInt8(const int8_t* x, float scale, float* y,
                                ThreadPool* threads) const {
  const View v = view();
  const std::vector<uint32_t> input = ArrangeInt8Input(v, x);
  ForPanels(panels(), threads, [&](int64_t first, int64_t last) {
    MultiplyInt8Panels(v, first, last, input.data(), scale, y);
  });
}

void PackedMatrix::ReadRow(int64_t o, float* values) const {
  const int64_t lane = o % kPanelOutputs;
  // Calls read(step, place) for the inputs of [first, end), one group's.
  const auto read_group = [&](int64_t first, int64_t end, const auto& read) {
    const int64_t per_step = InputsPerStep(format_);
    const uint8_t* step = data() + StepOffset(o, first);
    for (int64_t k = first; k < end; step += StepBytes(format_)) {
      for (int64_t place = 0; place < per_step && k < end; ++place, ++k) {
        values[k] = read(step, place);
      }
    }
  };
  if (IsFloat(format_)) {
    read_group(0, in_, [&](const uint8_t* step, int64_t place) {
      return ReadFloat(format_, step, lane, place);
    });
    return;
  }
  for (int64_t g = 0; g < groups_; ++g) {
    const int64_t first = g * group_size_;
    const int64_t end = std::min(first + group_size_, in_);
    const int64_t group = o / kPanelOutputs * groups_ + g;
    const float scale =
        FloatFromFloat16(scales()[group * kPanelOutputs + lane]);
    const float minimum =
        has_minimums_
            ? FloatFromFloat16(minimums()[group * kPanelOutputs + lane])
            : 0.0f;
    read_group(first, end, [&](const uint8_t* step, int64_t place) {
      const int16_t code = ReadCode(format_, step, lane, place);
      const float level =
          format_ == PackedFormat::kTable4 ? table_[code] : code;
      return has_minimums_ ? std::fma(level, scale, minimum) : level * scale;
    });
  }
}

void PlaceTogether(const std::vector<PackedMatrix*>& matrices) {
  // At most a quarter of a matrix's own memory is the rest of its last page.
  constexpr int64_t kStaysFrom = int64_t{8} << 20;
  const auto stays = [](const PackedMatrix& matrix) {
    return matrix.memory_bytes() >= kStaysFrom;
  };
  int64_t bytes = 0;
  for (const PackedMatrix* matrix : matrices) {
    if (!stays(*matrix)) bytes += matrix->memory_bytes();
  }
  const std::shared_ptr<uint8_t[]> together = AllocateWeights(bytes);
  int64_t offset = 0;
  for (PackedMatrix* matrix : matrices) {
    if (stays(*matrix)) continue;
    const int64_t size = matrix->memory_bytes();
    uint8_t* const place = together.get() + offset;
    std::copy_n(matrix->data(), size, place);
    matrix->memory_ = std::shared_ptr<uint8_t[]>(together, place);
    offset += size;
  }
}

}  // namespace quant_curve
