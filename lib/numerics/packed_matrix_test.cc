#include "lib/numerics/packed_matrix.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

struct Size {
  int64_t out, in, group_size;
};

// Odd widths, ragged groups, part-filled steps and panels; groups of one, of
// two and of three of the pieces that are packed at a time.
constexpr Size kSizes[] = {{64, 64, 64},   {1, 1, 1},      {65, 7, 3},
                           {96, 172, 64},  {172, 96, 32},  {130, 33, 128},
                           {70, 300, 131}, {3, 259, 4096}, {66, 256, 256}};

std::vector<float> RandomFloats(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random.Uniform() * 2 - 1);
  return values;
}

struct Coded {
  std::vector<int16_t> codes;
  std::vector<float> scales;
};

Coded RandomCodes(const Size& size, int low, int high, uint64_t seed) {
  Random random(seed);
  Coded coded;
  for (int64_t i = 0; i < size.out * size.in; ++i) {
    coded.codes.push_back(
        static_cast<int16_t>(low + random.Below(high - low + 1)));
  }
  // Both ends occur, so that the format is the one meant.
  coded.codes.front() = static_cast<int16_t>(low);
  coded.codes.back() = static_cast<int16_t>(high);
  const int64_t groups = (size.in + size.group_size - 1) / size.group_size;
  for (int64_t i = 0; i < size.out * groups; ++i) {
    const float scale =
        RoundToFloat16(static_cast<float>(random.Uniform() * 0.1 + 0.01));
    coded.scales.push_back(random.Below(2) == 0 ? scale : -scale);
  }
  return coded;
}

// Panels, scales and sums of codes, one after another.
std::string BytesOf(const PackedMatrix& matrix) {
  const PackedMatrix::View view = matrix.view();
  const int64_t panels = (view.out + kPanelOutputs - 1) / kPanelOutputs;
  const int64_t slots = panels * view.groups * kPanelOutputs;
  std::string bytes(reinterpret_cast<const char*>(view.data),
                    panels * view.panel_bytes);
  bytes.append(reinterpret_cast<const char*>(view.scales),
               slots * sizeof(*view.scales));
  if (view.code_sums != nullptr) {
    bytes.append(reinterpret_cast<const char*>(view.code_sums),
                 slots * sizeof(*view.code_sums));
  }
  return bytes;
}

// The header's arithmetic, one scalar at a time; `weight(o, k)` is a float or a
// code, `scale(o, g)` null for floats.
std::vector<float> Reference(
    const Size& size, const std::vector<float>& x, int64_t rows,
    const std::function<float(int64_t, int64_t)>& weight, const float* scales) {
  const int64_t group = scales == nullptr ? size.in : size.group_size;
  const int64_t groups = (size.in + group - 1) / group;
  std::vector<float> y(rows * size.out);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t o = 0; o < size.out; ++o) {
      float total = 0;
      for (int64_t g = 0; g < groups; ++g) {
        float sum = 0;
        for (int64_t k = g * group; k < std::min((g + 1) * group, size.in);
             ++k) {
          sum = std::fma(x[row * size.in + k], weight(o, k), sum);
        }
        total = scales == nullptr
                    ? sum
                    : std::fma(sum, scales[o * groups + g], total);
      }
      y[row * size.out + o] = total;
    }
  }
  return y;
}

// Checks Multiply against `expected` on every target, with 1 to 13 rows.
void ExpectBits(const PackedMatrix& matrix, const Size& size,
                const std::function<float(int64_t, int64_t)>& weight,
                const float* scales) {
  const int64_t kRows = 13;
  const std::vector<float> x = RandomFloats(kRows * size.in, 11);
  const std::vector<float> expected = Reference(size, x, kRows, weight, scales);
  ThreadPool threads(2);
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    for (const int64_t rows : {1, 2, 5, 13}) {
      std::vector<float> y(rows * size.out, -1);
      matrix.Multiply(x.data(), rows, y.data(), &threads);
      EXPECT_EQ(y, std::vector<float>(expected.begin(),
                                      expected.begin() + rows * size.out))
          << rows << " rows";
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  std::vector<float> row(size.in);
  const int64_t groups = (size.in + size.group_size - 1) / size.group_size;
  for (const int64_t o : {int64_t{0}, size.out - 1}) {
    matrix.ReadRow(o, row.data());
    for (int64_t k = 0; k < size.in; ++k) {
      const float scale =
          scales == nullptr ? 1 : scales[o * groups + k / size.group_size];
      ASSERT_EQ(row[k], weight(o, k) * scale);
    }
  }
}

class PackedMatrixTest : public ::testing::TestWithParam<Size> {
 protected:
  void ExpectCodedBits(int low, int high, PackedFormat format) {
    const Size size = GetParam();
    if (size.out * size.in < 2) return;
    const Coded coded = RandomCodes(size, low, high, 5);
    const PackedMatrix matrix = PackedMatrix::Coded(
        {coded.codes.data(), coded.scales.data(), size.group_size}, size.out,
        size.in, /*for_int8_inputs=*/false);
    ASSERT_EQ(matrix.format(), format);
    ExpectBits(
        matrix, size,
        [&](int64_t o, int64_t k) { return coded.codes[o * size.in + k]; },
        coded.scales.data());
  }

  // MultiplyInt8 on every target against plain 64-bit sums.
  void ExpectExactIntegers(int low, int high) {
    const Size size = GetParam();
    const Coded coded = RandomCodes(size, low, high, 6);
    const PackedMatrix matrix = PackedMatrix::Coded(
        {coded.codes.data(), coded.scales.data(), size.group_size}, size.out,
        size.in, /*for_int8_inputs=*/true);
    Random random(7);
    std::vector<int8_t> x(size.in);
    for (int8_t& v : x) v = static_cast<int8_t>(random.Below(255)) - 127;
    x[0] = 127;
    x[size.in - 1] = -127;
    const int64_t groups = (size.in + size.group_size - 1) / size.group_size;
    std::vector<float> expected(size.out);
    for (int64_t o = 0; o < size.out; ++o) {
      float total = 0;
      for (int64_t g = 0; g < groups; ++g) {
        int64_t sum = 0;
        for (int64_t k = g * size.group_size;
             k < std::min((g + 1) * size.group_size, size.in); ++k) {
          sum += int64_t{x[k]} * coded.codes[o * size.in + k];
        }
        total = std::fma(static_cast<float>(sum), coded.scales[o * groups + g],
                         total);
      }
      expected[o] = 0.03f * total;
    }
    ThreadPool threads(2);
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      std::vector<float> y(size.out, -1);
      matrix.MultiplyInt8(x.data(), 0.03f, y.data(), &threads);
      EXPECT_EQ(y, expected) << hwy::TargetName(target);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
};

TEST_P(PackedMatrixTest, Float32GivesTheDocumentedBits) {
  const Size size = GetParam();
  const std::vector<float> w = RandomFloats(size.out * size.in, 3);
  ExpectBits(
      PackedMatrix::Float32(w.data(), size.out, size.in), size,
      [&](int64_t o, int64_t k) { return w[o * size.in + k]; }, nullptr);
}

TEST_P(PackedMatrixTest, Float16GivesTheDocumentedBits) {
  const Size size = GetParam();
  std::vector<uint16_t> w;
  for (const float v : RandomFloats(size.out * size.in, 4)) {
    w.push_back(Float16FromFloat(v));
  }
  ExpectBits(
      PackedMatrix::Float16(w.data(), size.out, size.in), size,
      [&](int64_t o, int64_t k) {
        return FloatFromFloat16(w[o * size.in + k]);
      },
      nullptr);
}

TEST_P(PackedMatrixTest, BFloat16GivesTheDocumentedBits) {
  const Size size = GetParam();
  std::vector<uint16_t> w;
  for (const float v : RandomFloats(size.out * size.in, 4)) {
    w.push_back(BFloat16FromFloat(v));
  }
  ExpectBits(
      PackedMatrix::BFloat16(w.data(), size.out, size.in), size,
      [&](int64_t o, int64_t k) {
        return FloatFromBFloat16(w[o * size.in + k]);
      },
      nullptr);
}

// Weights of all finite patterns, subnormal ones and both zeros among them, so
// that products may overflow or vanish: bits are compared, not values.
TEST_P(PackedMatrixTest, BFloat16HasTheBitsOfTheWidenedFloat32) {
  const Size size = GetParam();
  Random random(8);
  std::vector<uint16_t> halves;
  std::vector<float> floats;
  while (halves.size() < size.out * size.in) {
    const uint16_t half = static_cast<uint16_t>(random.Below(65536));
    if ((half & 0x7f80) == 0x7f80) continue;
    halves.push_back(half);
    floats.push_back(FloatFromBFloat16(half));
  }
  const auto narrow = PackedMatrix::BFloat16(halves.data(), size.out, size.in);
  const auto wide = PackedMatrix::Float32(floats.data(), size.out, size.in);
  EXPECT_EQ(narrow.format(), PackedFormat::kBFloat16);
  const int64_t kRows = 7;
  const std::vector<float> x = RandomFloats(kRows * size.in, 12);
  ThreadPool threads(2);
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const int64_t rows : {int64_t{1}, kRows}) {
      std::vector<float> y(rows * size.out), expected(rows * size.out);
      narrow.Multiply(x.data(), rows, y.data(), &threads);
      wide.Multiply(x.data(), rows, expected.data());
      EXPECT_EQ(std::memcmp(y.data(), expected.data(), y.size() * 4), 0)
          << hwy::TargetName(target) << ", " << rows << " rows";
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  std::vector<float> row(size.in), expected(size.in);
  for (int64_t o = 0; o < size.out; ++o) {
    narrow.ReadRow(o, row.data());
    wide.ReadRow(o, expected.data());
    ASSERT_EQ(std::memcmp(row.data(), expected.data(), size.in * 4), 0) << o;
  }
}

TEST_P(PackedMatrixTest, Int4GivesTheDocumentedBits) {
  ExpectCodedBits(-8, 7, PackedFormat::kInt4);
}

// Also of groups whose last step is half empty: its other code is level 0,
// which is not 0.
TEST_P(PackedMatrixTest, Table4GivesTheDocumentedBits) {
  const int8_t table[kTableLevels] = {-128, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  127};
  const Size size = GetParam();
  Coded coded = RandomCodes(size, 0, 15, 9);
  for (int16_t& code : coded.codes) code = table[code];
  const PackedMatrix matrix = PackedMatrix::Coded(
      {coded.codes.data(), coded.scales.data(), size.group_size, table},
      size.out, size.in, /*for_int8_inputs=*/false);
  ASSERT_EQ(matrix.format(), PackedFormat::kTable4);
  ExpectBits(
      matrix, size,
      [&](int64_t o, int64_t k) { return coded.codes[o * size.in + k]; },
      coded.scales.data());
  // Int8 inputs have the levels themselves.
  EXPECT_EQ(PackedMatrix::Coded({coded.codes.data(), coded.scales.data(),
                                 size.group_size, table},
                                size.out, size.in, /*for_int8_inputs=*/true)
                .format(),
            PackedFormat::kInt8x4);
}

// A table of 8 levels repeats the last one.
TEST_P(PackedMatrixTest, AShorterTableGivesTheDocumentedBits) {
  int8_t table[kTableLevels] = {-127, -77, -45, -18, 7, 33, 63};
  std::fill(table + 7, table + kTableLevels, int8_t{103});
  const Size size = GetParam();
  Coded coded = RandomCodes(size, 0, 7, 9);
  for (int16_t& code : coded.codes) code = table[code];
  const PackedMatrix matrix = PackedMatrix::Coded(
      {coded.codes.data(), coded.scales.data(), size.group_size, table},
      size.out, size.in, /*for_int8_inputs=*/false);
  ASSERT_EQ(matrix.format(), PackedFormat::kTable4);
  ExpectBits(
      matrix, size,
      [&](int64_t o, int64_t k) { return coded.codes[o * size.in + k]; },
      coded.scales.data());
}

// The header's arithmetic, one scalar at a time.
TEST_P(PackedMatrixTest, MinimumsGiveTheDocumentedBits) {
  const Size size = GetParam();
  const int64_t groups = (size.in + size.group_size - 1) / size.group_size;
  for (const int high : {15, 255}) {
    const Coded coded = RandomCodes(size, 0, high, 10);
    std::vector<float> minimums = RandomFloats(size.out * groups, 12);
    for (float& minimum : minimums) minimum = RoundToFloat16(minimum);
    const PackedMatrix matrix =
        PackedMatrix::Coded({coded.codes.data(), coded.scales.data(),
                             size.group_size, nullptr, minimums.data()},
                            size.out, size.in, /*for_int8_inputs=*/false);
    const int64_t kRows = 13;
    const std::vector<float> x = RandomFloats(kRows * size.in, 11);
    std::vector<float> expected;
    for (int64_t row = 0; row < kRows; ++row) {
      for (int64_t o = 0; o < size.out; ++o) {
        float total = 0;
        for (int64_t g = 0; g < groups; ++g) {
          float sum = 0, inputs = 0;
          for (int64_t k = g * size.group_size;
               k < std::min((g + 1) * size.group_size, size.in); ++k) {
            const float input = x[row * size.in + k];
            const float code = coded.codes[o * size.in + k];
            sum = std::fma(input, code, sum);
            inputs += input;
          }
          total = std::fma(sum, coded.scales[o * groups + g], total);
          total = std::fma(inputs, minimums[o * groups + g], total);
        }
        expected.push_back(total);
      }
    }
    PackedMatrix moved = matrix;
    PlaceTogether({&moved});
    ThreadPool threads(2);
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      std::vector<float> y(kRows * size.out, -1);
      matrix.Multiply(x.data(), kRows, y.data(), &threads);
      EXPECT_EQ(y, expected) << hwy::TargetName(target);
      moved.Multiply(x.data(), kRows, y.data());
      EXPECT_EQ(y, expected) << hwy::TargetName(target);
    }
    hwy::SetSupportedTargetsForTest(0);
    std::vector<float> row(size.in);
    matrix.ReadRow(size.out - 1, row.data());
    for (int64_t k = 0; k < size.in; ++k) {
      const int64_t i = (size.out - 1) * groups + k / size.group_size;
      const float code = coded.codes[(size.out - 1) * size.in + k];
      EXPECT_EQ(row[k], std::fma(code, coded.scales[i], minimums[i]));
    }
  }
}

// One code beyond a format's range takes the next wider one.
TEST_P(PackedMatrixTest, CodesJustBeyondAFormatKeepTheirValues) {
  ExpectCodedBits(-8, 8, PackedFormat::kInt8);
  ExpectCodedBits(-9, 7, PackedFormat::kInt8);
  ExpectCodedBits(-128, 128, PackedFormat::kInt16);
  ExpectCodedBits(-129, 127, PackedFormat::kInt16);
}

TEST_P(PackedMatrixTest, Int8GivesTheDocumentedBits) {
  ExpectCodedBits(-128, 127, PackedFormat::kInt8);
}

TEST_P(PackedMatrixTest, Int16GivesTheDocumentedBits) {
  ExpectCodedBits(-255, 255, PackedFormat::kInt16);
}

TEST_P(PackedMatrixTest, Int8InputsGiveExactIntegerSums) {
  ExpectExactIntegers(-7, 7);
  ExpectExactIntegers(-128, 127);
  ExpectExactIntegers(-128, 128);
  ExpectExactIntegers(-129, 127);
  ExpectExactIntegers(-255, 255);
}

// Panels, scales and sums of codes of either type: tests of int16_t above.
TEST_P(PackedMatrixTest, CodesOfInt8ArePackedLikeThoseOfInt16) {
  const Size size = GetParam();
  for (const auto& [low, high] : {std::pair(-8, 7), std::pair(-128, 127)}) {
    const Coded coded = RandomCodes(size, low, high, 8);
    const std::vector<int8_t> narrow(coded.codes.begin(), coded.codes.end());
    for (const bool int8_inputs : {false, true}) {
      const PackedMatrix expected = PackedMatrix::Coded(
          {coded.codes.data(), coded.scales.data(), size.group_size}, size.out,
          size.in, int8_inputs);
      const PackedMatrix actual = PackedMatrix::Coded(
          {narrow.data(), coded.scales.data(), size.group_size}, size.out,
          size.in, int8_inputs);
      ASSERT_EQ(actual.format(), expected.format());
      EXPECT_EQ(BytesOf(actual), BytesOf(expected));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PackedMatrixTest, ::testing::ValuesIn(kSizes));

// A small, an empty and a large matrix; those of odd sizes move, too.
TEST(PlaceTogetherTest, ChangesNoBit) {
  const int64_t out = 1030, in = 700;
  const std::vector<float> floats = RandomFloats(out * in, 3);
  const Coded coded = RandomCodes({out, in, 64}, -127, 127, 5);
  const CodedWeights<int16_t> weights = {coded.codes.data(),
                                         coded.scales.data(), 64};
  std::vector<uint16_t> halves;
  for (const float v : floats) halves.push_back(BFloat16FromFloat(v));
  PackedMatrix large = PackedMatrix::Float32(floats.data(), out, in);
  PackedMatrix bfloat16 = PackedMatrix::BFloat16(halves.data(), out, in);
  PackedMatrix empty;
  PackedMatrix int8 = PackedMatrix::Coded(weights, out, in, false);
  PackedMatrix int8_inputs = PackedMatrix::Coded(weights, out, in, true);
  const std::vector<float> x = RandomFloats(in, 7);
  const std::vector<int8_t> codes(in, 100);
  const auto products = [&] {
    std::vector<float> y(4 * out);
    large.Multiply(x.data(), 1, &y[0]);
    int8.Multiply(x.data(), 1, &y[out]);
    int8_inputs.MultiplyInt8(codes.data(), 0.5f, &y[2 * out]);
    bfloat16.Multiply(x.data(), 1, &y[3 * out]);
    return y;
  };
  const std::vector<float> before = products();
  const PackedMatrix copy = large;
  PlaceTogether({&large, &empty, &int8, &int8_inputs, &bfloat16});
  EXPECT_EQ(products(), before);
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(int8.view().data, large.view().data + large.bytes() + 64);
  std::vector<float> row(in);
  copy.ReadRow(1, row.data());
  EXPECT_EQ(row, std::vector<float>(&floats[in], &floats[2 * in]));
}

TEST(PlaceTogetherTest, LeavesLargeMatricesWhereTheyAre) {
  const std::vector<float> floats = RandomFloats(2048 * 1024, 3);
  PackedMatrix large = PackedMatrix::Float32(floats.data(), 2048, 1024);
  PackedMatrix small = PackedMatrix::Float32(floats.data(), 64, 64);
  PackedMatrix other = small;
  const uint8_t* const before = large.view().data;
  PlaceTogether({&large, &small, &other});
  EXPECT_EQ(large.view().data, before);
  EXPECT_EQ(other.view().data, small.view().data + small.bytes() + 64);
  std::vector<float> row(1024);
  large.ReadRow(2047, row.data());
  EXPECT_EQ(row, std::vector<float>(floats.end() - 1024, floats.end()));
}

}  // namespace
}  // namespace quant_curve
