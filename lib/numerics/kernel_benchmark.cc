// Google Benchmark of the kernels:
//
//   bazel run //lib/numerics:kernel_benchmark -- --benchmark_filter=Decode
//
// Counters: FLOP/s with a multiplication and an addition counted apart, and
// bytes of weights and scales read a second.
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "lib/numerics/gemm.h"
#include "lib/numerics/kl_divergence.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/outer_products.h"
#include "lib/numerics/packed_matrix.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

std::vector<float> RandomFloats(int64_t n) {
  Random random(1);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random.Uniform() - 0.5);
  return values;
}

PackedMatrix MakeMatrix(PackedFormat format, int64_t out, int64_t in,
                        bool int8_inputs = false) {
  if (format == PackedFormat::kFloat32) {
    return PackedMatrix::Float32(RandomFloats(out * in).data(), out, in);
  }
  if (format == PackedFormat::kFloat16) {
    const std::vector<uint16_t> halves(out * in, 0x2e66);  // 0.1
    return PackedMatrix::Float16(halves.data(), out, in);
  }
  if (format == PackedFormat::kBFloat16) {
    const std::vector<uint16_t> halves(out * in, 0x3dcd);  // 0.1
    return PackedMatrix::BFloat16(halves.data(), out, in);
  }
  const bool table = format == PackedFormat::kTable4;
  const bool nibbles = table || format == PackedFormat::kInt4;
  const int range = nibbles ? 7 : 127;
  const int64_t group = nibbles ? 64 : in;
  int8_t levels[kTableLevels];
  for (int i = 0; i < kTableLevels; ++i) levels[i] = static_cast<int8_t>(i - 8);
  Random random(2);
  std::vector<int16_t> codes(out * in);
  for (int16_t& c : codes)
    c = static_cast<int16_t>(random.Below(2 * range + 1)) - range;
  const std::vector<float> scales(out * ((in + group - 1) / group), 0.0625f);
  return PackedMatrix::Coded(
      {codes.data(), scales.data(), group, table ? levels : nullptr}, out, in,
      int8_inputs);
}

void SetCounters(benchmark::State& state, double flops, double bytes) {
  const double runs = static_cast<double>(state.iterations());
  state.counters["FLOP/s"] =
      benchmark::Counter(runs * flops, benchmark::Counter::kIsRate);
  state.counters["B/s"] =
      benchmark::Counter(runs * bytes, benchmark::Counter::kIsRate);
}

// y = W x for `rows` vectors at once: decoding with 1, evaluation with 64.
void Product(benchmark::State& state, PackedFormat format) {
  const int64_t rows = state.range(0), out = state.range(1),
                in = state.range(2);
  const PackedMatrix matrix = MakeMatrix(format, out, in);
  const std::vector<float> x = RandomFloats(rows * in);
  std::vector<float> y(rows * out);
  for (auto _ : state) {
    matrix.Multiply(x.data(), rows, y.data());
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  SetCounters(state, 2.0 * rows * out * in,
              static_cast<double>(matrix.bytes()));
}

// Into the kernels' layout; counts bytes of packed weights.
template <typename T>
void Pack(benchmark::State& state,
          PackedMatrix (*pack)(const T*, int64_t, int64_t)) {
  const int64_t out = state.range(0), in = state.range(1);
  const std::vector<T> weights(out * in, T{1});
  int64_t bytes = 0;
  for (auto _ : state) {
    const PackedMatrix matrix = pack(weights.data(), out, in);
    benchmark::DoNotOptimize(matrix.view().data);
    bytes = matrix.bytes();
  }
  SetCounters(state, 0, static_cast<double>(bytes));
}

void Int8Product(benchmark::State& state) {
  const int64_t out = state.range(0), in = state.range(1);
  const PackedMatrix matrix = MakeMatrix(PackedFormat::kInt8, out, in, true);
  const std::vector<int8_t> x(in, 3);
  std::vector<float> y(out);
  for (auto _ : state) {
    matrix.MultiplyInt8(x.data(), 0.1f, y.data());
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  SetCounters(state, 2.0 * out * in, static_cast<double>(matrix.bytes()));
}

void Sizes(benchmark::internal::Benchmark* b) {
  for (const int64_t rows : {1, 64}) {
    b->Args({rows, 64, 64});
    b->Args({rows, 256, 64});
    b->Args({rows, 768, 3072});
    if (rows == 1) b->Args({1, 16384, 4096});  // beyond the last-level cache
  }
}

BENCHMARK_CAPTURE(Product, float32, PackedFormat::kFloat32)->Apply(Sizes);
BENCHMARK_CAPTURE(Product, float16, PackedFormat::kFloat16)->Apply(Sizes);
BENCHMARK_CAPTURE(Product, bfloat16, PackedFormat::kBFloat16)->Apply(Sizes);
BENCHMARK_CAPTURE(Product, int8, PackedFormat::kInt8)->Apply(Sizes);
BENCHMARK_CAPTURE(Product, int4, PackedFormat::kInt4)->Apply(Sizes);
BENCHMARK_CAPTURE(Product, table4, PackedFormat::kTable4)->Apply(Sizes);
BENCHMARK_CAPTURE(Pack, float32, PackedMatrix::Float32)->Args({2048, 2048});
BENCHMARK_CAPTURE(Pack, float16, PackedMatrix::Float16)->Args({2048, 2048});
BENCHMARK_CAPTURE(Pack, bfloat16, PackedMatrix::BFloat16)->Args({2048, 2048});
BENCHMARK(Int8Product)
    ->Args({64, 64})
    ->Args({256, 64})
    ->Args({768, 3072})
    ->Args({16384, 4096});

void GemmBackward(benchmark::State& state) {
  const int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const std::vector<float> a = RandomFloats(m * k), b = RandomFloats(k * n);
  std::vector<float> c(m * n);
  for (auto _ : state) {
    Gemm(m, n, k, {a.data(), 1, m}, b.data(), n, c.data(), n, true);
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  SetCounters(state, 2.0 * m * n * k, 4.0 * (m * k + k * n + 2 * m * n));
}
BENCHMARK(GemmBackward)->Args({64, 64, 256})->Args({256, 64, 256});

// Second moments of one sequence of `rows` tokens.
void OuterProducts(benchmark::State& state) {
  const int64_t rows = state.range(0), n = state.range(1);
  const std::vector<float> x = RandomFloats(rows * n);
  std::vector<double> sums(TriangleSize(n));
  for (auto _ : state) {
    AddOuterProducts(x.data(), rows, n, sums.data());
    benchmark::DoNotOptimize(sums.data());
    benchmark::ClobberMemory();
  }
  SetCounters(state, 2.0 * rows * TriangleSize(n),
              4.0 * rows * n + 16.0 * TriangleSize(n));
}
BENCHMARK(OuterProducts)
    ->Args({64, 64})
    ->Args({64, 256})
    ->Args({1024, 768})
    ->Args({1024, 3072});

void LayerNormRow(benchmark::State& state) {
  const int64_t n = state.range(0);
  const std::vector<float> x = RandomFloats(n);
  std::vector<float> y(n);
  float mean, rstd;
  for (auto _ : state) {
    LayerNorm(x.data(), 1, n, x.data(), x.data(), 1e-5f, y.data(), &mean,
              &rstd);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(LayerNormRow)->Arg(64)->Arg(768);

void SoftmaxRow(benchmark::State& state) {
  const std::vector<float> x = RandomFloats(state.range(0));
  std::vector<float> y = x;
  for (auto _ : state) {
    Softmax(y.data(), state.range(0));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(SoftmaxRow)->Arg(64);

void GeluRow(benchmark::State& state) {
  const std::vector<float> x = RandomFloats(state.range(0));
  std::vector<float> y(x.size());
  for (auto _ : state) {
    Gelu(x.data(), state.range(0), y.data());
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(GeluRow)->Arg(256);

// Of two rows of logits whose differences are at most `range` tenths.
void KlDivergenceRow(benchmark::State& state) {
  const int64_t n = state.range(0);
  const std::vector<float> a = RandomFloats(n);
  std::vector<float> b = RandomFloats(n);
  for (int64_t i = 0; i < n; ++i) {
    b[i] = a[i] + 0.2f * static_cast<float>(state.range(1)) * b[n - 1 - i];
  }
  const LogitRow row_a = {a.data(), LogSumExp(a.data(), n)};
  const LogitRow row_b = {b.data(), LogSumExp(b.data(), n)};
  for (auto _ : state) {
    benchmark::DoNotOptimize(KlDivergence(row_a, row_b, n));
  }
}
BENCHMARK(KlDivergenceRow)->Args({2048, 1})->Args({2048, 50});

void LogSumExpRow(benchmark::State& state) {
  const std::vector<float> x = RandomFloats(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(LogSumExp(x.data(), state.range(0)));
  }
}
BENCHMARK(LogSumExpRow)->Arg(2048);

void FirstMaximaAgreeRow(benchmark::State& state) {
  const std::vector<float> x = RandomFloats(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        FirstMaximaAgree(x.data(), x.data(), state.range(0)));
  }
}
BENCHMARK(FirstMaximaAgreeRow)->Arg(2048);

}  // namespace
}  // namespace quant_curve

BENCHMARK_MAIN();
